// The frame: commands, keys, a record from one line, the bell, and one connection for all tabs of a browser.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { api, becomes, everywhere, person, say, signIn, stepper } from './support.mjs'

everywhere('frame', tasks)

function tasks(given, _engine, language) {
  const t = (key, values) => say(language, key, values)
  let page, context, errors
  const step = stepper(`frame-${language}`, () => [{ page, errors }])
  const palette = async (typed) => {
    await page.keyboard.press('Control+k')
    const box = page.getByRole('combobox', { name: t('frame.search') })
    await box.fill(typed)
    return box
  }

  before(async () => {
    const { server, browser } = given()
    ;({ page, context, errors } = await person(browser, server, language))
    await signIn(page, language, server)
  })
  after(async () => context?.close())

  step('commands by words of either language', async () => {
    await page.goto('/')
    await page.locator('.head-user').waitFor()
    await palette('new lead')
    await page.locator('.pal-line[aria-selected="true"]').waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/leads\/new$/)
    await palette('看板 机会')
    await page.locator('#pal-b-opportunity').waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/opportunities\?as=board/)
    await palette('dark')
    await page.locator('#pal-theme-dark').click()
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark')
    await palette('浅色')
    await page.locator('#pal-theme-light').click()
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'light')
  })

  step('keys: help, going somewhere, and none while typing', async () => {
    await page.goto('/')
    await page.locator('.head-user').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: t('keys.title') }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('g')
    await page.keyboard.press('a')
    await page.waitForURL(/\/accounts$/)
    await page.getByRole('searchbox').first().focus()
    await page.keyboard.type('cg?')
    assert.equal(await page.getByRole('dialog').count(), 0, 'letters in a field are text')
  })

  step('a lead from one line, confirmed and corrected', async () => {
    const digits = `138${String(Date.now()).slice(-8)}`
    await page.goto('/')
    await page.locator('.head-user').waitFor()
    await page.keyboard.press('c')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(t('line.text')).fill(`张伟 华为 ${digits} 展会`)
    await page.waitForFunction(() => document.querySelector('#line-company')?.value === '华为')
    assert.equal(await page.locator('#line-name').inputValue(), '张伟')
    assert.equal(await page.locator('#line-mobile').inputValue(), digits)
    await page.locator('#line-company').fill('华为终端')
    await dialog.getByRole('button', { name: t('line.go_open') }).click()
    await page.waitForURL(/\/leads\/\d+$/)
    const lead = await api(page, 'GET', `/leads/${/(\d+)$/.exec(page.url())[1]}`)
    assert.deepEqual([lead.name, lead.company, lead.source, lead.mobile.replace(/\D/g, '').slice(-11)], ['张伟', '华为终端', 'exhibition', digits])
    // The same number again is seen before anything is made.
    await palette(`张伟 ${digits}`)
    await page.locator('#pal-make').click()
    await page.locator('.line-alike').getByText('张伟').first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  step('a line without a name is refused beside the field, and nothing is lost', async () => {
    await page.keyboard.press('c')
    const text = page.getByLabel(t('line.text'))
    await text.fill('bad@example.com')
    await page.waitForFunction(() => document.querySelector('#line-email')?.value === 'bad@example.com')
    await page.getByRole('dialog').getByRole('button', { name: t('line.go'), exact: true }).click()
    await page.locator('.line-part.is-bad').first().waitFor()
    assert.equal(await text.inputValue(), 'bad@example.com')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  step('what was seen last stands in the head', async () => {
    await page.getByRole('button', { name: t('palette.recent') }).click()
    await page.locator('.el-popper .menu-item').getByText('张伟').first().waitFor()
    await page.keyboard.press('Escape')
  })

  step('the bell opens', async () => {
    await page.locator('.bell').click()
    await page.getByRole('button', { name: t('bell.all_read') }).or(page.getByText(t('bell.none'))).first().waitFor()
    await page.keyboard.press('Escape')
  })

  if (language === 'en')
    step('eight tabs share one connection, and the next takes over when it closes', async () => {
      const streams = async () => Number(/^zhike_http_streams (\d+)$/m.exec(await page.evaluate(() => fetch('/metrics').then((r) => r.text())))[1])
      // For a moment one is on its way out while the next is there already.
      const settle = (wanted) => becomes(page, streams, wanted)
      const tabs = [page]
      const address = '/leads?view=all&order=created_at+DESC'
      await page.goto(address)
      while (tabs.length < 8) {
        const tab = await context.newPage()
        tab.on('pageerror', (e) => errors.push(e.message))
        await tab.goto(address)
        await tab.locator('.rt-row a').first().waitFor()
        tabs.push(tab)
      }
      await settle(1)
      const seen = async (name, among) => {
        await api(page, 'POST', '/leads', { name, company: 'Tabs Ltd' })
        for (const tab of among) await tab.locator('.rt-row').getByText(name).first().waitFor()
      }
      await seen(`Tab one ${Date.now()}`, tabs)
      // Whoever holds the connection is among those that go.
      await page.goto('/settings')
      await page.goto(address)
      for (const tab of tabs.splice(1, 4)) await tab.close()
      await settle(1)
      await seen(`Tab two ${Date.now()}`, tabs)
      for (const tab of tabs.splice(1)) await tab.close()
    })

  step('width goes to what is long, and rows below each other line up', async () => {
    await page.setViewportSize({ width: 1440, height: 850 })
    await page.goto('/leads?view=all')
    await page.locator('.rt-row[data-id]').first().waitFor()
    const width = async (column) => (await page.locator(`th[data-column="${column}"]`).boundingBox()).width
    assert.ok((await width('company')) > 195, `a firm's name has ${await width('company')} px`)
    assert.ok((await width('name')) < 260, `a person's name has ${await width('name')} px`)
    const [table, box] = await page.evaluate(() => ['.rt-table', '.rt'].map((s) => document.querySelector(s).clientWidth))
    assert.ok(Math.abs(table - box) <= 1, `the table is ${table} px in ${box}`)
    await page.goto('/')
    await page.locator('.of-deals li').first().waitFor()
    for (const part of ['home-stage', 'home-amount', 'home-when']) {
      const edges = await page.locator(`.of-deals .${part}`).evaluateAll((all) => all.map((x) => { const r = x.getBoundingClientRect(); return `${Math.round(r.left)} ${Math.round(r.right)}` }))
      assert.equal(new Set(edges).size, 1, `${part}: ${edges.join(', ')}`)
    }
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  step('the greeting goes by the clock where the person lives', async () => {
    const { zone, name } = await api(page, 'GET', '/me')
    const hourIn = (z) => Number(new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone: z }).format(new Date()))
    const greeting = (h) => t(h < 11 ? 'home.morning' : h < 18 ? 'home.day' : 'home.evening', { name })
    // Somewhere it is always another part of the day than where the browser stands.
    const far = ['Pacific/Honolulu', 'Europe/London', 'Asia/Tokyo', 'America/New_York'].find((z) => greeting(hourIn(z)) !== greeting(hourIn('Asia/Shanghai')))
    const mayBe = [greeting(hourIn(far))]
    await api(page, 'PATCH', '/me', { zone: far })
    await page.goto('/')
    const said = await page.locator('.page-head h1').innerText()
    await api(page, 'PATCH', '/me', { zone })
    mayBe.push(greeting(hourIn(far)))
    assert.ok(mayBe.includes(said), `${said} in ${far}`)
  })
}

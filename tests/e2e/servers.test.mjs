// Two servers on one PostgreSQL: a field that an administrator adds on one is at once on the other, everywhere.
import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import { api, engines, launch, person, say, signIn, startBeside, startServer, stepper } from './support.mjs'

const postgres = engines().find((e) => e.server)
const LANGUAGE = 'zh-CN'
const LABEL = '客户等级2'
const KEY = 'x_kehudengji2'
const t = (key, values) => say(LANGUAGE, key, values)

describe('an own field on two servers', { skip: postgres.url && !process.env.ZHIKE_URL ? false : 'ZHIKE_TEST_PG names no server' }, () => {
  let server, beside, browser, here, there
  const step = stepper('servers', () => [here, there])
  before(async () => {
    server = await startServer(postgres)
    beside = await startBeside(server)
    browser = await launch()
    here = await person(browser, server, LANGUAGE)
    there = await person(browser, beside, LANGUAGE)
    await signIn(here.page, LANGUAGE, server)
    beside.password = server.password
    await signIn(there.page, LANGUAGE, beside)
  })
  after(async () => {
    await browser?.close()
    await beside?.stop()
    await server?.stop()
  })

  step('added on one, it is in the form of the other, which was open already', async () => {
    await there.page.goto('/accounts/new')
    await there.page.locator('#f-name').fill('二号公司')
    const heard = there.page.waitForResponse((r) => new URL(r.url()).pathname === '/api/v1/meta/lean')
    await here.page.goto('/settings/fields?entity=account')
    await here.page.getByRole('button', { name: t('settings.field_add'), exact: true }).first().click()
    const dialog = here.page.getByRole('dialog')
    await dialog.getByLabel(t('settings.label_zh'), { exact: true }).fill(LABEL)
    await dialog.getByRole('button', { name: t('settings.field_add'), exact: true }).click()
    await here.page.locator('.set-row').getByText(LABEL).waitFor()
    // Nobody asks the other server anything: it sees the change by itself and tells its pages.
    await heard
    await there.page.locator('.side-list a[href="/accounts"]').click()
    await there.page.locator('.rt-row').first().waitFor()
    await there.page.locator('.page-head a[href="/accounts/new"]').click()
    await there.page.locator(`#f-${KEY}`).fill('钻石')
    await there.page.locator('#f-name').fill('二号公司')
    await there.page.getByRole('button', { name: t('save'), exact: true }).click()
    await there.page.waitForURL(/\/accounts\/\d+$/)
    await there.page.getByText(LABEL).first().waitFor()
  })

  step('the other’s API and its OpenAPI have it, and so has the first', async () => {
    const id = new URL(there.page.url()).pathname.split('/').pop()
    for (const who of [there, here]) {
      assert.equal((await api(who.page, 'GET', `/accounts/${id}`))[KEY], '钻石')
      const document = await api(who.page, 'GET', '/openapi.json')
      assert.ok(document.components.schemas.Account.properties[KEY], 'OpenAPI')
    }
    await api(here.page, 'PATCH', `/accounts/${id}`, { [KEY]: '黄金' })
    assert.equal((await api(there.page, 'GET', `/accounts/${id}`))[KEY], '黄金')
  })

  step('a list of the other has the column, and filters by it', async () => {
    await there.page.goto(`/accounts?view=all&cols=name,${KEY}&where=${encodeURIComponent(`${KEY} = '黄金'`)}`)
    await there.page.locator('.rt-row', { hasText: '二号公司' }).getByText('黄金').waitFor()
    await there.page.locator(`th[data-column="${KEY}"]`, { hasText: LABEL }).waitFor()
    assert.equal(await there.page.locator('.rt-row[data-id]').count(), 1)
    await there.page.locator('.chip', { hasText: LABEL }).first().waitFor()
  })

  step('an import on the other finds it by its name', async () => {
    await there.page.goto('/import?entity=account')
    await there.page.locator('input[type=file]').setInputFiles({ name: 'tiers.csv', mimeType: 'text/csv', buffer: Buffer.from(`公司名称,${LABEL}\n三号公司,铂金会员\n`) })
    const to = there.page.getByLabel(t('import.goes_to_of', { column: LABEL }))
    await to.waitFor()
    assert.equal(await to.inputValue(), KEY)
    await there.page.getByLabel(t('import.goes_to_of', { column: '公司名称' })).selectOption('name')
    const again = there.page.getByRole('button', { name: t('import.try_again') })
    if (await again.isVisible()) await again.click()
    const go = there.page.getByRole('button', { name: t('import.go'), exact: true })
    await go.click()
    await there.page.getByRole('heading', { name: t('import.over') }).waitFor()
    const found = (await api(here.page, 'GET', `/accounts?where=${encodeURIComponent(`${KEY} = '铂金会员'`)}`)).records
    assert.deepEqual(found.map((r) => r.name), ['三号公司'])
  })

  step('search finds what stands in it, and an export of either carries it', async () => {
    for (const who of [there, here]) {
      await who.page.keyboard.press('Control+k')
      await who.page.locator('.pal input').fill('铂金会员')
      await who.page.locator('.pal').getByText('三号公司').first().waitFor()
      await who.page.keyboard.press('Escape')
      const { job } = await api(who.page, 'POST', '/exports', { entity: 'account', where: `${KEY} != null`, select: `name,${KEY}`, format: 'csv', labels: true })
      let done
      for (let i = 0; i < 300 && done?.state !== 'done'; i++) {
        done = await api(who.page, 'GET', `/jobs/${job}`)
        if (done.state !== 'done') await who.page.waitForTimeout(100)
      }
      const { file } = done.result
      const text = await who.page.evaluate(async (id) => (await fetch(`/api/v1/files/${id}`)).text(), file)
      for (const word of [LABEL, '黄金', '铂金会员']) assert.ok(text.includes(word), `${word} in ${text}`)
    }
  })
})

// The record page and the forms, as people use them, and as they misuse them.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { api, becomes, everywhere, person, say, signIn, stepper } from './support.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAFElEQVR4nGNkYPj/n4GBgYGJAQoAHgQCAZ2mJjEAAAAASUVORK5CYII='

everywhere('records', tasks)

function tasks(given, engine, language) {
  const t = (key, values) => say(language, key, values)
  const stamp = `${Date.now().toString(36)}${engine[0]}`
  const firm = language === 'en' ? '华为终端有限公司' : '华为技术有限公司'
  let page, context, errors, meta, account, deal
  const step = stepper(`record-${engine}-${language}`, () => [{ page, errors }], 180000)
  const make = (plural, record) => api(page, 'POST', `/${plural}`, record)
  const get = (path) => api(page, 'GET', path)
  const list = async (plural, where) => (await get(`/${plural}?where=${encodeURIComponent(where)}`)).records
  const text = (entity, name) => meta.entities.find((e) => e.name === entity).fields.find((f) => f.name === name).label[language]
  const button = (key, values) => page.getByRole('button', { name: t(key, values), exact: true })
  const notice = (name) => page.locator('.notices').getByRole('button', { name })
  const fact = (entity, name) => page.locator('.rec-facts .fact').filter({ has: page.locator('dt', { hasText: new RegExp(`^${text(entity, name)}$`) }) })

  before(async () => {
    const { server, browser } = given()
    ;({ page, context, errors } = await person(browser, server, language))
    await signIn(page, language, server)
    meta = await get('/meta')
    account = await make('accounts', { name: `${firm} ${stamp}`, city: '深圳', phone: '0755-28780808' })
    deal = await make('opportunities', { name: `Rollout ${stamp}`, account: account.id, stage: 'qualification', amount: 125000 })
  })
  after(async () => context?.close())

  step('find Huawei by pinyin, log a call, set next Tuesday, move the deal, undo', async () => {
    await page.goto('/')
    await page.locator('.head-user').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: t('frame.search') }).fill(`huawei ${stamp}`)
    await page.locator('.pal-line', { hasText: account.name }).first().click()
    await page.waitForURL(`**/accounts/${account.id}`)

    await page.locator('.composer-kinds').getByRole('button', { name: t('kind.call') }).click()
    await page.locator('.composer-text').fill(`${t('kind.call')} ${stamp}\nWants an offer`)
    await page.locator('.composer-soon').getByRole('button', { name: t('composer.soon_tuesday'), exact: true }).click()
    await button('composer.add_call').click()
    await page.locator('.trail-head', { hasText: `${t('kind.call')} ${stamp}` }).waitFor()
    const done = await list('activities', `about = 'account/${account.id}'`)
    const task = done.find((a) => a.kind === 'task')
    assert.deepEqual(done.map((a) => a.kind).sort(), ['call', 'task'])
    const due = await page.evaluate((at) => [new Date(at).getDay(), (new Date(at) - Date.now()) / 86400000], task.due_at)
    assert.equal(due[0], 2, 'on a Tuesday')
    assert.ok(due[1] > 0 && due[1] < 9, `in the next week: ${due[1]}`)

    await page.getByRole('tab', { name: /Opportunities|机会/ }).click()
    await page.getByRole('link', { name: deal.name }).click()
    await page.waitForURL(`**/opportunities/${deal.id}`)
    await page.locator('.path li.now').waitFor()
    const before = (await get(`/opportunities/${deal.id}`)).stage
    await page.locator('.path li.now + li button').click()
    await notice(t('undo')).waitFor()
    assert.notEqual((await get(`/opportunities/${deal.id}`)).stage, before)
    await notice(t('undo')).click()
    await page.waitForFunction(async ([id, s]) => (await (await fetch(`/api/v1/opportunities/${id}`)).json()).stage === s, [deal.id, before])
  })

  step('see only the calls of a timeline', async () => {
    await page.goto(`/accounts/${account.id}`)
    await page.locator('.trail-line').first().waitFor()
    await page.locator('.trail-filter').getByRole('button', { name: t('kind.call'), exact: true }).click()
    await page.waitForFunction(() => document.querySelectorAll('.trail-list .trail-line').length === 1)
    await page.locator('.trail-filter').getByRole('button', { name: t('trail.all'), exact: true }).click()
    await page.waitForFunction(() => document.querySelectorAll('.trail-list .trail-line').length > 1)
  })

  step('name a colleague in a note; they are told', async () => {
    await page.goto(`/accounts/${account.id}`)
    await page.locator('.composer-text').click()
    await page.locator('.composer-text').pressSequentially(`${stamp} @Emma`)
    await page.locator('.composer-people li').first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForFunction((whole) => document.querySelector('.composer-text').value === whole, `${stamp} @Emma Clarke `)
    await page.keyboard.press('Control+Enter')
    await page.locator('.trail-head', { hasText: `${stamp} @Emma Clarke` }).waitFor()
  })

  step('follow a record, and no more', async () => {
    await page.locator('.follow:enabled').click()
    await page.locator('.follow[aria-pressed="true"]').waitFor()
    assert.equal((await get(`/accounts/${account.id}/followers`)).following, true)
    await page.locator('.follow:enabled').click()
    await page.locator('.follow[aria-pressed="false"]').waitFor()
  })

  step('telephone, mail and map leave the app in the way the device knows', async () => {
    await api(page, 'PATCH', `/accounts/${account.id}`, { phone: '0755-2878 0808转12', email: 'info@huawei.example', address: '坂田街道 1 号' })
    await page.goto(`/accounts/${account.id}`)
    await page.locator('a[href="tel:075528780808,12"]').first().waitFor()
    await page.locator('a[href="mailto:info@huawei.example"]').first().waitFor()
    const map = await page.getByRole('link', { name: t('field.map') }).first().getAttribute('href')
    assert.ok(decodeURIComponent(map).includes('坂田街道 1 号') && decodeURIComponent(map).includes('深圳'), map)
  })

  step('whatever is typed into any field, nothing runs, nothing breaks, and all of it comes back', async () => {
    const evil = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>{{7*7}} 😀👩‍👩‍👧 שלום مرحبا ${stamp}`
    await page.goto('/accounts/new')
    await page.locator('#f-name').fill(`${'长'.repeat(299)}!`)
    for (const f of ['phone', 'email', 'website', 'tax_number', 'region', 'city', 'address', 'description']) await page.locator(`#f-${f}`).fill(evil)
    await page.locator('#f-employees').fill(evil)
    await page.locator('#f-annual_revenue').fill('NaN')
    await button('save').click()
    await page.locator('.form-general li').first().waitFor()
    for (const f of ['name', 'employees', 'annual_revenue', 'email']) assert.ok((await page.locator(`#e-${f}`).innerText()).trim(), `${f} says what is wrong`)
    assert.ok((await page.locator('.form-general li').count()) >= 4, 'and all of it stands at the top')
    assert.equal(await page.locator('#f-employees').inputValue(), evil)
    for (const f of ['phone', 'email', 'website', 'tax_number', 'employees', 'annual_revenue', 'region', 'city']) await page.locator(`#f-${f}`).fill('')
    await page.locator('#f-name').fill(evil)
    await button('save').click()
    await page.waitForURL(/\/accounts\/\d+$/)
    await page.locator('h1', { hasText: stamp }).waitFor()
    assert.equal(await page.locator('h1').innerText(), evil)
    const id = /(\d+)$/.exec(page.url())[1]
    for (const part of ['', '?tab=details', '?tab=history', '/edit', '/merge']) {
      await page.goto(`/accounts/${id}${part}`)
      await page.locator('h1').waitFor()
    }
    assert.equal(await page.evaluate(() => window.ran), undefined)
    const saved = await get(`/accounts/${id}`)
    assert.deepEqual([saved.name, saved.address, saved.description], [evil, evil, evil])
  })

  step('a picture pasted into a number field is refused in words', async () => {
    await page.goto('/accounts/new')
    await page.locator('#f-employees').click()
    await page.evaluate((data) => {
      const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0))
      const transfer = new DataTransfer()
      transfer.items.add(new File([bytes], 'image.png', { type: 'image/png' }))
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }))
    }, PNG)
    await page.locator('.notices', { hasText: t('form.no_picture_yet') }).waitFor()
    assert.equal(await page.locator('#f-employees').inputValue(), '')
  })

  step('the connection is lost in the middle of a save: nothing is lost, and nothing is made twice', async () => {
    const name = `Lost ${stamp}`
    await page.goto('/accounts/new')
    await page.locator('#f-name').fill(name)
    let cut = true
    await page.route('**/api/v1/accounts', async (route) => {
      if (route.request().method() !== 'POST' || !cut) return route.fallback()
      cut = false
      await route.fetch() // it arrives; the answer does not
      await route.abort('connectionreset')
    })
    await button('save').click()
    await page.locator('.form-general', { hasText: t('problem.unreachable') }).waitFor()
    assert.equal(await page.locator('#f-name').inputValue(), name)
    await button('save').click()
    await page.waitForURL(/\/accounts\/\d+$/)
    await page.unroute('**/api/v1/accounts')
    assert.equal((await list('accounts', `name = '${name}'`)).length, 1)
    errors.splice(0)
  })

  step('a double click is one click', async () => {
    const name = `Twice ${stamp}`
    await page.goto('/accounts/new')
    await page.locator('#f-name').fill(name)
    await button('save').dblclick()
    await page.waitForURL(/\/accounts\/\d+$/)
    assert.equal((await list('accounts', `name = '${name}'`)).length, 1)
    await page.locator('.composer-text').fill(`once ${stamp}`)
    await button('composer.add_note').dblclick()
    await page.locator('.trail-head', { hasText: `once ${stamp}` }).waitFor()
    assert.equal((await list('activities', `subject = 'once ${stamp}'`)).length, 1)
  })

  step('the session ends while a form is open: sign in in place and go on', async () => {
    await page.goto(`/accounts/${account.id}/edit`)
    await page.locator('#f-region').fill(`South ${stamp}`)
    await api(page, 'DELETE', '/session')
    await button('save').dispatchEvent('click') // the question may stand before it already, when something else asked first
    const dialog = page.getByRole('dialog', { name: t('signin.over') })
    await dialog.waitFor()
    await dialog.getByLabel(t('signin.password')).fill('not this one')
    await dialog.getByRole('button', { name: t('signin.go'), exact: true }).click()
    await dialog.getByText(t('signin.wrong')).waitFor()
    await dialog.getByLabel(t('signin.password')).fill(given().server.password)
    await dialog.getByRole('button', { name: t('signin.go'), exact: true }).click()
    await page.waitForURL(`**/accounts/${account.id}`)
    assert.equal((await get(`/accounts/${account.id}`)).region, `South ${stamp}`)
  })

  step('two edit the same field: both versions, field by field', async () => {
    await page.goto(`/accounts/${account.id}/edit`)
    await page.locator('#f-city').fill('mine')
    await page.locator('#f-region').fill('mine too')
    await api(page, 'PATCH', `/accounts/${account.id}`, { city: 'theirs', tax_number: 'T1' })
    await button('save').click()
    const dialog = page.getByRole('dialog', { name: t('conflict.title') })
    await dialog.getByLabel(`${text('account', 'city')}: ${t('conflict.theirs')}`).check()
    await dialog.getByRole('button', { name: t('conflict.save') }).click()
    await page.waitForURL(`**/accounts/${account.id}`)
    const now = await get(`/accounts/${account.id}`)
    assert.deepEqual([now.city, now.region, now.tax_number], ['theirs', 'mine too', 'T1'])
  })

  step('a draft outlives a reload and meets what somebody saved meanwhile', async () => {
    await page.goto(`/accounts/${account.id}/edit`)
    await page.locator('#f-city').fill('draft')
    await page.waitForTimeout(100)
    await api(page, 'PATCH', `/accounts/${account.id}`, { city: 'newer' })
    await page.reload()
    const dialog = page.getByRole('dialog', { name: t('conflict.title') })
    await dialog.getByLabel(`${text('account', 'city')}: ${t('conflict.mine')}`).check()
    await dialog.getByRole('button', { name: t('conflict.save') }).click()
    await button('save').click()
    await page.waitForURL(`**/accounts/${account.id}`)
    assert.equal((await get(`/accounts/${account.id}`)).city, 'draft')
  })

  step('edit a fact in place by leaving it; see what it was before', async () => {
    await page.goto(`/accounts/${account.id}`)
    await fact('account', 'city').locator('dd').click()
    await fact('account', 'city').locator('input').fill('东莞')
    await page.locator('h1').click()
    await page.waitForFunction(async (id) => (await (await fetch(`/api/v1/accounts/${id}`)).json()).city === '东莞', account.id)
    await fact('account', 'city').getByRole('button', { name: t('history.show', { name: text('account', 'city') }) }).click()
    const past = page.locator('.field-history')
    await past.getByText('深圳').first().waitFor()
    await past.getByText('东莞').first().waitFor()
    await page.keyboard.press('Escape')
  })

  step('one sees what the other changes', async () => {
    const other = await person(given().browser, given().server, language)
    try {
      await other.page.goto('/')
      await other.page.evaluate((password) => fetch('/api/v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ login: 'admin', password }) }), given().server.password)
      await other.page.goto(`/accounts/${account.id}`)
      await other.page.locator('h1').waitFor()
      await page.goto(`/accounts/${account.id}`)
      await fact('account', 'city').locator('dd').click()
      await fact('account', 'city').locator('input').fill(`惠州 ${stamp}`)
      await page.keyboard.press('Enter')
      await other.page.locator('.rec-facts', { hasText: `惠州 ${stamp}` }).waitFor()
    } finally {
      await other.context.close()
    }
  })

  step('make the account where the contact needs it', async () => {
    const name = `In place ${stamp}`
    await page.goto('/contacts/new')
    await page.locator('#f-name').fill(`Person ${stamp}`)
    await page.locator('#f-account').fill(name)
    await page.locator('.pick-make', { hasText: name }).click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('#q-name').waitFor()
    assert.equal(await dialog.locator('#q-name').inputValue(), name)
    await dialog.getByRole('button', { name: t('save'), exact: true }).click()
    await dialog.waitFor({ state: 'hidden' })
    await button('save').click()
    await page.waitForURL(/\/contacts\/\d+$/)
    assert.equal((await get(`/contacts/${/(\d+)$/.exec(page.url())[1]}`)).account.name, name)
  })

  step('link a contact that is there already, unlink it, undo', async () => {
    const contact = await make('contacts', { name: `Linked ${stamp}` })
    await page.goto(`/accounts/${account.id}?tab=contacts`)
    await button('related.link', { what: meta.entities.find((e) => e.name === 'contact').label[language] }).click()
    await page.locator('.related-pick input').fill(`Linked ${stamp}`)
    await page.locator('.el-select-dropdown__item', { hasText: `Linked ${stamp}` }).click()
    await page.locator('.related').getByText(`Linked ${stamp}`).first().waitFor()
    assert.equal((await get(`/contacts/${contact.id}`)).account.id, account.id)
    await page.getByRole('tab', { name: /Contacts|联系人/ }).locator('.rec-n', { hasText: '1' }).waitFor()
    await page.locator('.related').getByRole('checkbox', { name: new RegExp(`Linked ${stamp}`) }).locator('xpath=ancestor::label').click()
    await button('related.unlink', { n: 1 }).click()
    await page.waitForFunction(async (id) => (await (await fetch(`/api/v1/contacts/${id}`)).json()).account === null, contact.id)
    await notice(t('undo')).last().click()
    await page.waitForFunction(async ([id, a]) => (await (await fetch(`/api/v1/contacts/${id}`)).json()).account?.id === a, [contact.id, account.id])
  })

  step('files: empty, dropped, pasted, a picture to look at', async () => {
    await page.goto(`/accounts/${account.id}?tab=files`)
    await page.locator('.files input[type=file]').setInputFiles({ name: `empty-${stamp}.txt`, mimeType: 'text/plain', buffer: Buffer.alloc(0) })
    await page.locator('.file-line', { hasText: `empty-${stamp}.txt` }).waitFor()
    await page.evaluate((data) => {
      const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0))
      const transfer = new DataTransfer()
      transfer.items.add(new File([bytes], 'image.png', { type: 'image/png' }))
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }))
    }, PNG)
    const line = page.locator('.file-line', { hasText: t('files.pasted') })
    await line.locator('img').waitFor()
    await line.locator('.file-thumb').click()
    await page.locator('.file-full').waitFor()
    assert.ok(await page.locator('.file-full').evaluate((i) => i.complete && i.naturalWidth === 2))
    await page.keyboard.press('Escape')
    await line.getByRole('button', { name: /^(Delete|删除)/ }).click()
    await line.getByRole('button', { name: t('files.sure') }).click()
    await line.waitFor({ state: 'hidden' })
  })

  if (engine === 'SQLite') step('a file of 200 MB goes up while one looks on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zhike-big-'))
    const path = join(folder, `big-${stamp}.bin`)
    writeFileSync(path, '')
    truncateSync(path, 200 << 20)
    try {
      await page.goto(`/accounts/${account.id}?tab=files`)
      await page.locator('.files input[type=file]').setInputFiles(path)
      await page.locator('.file-line', { hasText: `big-${stamp}.bin` }).waitFor({ timeout: 150000 })
      assert.ok((await get(`/accounts/${account.id}/files`)).files.some((f) => f.size === 200 << 20))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  step('a second of the same is seen, compared, merged, and brought back', async () => {
    const one = await make('accounts', { name: `双胞胎${stamp}有限公司`, phone: `0571-${8000 + (Date.now() % 1999)}1234`, city: '杭州' })
    const two = await make('accounts', { name: `双胞胎${stamp}股份有限公司`, phone: one.phone, city: '宁波', employees: 12 })
    await make('contacts', { name: `Hanging ${stamp}`, account: two.id })
    await page.goto(`/accounts/${one.id}`)
    await page.locator('.twins-chip').getByRole('button').click()
    await page.locator('.twins-box', { hasText: two.name }).getByRole('button', { name: t('twins.merge') }).click()
    await page.waitForURL(/\/merge\?with=/)
    await page.locator('.merge-hangs', { hasText: /1 (Contacts|联系人)/ }).waitFor()
    await page.getByLabel(`${text('account', 'city')}: ${two.name}`).check()
    await button('merge.go', { n: 2 }).click()
    await page.waitForURL(`**/accounts/${one.id}`)
    const now = await get(`/accounts/${one.id}`)
    assert.deepEqual([now.city, now.employees], ['宁波', 12])
    assert.equal((await list('contacts', `account = '${one.id}'`)).length, 1)
    await notice(t('undo')).click()
    await becomes(page, async () => (await get(`/accounts/${one.id}`)).city, '杭州')
    assert.equal((await list('contacts', `account = '${two.id}'`)).length, 1)
  })

  step('hand a record on, by the dialog that the table draws', async () => {
    const emma = (await list('users', "name = 'Emma Clarke'"))[0]
    await page.goto(`/accounts/${account.id}`)
    await page.getByRole('button', { name: t('record.more') }).click()
    const assign = meta.entities.find((e) => e.name === 'account').actions.find((a) => a.name === 'assign').label[language]
    await page.getByRole('button', { name: assign, exact: true }).click()
    await page.locator('#a-owner').fill('Emma')
    await page.locator('.el-select-dropdown__item', { hasText: 'Emma Clarke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: assign, exact: true }).click()
    await page.locator('.rec-owner', { hasText: 'Emma Clarke' }).waitFor()
    assert.equal((await get(`/accounts/${account.id}`)).owner.id, emma.id)
  })

  step('convert a lead on its page: what would come of it, into an account that is there, and undo', async () => {
    const convert = meta.entities.find((e) => e.name === 'lead').actions.find((a) => a.name === 'convert').label[language]
    const lead = await make('leads', { name: `Ready ${stamp}`, company: `Ready ${stamp} AG`, city: '广州', title: 'Buyer' })
    await page.goto(`/leads/${lead.id}`)
    await page.getByRole('button', { name: t('record.more') }).click()
    await page.getByRole('button', { name: convert, exact: true }).click()
    await page.waitForURL(`**/leads/${lead.id}/convert`)
    const part = (entity) => page.getByRole('region', { name: meta.entities.find((e) => e.name === entity).label[language] })
    // First a new account is proposed, named as the lead's company; then one that is there takes its place, and keeps its city.
    await page.waitForFunction((name) => document.querySelector('#c-account-name')?.value === name, `Ready ${stamp} AG`)
    await part('account').getByRole('radio', { name: t('convert.there') }).check()
    await part('account').getByLabel(t('convert.which')).fill(account.name)
    await page.locator('.el-select-dropdown__item', { hasText: account.name }).first().click()
    const city = part('account').locator('.convert-rows > div', { has: page.locator('dt', { hasText: new RegExp(`^${text('account', 'city')}$`) }) })
    await city.getByText('广州').waitFor()
    assert.ok(await city.getByRole('radio').first().isChecked(), 'what stands there stays unless told')
    await part('opportunity').getByRole('radio', { name: t('convert.new') }).check()
    const kept = (await get(`/accounts/${account.id}`)).city
    await button('cancel').waitFor()
    await page.getByRole('button', { name: convert, exact: true }).click()
    await notice(t('undo')).waitFor()
    const done = await get(`/leads/${lead.id}`)
    await page.waitForURL(`**/opportunities/${done.converted_opportunity.id}`)
    assert.equal(done.converted_account.name, account.name)
    assert.equal((await get(`/accounts/${account.id}`)).city, kept)
    await notice(t('undo')).click()
    await page.waitForFunction(async (id) => (await (await fetch(`/api/v1/leads/${id}`)).json()).status === 'new', lead.id)
    await page.waitForURL(`**/leads/${lead.id}`)
  })

  step('on a phone: facts first, the box at the thumb, and nothing wider than the screen', async () => {
    await page.setViewportSize({ width: 375, height: 700 })
    try {
      await page.goto(`/accounts/${account.id}`)
      await page.locator('.rec-details .fact').first().waitFor()
      const box = await page.locator('.rec-thumb .composer').boundingBox()
      assert.ok(box && box.y > 500 && box.y + box.height <= 660, `the box is at the thumb: ${JSON.stringify(box)}`)
      await page.locator('.rec-thumb .composer-text').fill(`from the road ${stamp}`)
      await button('composer.add_note').click()
      await page.locator('.trail-head', { hasText: `from the road ${stamp}` }).waitFor()
      for (const path of ['', '?tab=timeline', '?tab=files', '?tab=contacts', '/edit', '/merge']) {
        await page.goto(`/accounts/${account.id}${path}`)
        await page.locator('h1').waitFor()
        await page.waitForTimeout(300)
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, path)
      }
    } finally {
      await page.setViewportSize({ width: 1280, height: 800 })
    }
  })

  if (engine === 'SQLite') step('nothing serious for a screen reader', async () => {
    const check = async (what) => {
      await page.evaluate(axe)
      const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
      const bad = found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
      assert.deepEqual(bad.map((v) => `${what}: ${v.id} ${v.nodes[0]?.html.slice(0, 160)}`), [])
    }
    const twin = await make('accounts', { name: account.name, phone: account.phone })
    for (const path of ['', '?tab=files', '?tab=contacts', `/merge?with=${twin.id}`, '/edit']) {
      await page.goto(`/accounts/${account.id}${path}`)
      await page.locator('h1').waitFor()
      await page.waitForTimeout(700)
      await check(path)
    }
  })
}

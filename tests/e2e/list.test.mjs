// What people do with lists: find, keep, arrange, change many, change one.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before } from 'node:test'
import { api, everywhere, person, say, signIn, stepper } from './support.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

everywhere('lists', lists)

function lists(given, engine, language) {
  const t = (key, values) => say(language, key, values)
  const mark = `${language === 'en' ? 'Harbour' : '港湾'}${Date.now().toString(36)}${engine[0]}`
  let page, context, errors, meta, colleague
  const entityOf = (name) => meta.entities.find((e) => e.name === name)
  const text = (label) => (typeof label === 'string' ? label : (label[language] ?? label.en))
  const label = (entity, field) => text(entityOf(entity).fields.find((x) => x.name === field).label)
  const choice = (entity, field, key) => text(entityOf(entity).fields.find((x) => x.name === field).choices.find((c) => c.key === key).label)
  const step = stepper(`list-${engine}-${language}`, () => [{ page, errors }])
  const row = (name) => page.locator('.rt-row', { hasText: name })
  const param = (name) => new URL(page.url()).searchParams.get(name)
  const option = (name) => page.locator('.el-select-dropdown__item:visible', { hasText: name }).first()
  /** Fills the last condition of the open panel. */
  async function condition(field, test, value) {
    const fr = page.locator('.fp .fr').last()
    await fr.locator('.fpick input').fill(field)
    await page.keyboard.press('Enter')
    if (test) {
      await fr.locator('.fr-test .el-select__wrapper').click()
      await page.locator('.el-select-dropdown__item:visible').getByText(test, { exact: true }).click()
    }
    await fr.locator('.fr-value input').first().fill(value)
  }
  const where = (w) => `where=${encodeURIComponent(w)}`
  const notice = (name) => page.locator('.notice', { hasText: name }).last()

  before(async () => {
    const { server, browser } = given()
    ;({ page, context, errors } = await person(browser, server, language))
    await signIn(page, language, server)
    meta = await api(page, 'GET', '/meta')
    const login = `colleague-${mark}`
    colleague = await api(page, 'POST', '/users', { name: `Colleague ${mark}`, login, state: 'active', language })
    await api(page, 'POST', `/users/${colleague.id}/password`, { password: 'first password 7', keep: true })
    const rows = Array.from({ length: 460 }, (_, i) => ({ do: 'create', record: { name: `${mark} ${String(i).padStart(3, '0')}`, city: i % 4 ? '苏州' : '上海', industry: i % 2 ? 'retail' : 'energy', annual_revenue: i * 10000, currency: 'CNY', employees: i } }))
    const made = await api(page, 'POST', '/accounts/bulk', { rows })
    assert.ok(made.results.every((r) => r.status === 201))
  })
  after(async () => context?.close())

  step('filter customers in 上海 above 1m revenue, keep it as a view, share it; a colleague opens it', async () => {
    await page.goto('/accounts?view=all')
    await page.locator('.rt-row a').first().waitFor()
    await page.getByRole('button', { name: t('filter.add'), exact: true }).click()
    await condition(label('account', 'city'), t('test.is'), '上海')
    await page.locator('.fp > .fp-body > .fg > .fg-add').getByRole('button', { name: t('filter.condition'), exact: true }).click()
    await condition(label('account', 'annual_revenue'), t('test.gt'), '100万')
    await page.locator('.fp > .fp-body > .fg > .fg-add').getByRole('button', { name: t('filter.condition'), exact: true }).click()
    await condition(label('account', 'name'), null, mark)
    await page.locator('.fp-foot').getByText(/\d/).waitFor() // how many it would find
    await page.getByRole('button', { name: t('filter.apply'), exact: true }).click()
    await page.waitForURL(/where=/)
    assert.equal(param('where'), `city = '上海' AND annual_revenue > 1000000 AND name LIKE '%${mark}%'`)
    assert.equal(await page.locator('.chip').count(), 3)
    await page.getByText(t('list.count', { n: 89 }).split(' | ').at(-1)).waitFor() // 104, 108 … 456
    // Opened again at this address, its first rows are asked for with the first script, and not a second time.
    const heard = []
    const path = (r) => new URL(r.url()).pathname
    const note = (r) => { const q = new URL(r.url()).searchParams; if (path(r) === '/api/v1/accounts' && q.get('limit') === '50') heard.push(q.get('where')) }
    const answered = (r) => { if (path(r) === '/api/v1/meta/lean') heard.push('tables') }
    page.on('request', note)
    page.on('response', answered)
    await page.reload()
    await page.getByText(t('list.count', { n: 89 }).split(' | ').at(-1)).waitFor()
    page.off('request', note)
    page.off('response', answered)
    assert.deepEqual(heard, [param('where'), 'tables'])
    await page.getByRole('button', { name: t('views.save_as') }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox').fill(`${mark} 上海`)
    await dialog.getByText(t('views.share_with_all')).click()
    await dialog.getByRole('button', { name: t('save'), exact: true }).click()
    await page.locator('.tab', { hasText: `${mark} 上海` }).waitFor()
    await page.waitForURL(/view=\d+/)
    assert.equal(param('where'), null, 'the view says it now')

    const { server, browser } = given()
    const other = await person(browser, server, language)
    try {
      await other.page.goto('/sign-in')
      await other.page.getByLabel(t('signin.login')).fill(`colleague-${mark}`)
      await other.page.getByLabel(t('signin.password')).fill('first password 7')
      await other.page.getByRole('button', { name: t('signin.go'), exact: true }).click()
      await other.page.locator('.head-user').waitFor()
      await other.page.goto('/accounts')
      await other.page.locator('.tab', { hasText: `${mark} 上海` }).click()
      await other.page.locator('.rt-row a').first().waitFor()
      assert.equal(await other.page.locator('.chip').count(), 1, 'a view’s own condition is one chip')
      // A link to it opens the same.
      await other.page.goto(page.url())
      await other.page.locator('.tab.on', { hasText: `${mark} 上海` }).waitFor()
      // What is another’s cannot be changed, but kept under a new name.
      await other.page.getByRole('button', { name: t('views.menu') }).click()
      assert.equal(await other.page.getByRole('button', { name: t('views.forget') }).count(), 0)
      assert.deepEqual(other.errors, [])
    } finally {
      await other.context.close()
    }
  })

  step('the view that a module begins with; back works; deleting it is undone', async () => {
    await page.goto('/accounts')
    await page.locator('.tab', { hasText: `${mark} 上海` }).click()
    await page.waitForURL(/view=\d+/)
    const id = param('view')
    await page.getByRole('button', { name: t('views.menu') }).click()
    await page.getByRole('button', { name: t('views.first'), exact: true }).click()
    await notice(t('views.begins', { name: `${mark} 上海` })).waitFor()
    await page.goto('/accounts')
    await page.locator('.tab.on', { hasText: `${mark} 上海` }).waitFor()
    await page.locator('.tab').first().click()
    await page.waitForURL(/view=/)
    await page.goBack()
    await page.locator('.tab.on', { hasText: `${mark} 上海` }).waitFor()
    await page.getByRole('button', { name: t('views.menu') }).click()
    await page.getByRole('button', { name: t('views.forget') }).click()
    await page.locator('.tab', { hasText: `${mark} 上海` }).waitFor({ state: 'detached' })
    await notice(t('views.forgotten', { name: `${mark} 上海` })).getByRole('button', { name: t('undo') }).click()
    await page.locator('.tab.on', { hasText: `${mark} 上海` }).waitFor()
    assert.notEqual(param('view'), id)
    assert.equal((await api(page, 'GET', '/saved_views?entity=account')).default, null)
  })

  step('a filter is clicked together with groups, related records and dates that move; the text says the same; a fault is shown at its place', async () => {
    const filter = `name LIKE '${mark}%' AND (city = '上海' OR employees >= 10 AND employees <= 20) AND created_at >= LAST_N_WEEKS:2 AND NOT (industry = 'retail') AND id NOT IN (SELECT account FROM opportunity WHERE stage.kind = 'won') AND owner = :me`
    await page.goto(`/accounts?view=all&${where(filter)}`)
    await page.locator('.rt-row a').first().waitFor()
    assert.equal(await page.locator('.chip').count(), 6)
    await page.locator('.chip-text').nth(1).click()
    await page.locator('.fp .fg.nested').first().waitFor()
    await page.getByRole('button', { name: t('filter.apply'), exact: true }).click()
    await page.locator('.fp').waitFor({ state: 'detached' })
    await page.waitForURL((u) => u.searchParams.get('where') === filter.replace('OR employees >= 10 AND employees <= 20', 'OR (employees >= 10 AND employees <= 20)'))
    const n = (await api(page, 'GET', `/accounts?${where(filter)}&limit=1&count=exact`)).count
    await page.getByText(t('list.count', { n }).split(' | ').at(-1)).waitFor()
    await page.getByRole('button', { name: t('filter.as_text'), exact: true }).click()
    page.mayAskNonsense = true
    await page.locator('.filter-area').fill("city = '上海' AND employes > 3")
    await page.keyboard.press('Enter')
    await page.locator('.filter-error mark').waitFor()
    assert.equal(await page.locator('.filter-error mark').innerText(), 'e', 'the place, counted in characters')
    assert.equal(await page.locator('.filter-area').inputValue(), "city = '上海' AND employes > 3", 'nothing typed is lost')
    page.mayAskNonsense = false
    await page.locator('.filter-area').fill("city = '上海' AND CALENDAR_YEAR(created_at) > 2000")
    await page.keyboard.press('Enter')
    await page.locator('.rt-row a').first().waitFor()
    await page.getByRole('button', { name: t('filter.as_chips'), exact: true }).click()
    assert.equal(await page.locator('.chip').count(), 2)
  })

  step('columns are moved, sized, added from behind a reference, and kept', async () => {
    await page.goto(`/accounts?view=all&${where(`name LIKE '${mark}%'`)}`)
    await page.locator('.rt-row a').first().waitFor()
    await page.waitForTimeout(600) // the drag library comes after the rows
    const heads = async () => page.locator('th[data-column]').evaluateAll((all) => all.map((x) => x.dataset.column))
    const before = await heads()
    const from = await page.locator(`th[data-column="${before[4]}"]`).boundingBox()
    const to = await page.locator(`th[data-column="${before[2]}"]`).boundingBox()
    await page.mouse.move(from.x + 30, from.y + 17)
    await page.mouse.down()
    await page.mouse.move(from.x + 10, from.y + 17, { steps: 4 })
    for (let i = 0; i <= 20; i++) {
      await page.mouse.move(from.x + 10 + ((to.x + 12 - from.x - 10) * i) / 20, to.y + 17)
      await page.waitForTimeout(40)
    }
    await page.mouse.move(to.x + 8, to.y + 17, { steps: 4 })
    await page.waitForTimeout(300)
    await page.mouse.up()
    await page.waitForTimeout(300)
    const now = await heads()
    assert.equal(now.indexOf(before[4]), 2, `${before} became ${now}`)
    const edge = await page.locator(`th[data-column="${now[1]}"] .rt-size`).boundingBox()
    await page.mouse.move(edge.x + 4, edge.y + 15)
    await page.mouse.down()
    await page.mouse.move(edge.x + 64, edge.y + 15, { steps: 6 })
    await page.mouse.up()
    const width = (await page.locator(`th[data-column="${now[1]}"]`).boundingBox()).width
    await page.getByRole('button', { name: t('list.columns'), exact: true }).click()
    await page.locator('.cp .fpick input').fill(`${label('account', 'owner')}`)
    await page.locator('.el-select-dropdown__item:visible', { hasText: `› ${label('user', 'email')}` }).first().click()
    await page.locator('th[data-column="owner.email"]').waitFor()
    await page.keyboard.press('Escape')
    await page.reload()
    await page.locator('.rt-row a').first().waitFor()
    assert.deepEqual(await heads(), [...now, 'owner.email'])
    assert.ok(Math.abs((await page.locator(`th[data-column="${now[1]}"]`).boundingBox()).width - width) < 3, 'its width is kept')
    await page.getByRole('button', { name: t('list.columns'), exact: true }).click()
    await page.getByRole('button', { name: t('list.reset_columns') }).click()
    assert.deepEqual(await heads(), before)
  })

  step('sort by two columns; group with counts and sums; unfold a group', async () => {
    const base = `/accounts?view=all&cols=name,city,industry,employees,annual_revenue&${where(`name LIKE '${mark}%'`)}`
    await page.goto(base)
    await page.locator('.rt-row a').first().waitFor()
    await page.getByRole('columnheader', { name: label('account', 'city') }).locator('.rt-sort').click()
    await page.getByRole('columnheader', { name: label('account', 'employees') }).locator('.rt-sort').click({ modifiers: ['Shift'] })
    await page.waitForURL((u) => u.searchParams.get('order') === 'city, employees DESC')
    await row(`${mark} 456`).waitFor()
    assert.equal(await page.locator('.rt-row[data-row="0"]').innerText().then((x) => x.includes(`${mark} 456`)), true)
    // The foot adds up what number columns show.
    await page.locator('tfoot').getByText(new Intl.NumberFormat(language).format((460 * 459) / 2)).waitFor()
    await page.getByRole('button', { name: t('list.group'), exact: true }).click()
    await page.locator('.list-menu').getByRole('button', { name: label('account', 'industry'), exact: true }).click()
    await page.waitForURL(/group=industry/)
    await page.locator('.rt-group').nth(1).waitFor()
    assert.equal(await page.locator('.rt-group').count(), 2)
    const retail = page.locator('.rt-group', { hasText: choice('account', 'industry', 'retail') })
    assert.match(await retail.innerText(), /230/)
    assert.match((await retail.innerText()).replace(/[,，]/g, ''), /52900/) // 1 + 3 + … + 459
    await retail.click()
    await page.locator('.rt-row[data-id]').first().waitFor()
    await page.locator('.rt').evaluate((el) => el.scrollTo(0, el.scrollHeight))
    await page.locator('.rt-more button, .rt-row[data-id]').last().waitFor()
    await page.goBack()
    await page.waitForURL((u) => !u.searchParams.has('group'))
    await row(`${mark} 456`).waitFor()
  })

  step('select all that match, change the owner, undo', async () => {
    const w = where(`name LIKE '${mark}%' AND city = '苏州'`)
    await page.goto(`/accounts?view=all&${w}`)
    await page.locator('.rt-row a').first().waitFor()
    await page.locator('thead .tick').click()
    await page.locator('.list-every .link').click()
    await page.locator('.bulk').getByText(t('list.chosen', { n: 345 })).waitFor()
    // One of them not.
    await page.locator('.rt-row[data-row="1"] .tick').click()
    await page.locator('.bulk').getByText(t('list.chosen', { n: 344 })).waitFor()
    await page.locator('.bulk').getByRole('button', { name: t('list.assign'), exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('heading', { name: t('list.assign_title', { n: 344 }) }).waitFor()
    await dialog.locator('input').first().fill(colleague.name)
    await option(colleague.name).click()
    await dialog.locator('.bulk-preview').getByText(colleague.name).first().waitFor()
    await dialog.getByRole('button', { name: t('list.change_n', { n: 344 }) }).click()
    await notice(t('list.assigned', { n: 344 })).waitFor({ timeout: 60000 })
    const count = async () => (await api(page, 'GET', `/accounts?limit=1&count=exact&${where(`name LIKE '${mark}%' AND owner = '${colleague.id}'`)}`)).count
    assert.equal(await count(), 344)
    await notice(t('list.assigned', { n: 344 })).getByRole('button', { name: t('undo') }).click()
    await notice(t('list.undone')).waitFor()
    assert.equal(await count(), 0)
  })

  step('delete a few, undo; what is refused is named', async () => {
    await page.goto(`/accounts?view=all&order=name&${where(`name LIKE '${mark} 00%'`)}`)
    await page.locator('.rt-row a').first().waitFor()
    await page.locator('.rt-row[data-row="0"] .tick').click()
    await page.locator('.rt-row[data-row="3"] .tick').click({ modifiers: ['Shift'] })
    await page.locator('.bulk').getByText(t('list.chosen', { n: 4 })).waitFor()
    await page.locator('.bulk').getByRole('button', { name: t('delete'), exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: t('list.delete_n', { n: 4 }) }).click()
    await notice(t('list.removed', { n: 4 })).waitFor()
    await page.getByText(t('list.count', { n: 6 }).split(' | ').at(-1)).waitFor()
    await notice(t('list.removed', { n: 4 })).getByRole('button', { name: t('undo') }).click()
    await page.getByText(t('list.count', { n: 10 }).split(' | ').at(-1)).waitFor()
    await page.locator('.rt-row[data-row="0"] .tick').click()
    await page.locator('.bulk').getByRole('button', { name: t('list.change'), exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('input').first().fill(label('account', 'email'))
    await page.keyboard.press('Enter')
    await dialog.locator('input[type=email]').fill('no address')
    await dialog.getByRole('button', { name: t('list.change_n', { n: 1 }) }).click()
    await notice(t('list.some_failed', { n: 1 })).getByRole('button', { name: t('list.which') }).click()
    await page.getByRole('dialog').getByRole('link', { name: `${mark} 000` }).waitFor()
  })

  step('edit a cell inline while somebody else changed it', async () => {
    await page.goto(`/accounts?view=all&cols=name,city,phone,employees&order=name&${where(`name LIKE '${mark} 01%'`)}`)
    const cell = (r, c) => page.locator(`.rt-row[data-row="${r}"] td[data-c="${c}"]`)
    await cell(0, 1).waitFor()
    const id = await page.locator('.rt-row[data-row="0"]').getAttribute('data-id')
    const city = async () => (await api(page, 'GET', `/accounts/${id}`)).city
    // Double click, type, leave: saved.
    await cell(0, 1).dblclick()
    await page.locator('.ce input').fill('无锡')
    await page.keyboard.press('Enter')
    await page.locator('.ce').waitFor({ state: 'detached' })
    await cell(0, 1).getByText('无锡').waitFor()
    assert.equal(await city(), '无锡')
    // Escape gives it up; a refusal stays with the cell.
    await cell(0, 1).dblclick()
    await page.locator('.ce input').fill('nowhere')
    await page.keyboard.press('Escape')
    await cell(0, 1).getByText('无锡').waitFor()
    await cell(0, 3).dblclick()
    await page.locator('.ce input').fill('-5')
    await page.keyboard.press('Enter')
    await page.locator('.ce-fault').waitFor()
    await page.keyboard.press('Escape')
    // Somebody changes another field meanwhile: both are kept, nobody is asked. (Held back: the news of it.)
    await page.route(/\/api\/v1\/accounts\?/, async (route) => { await new Promise((done) => setTimeout(done, 2500)); await route.continue().catch(() => {}) })
    await cell(0, 1).dblclick()
    await api(page, 'PATCH', `/accounts/${id}`, { description: 'elsewhere' })
    await page.locator('.ce input').fill('常州')
    await page.keyboard.press('Enter')
    await page.locator('.ce').waitFor({ state: 'detached' })
    let now = await api(page, 'GET', `/accounts/${id}`)
    assert.deepEqual([now.city, now.description], ['常州', 'elsewhere'])
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.reload()
    await cell(0, 1).getByText('常州').waitFor()
    // Somebody changes the very cell: both versions are shown.
    await page.route(/\/api\/v1\/accounts\?/, async (route) => { await new Promise((done) => setTimeout(done, 2500)); await route.continue().catch(() => {}) })
    await cell(0, 1).dblclick()
    await api(page, 'PATCH', `/accounts/${id}`, { city: '南通' })
    await page.locator('.ce input').fill('镇江')
    await page.keyboard.press('Enter')
    await page.getByText(t('conflict.title')).waitFor()
    await page.locator('.conflict').getByText('南通').first().waitFor()
    await page.locator('.conflict').getByText('镇江').first().waitFor()
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.getByRole('button', { name: t('conflict.save') }).click()
    await cell(0, 1).getByText('镇江').waitFor()
    assert.equal(await city(), '镇江')
    now = null
  })

  step('merge two that are one, and undo it', async () => {
    await page.goto(`/accounts?view=all&order=name&${where(`name LIKE '${mark} 02%'`)}`)
    await page.locator('.rt-row a').first().waitFor()
    await page.locator('.rt-row[data-row="0"] .tick').click()
    await page.locator('.rt-row[data-row="1"] .tick').click()
    await page.locator('.bulk').getByRole('button', { name: t('list.merge'), exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('thead .mg-pick').nth(1).click()
    await dialog.getByLabel(`${label('account', 'name')}: ${mark} 020`).check()
    await dialog.getByRole('button', { name: t('merge.go', { n: 2 }) }).click()
    await notice(t('merge.done', { n: 2 })).waitFor()
    await page.getByText(t('list.count', { n: 9 }).split(' | ').at(-1)).waitFor()
    await row(`${mark} 020`).waitFor()
    await notice(t('merge.done', { n: 2 })).getByRole('button', { name: t('undo') }).click()
    await page.getByText(t('list.count', { n: 10 }).split(' | ').at(-1)).waitFor()
    await row(`${mark} 021`).waitFor()
  })

  step('the keyboard goes through a list', async () => {
    await page.goto(`/accounts?view=all&cols=name,city,employees&order=name&${where(`name LIKE '${mark} 03%'`)}`)
    await page.locator('.rt-row a').first().waitFor()
    for (const k of ['j', 'j', 'j', 'k']) await page.keyboard.press(k)
    await page.locator('.rt-row.active[data-row="1"]').waitFor()
    await page.keyboard.press('x')
    await page.locator('.bulk').getByText(t('list.chosen', { n: 1 })).waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.bulk').waitFor({ state: 'detached' })
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await page.locator('.ce input').fill('泰州')
    await page.keyboard.press('Tab')
    await page.locator('.rt-row[data-row="1"] td[data-c="2"] .ce').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.rt-row[data-row="1"]').getByText('泰州').waitFor()
    await page.keyboard.press('/')
    assert.ok(await page.getByRole('searchbox', { name: t('list.quick') }).evaluate((el) => el === document.activeElement))
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/accounts\/\d+$/)
    await page.goBack()
    await page.waitForURL(/where=/)
  })

  step('list and record side by side', async () => {
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.goto(`/accounts?view=all&as=split&order=name&${where(`name LIKE '${mark} 03%'`)}`)
    await page.locator('.rt-row td[data-c="1"]').first().click()
    await page.waitForURL(/open=\d+/)
    await page.locator('.sp').getByRole('heading', { level: 1, name: `${mark} 030` }).waitFor()
    await page.keyboard.press('j')
    await page.locator('.sp').getByRole('heading', { level: 1, name: `${mark} 031` }).waitFor()
    await page.reload()
    await page.locator('.sp').getByRole('heading', { level: 1, name: `${mark} 031` }).waitFor()
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  step('what changes elsewhere is shown though its fetch fails, and though another tab held the connection', async () => {
    const { server, browser } = given()
    const near = await person(browser, server, language)
    try {
      await signIn(near.page, language, server)
      const [one] = (await api(page, 'GET', `/accounts?${where(`name = '${mark} 007'`)}`)).records
      const list = `/accounts?view=all&${where(`name = '${mark} 007'`)}`
      const city = (p, name) => p.locator('.rt-row', { hasText: mark }).getByText(name, { exact: true }).waitFor()
      await near.page.goto(list)
      await city(near.page, '苏州')
      let fetched = 0
      await near.page.route(/\/api\/v1\/accounts\?/, (r) => (fetched++ ? r.continue() : r.abort()))
      await api(page, 'PATCH', `/accounts/${one.id}`, { city: '无锡' })
      await city(near.page, '无锡')
      assert.ok(fetched > 1)
      // The second tab has heard nothing yet when the first one goes, and something changes before it has a connection of its own.
      const next = await near.context.newPage()
      let go
      const asked = new Promise((done) => next.route('**/api/v1/events*', async (r) => { done(r.request().url()); await new Promise((on) => (go = on)); await r.continue() }))
      await next.goto(list)
      await city(next, '无锡')
      await near.page.close()
      assert.match(await asked, /since=\d+/)
      await api(page, 'PATCH', `/accounts/${one.id}`, { city: '常州' })
      go()
      await city(next, '常州')
      // What the list was asked is kept for the next time, until one signs out.
      assert.ok(await next.evaluate(() => localStorage.getItem('zhike.asked')))
      await next.locator('.head-user').click()
      await next.getByRole('button', { name: t('menu.leave') }).click()
      await next.waitForURL(/\/sign-in/)
      assert.equal(await next.evaluate(() => localStorage.getItem('zhike.asked')), null)
    } finally {
      await near.context.close()
    }
  })

  step('hundreds of rows, and the page stays as small as it was', async () => {
    await page.goto(`/accounts?view=all&order=name&${where(`name LIKE '${mark}%'`)}`)
    await page.locator('.rt-row a').first().waitFor()
    const nodes = () => page.evaluate(() => document.querySelectorAll('.rt *').length)
    const before = await nodes()
    for (let i = 1; i <= 30; i++) {
      await page.locator('.rt').evaluate((el) => el.scrollBy(0, 600))
      await page.waitForTimeout(40)
    }
    await row(`${mark} 459`).waitFor()
    assert.ok((await nodes()) < before * 1.6, `${before} nodes became ${await nodes()}`)
    const head = await page.locator('thead th').nth(1).boundingBox()
    const box = await page.locator('.rt').boundingBox()
    assert.ok(Math.abs(head.y - box.y) < 3, 'the head stays')
  })

  if (engine === 'SQLite') step('on a phone: cards, filter, selection; nothing wider than the screen', async () => {
    const { browser, server } = given()
    const small = await person(browser, server, language, { viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true })
    try {
      await signIn(small.page, language, server)
      await small.page.goto(`/accounts?view=all&order=name&${where(`name LIKE '${mark} 04%'`)}`)
      await small.page.locator('.rt-card a').first().waitFor()
      await small.page.getByRole('button', { name: t('filter.add'), exact: true }).click()
      await small.page.locator('.fp').waitFor()
      assert.ok((await small.page.evaluate(() => document.documentElement.scrollWidth)) <= 375)
      const box = await small.page.locator('.fp').boundingBox()
      assert.ok(box.x >= 0 && box.x + box.width <= 376, `the panel reaches from ${box.x} to ${box.x + box.width}`)
      await small.page.getByRole('button', { name: t('cancel'), exact: true }).click()
      await small.page.getByRole('button', { name: t('list.pick'), exact: true }).click()
      await small.page.locator('.rt-card-pick .tick').first().click()
      await small.page.locator('.bulk').getByText(t('list.chosen', { n: 1 })).waitFor()
      assert.ok((await small.page.evaluate(() => document.documentElement.scrollWidth)) <= 375)
      assert.deepEqual(small.errors, [])
    } finally {
      await small.context.close()
    }
  })

  if (engine === 'SQLite' && language === 'zh-CN') step('nothing serious for a screen reader in the list’s own places', async () => {
    const found = []
    const look = async (what) => {
      await page.evaluate(axe)
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
      for (const v of violations) if (['serious', 'critical'].includes(v.impact)) found.push(`${what}: ${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join('; ')}`)
    }
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.goto(`/accounts?view=all&group=industry&${where(`name LIKE '${mark}%' AND (city = '上海' OR owner = :me)`)}`)
    await page.locator('.rt-group').first().click()
    await page.locator('.rt-row[data-id]').first().waitFor()
    await page.waitForTimeout(400)
    await look('groups')
    await page.locator('.chip-text').last().click()
    await page.locator('.fp').waitFor()
    await page.waitForTimeout(400)
    await look('panel')
    await page.getByRole('button', { name: t('cancel'), exact: true }).click()
    await page.goto(`/accounts?view=all&order=name&${where(`name LIKE '${mark} 05%'`)}`)
    await page.locator('.rt-row[data-row="0"] .tick').click()
    await page.locator('.rt-row[data-row="1"] .tick').click()
    await look('selection')
    await page.locator('.bulk').getByRole('button', { name: t('list.merge'), exact: true }).click()
    await page.locator('.mg tbody tr').first().waitFor()
    await page.waitForTimeout(400)
    await look('merge')
    await page.emulateMedia({ reducedMotion: null })
    assert.deepEqual(found, [])
  })
}

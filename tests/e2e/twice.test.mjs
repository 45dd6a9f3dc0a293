// Hands that are too quick, addresses that lead nowhere, files that are none: one thing is done, or a quiet sentence stands there.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { api, everywhere, person, say, signIn, stepper } from './support.mjs'

everywhere('twice', tasks)

function tasks(given, engine, language) {
  const t = (key, values) => say(language, key, values)
  const mark = `${language.slice(0, 2)}${Date.now()}`
  let page, context, errors
  const step = stepper(`twice-${language}`, () => [{ page, errors }])
  const button = (name, within = page) => within.getByRole('button', { name, exact: true })
  const count = async (plural, where) => (await api(page, 'GET', `/${plural}?where=${encodeURIComponent(where)}&count=exact&limit=1`)).count
  /** What the page asked the server to change while `work` was done. */
  async function asked(work) {
    const seen = []
    const note = (r) => { if (r.method() !== 'GET' && !/\/(query|seen|events)/.test(r.url())) seen.push(`${r.method()} ${new URL(r.url()).pathname}`) }
    page.on('request', note)
    await work()
    page.off('request', note)
    return seen
  }

  before(async () => {
    const { server, browser } = given()
    ;({ page, context, errors } = await person(browser, server, language))
    await signIn(page, language, server)
  })
  after(async () => context?.close())

  step('a form, a line of the timeline, a deal and a token are made once', async () => {
    await page.goto('/leads/new')
    await page.locator('#f-name').fill(`Twice ${mark}`)
    await page.locator('#f-company').fill(`Firm ${mark}`)
    await button(t('save')).dblclick()
    await page.waitForURL(/\/leads\/\d+$/)
    assert.equal(await count('leads', `name = 'Twice ${mark}'`), 1)

    await page.locator('.composer-text').fill(`Note ${mark}`)
    await button(t('composer.add_note')).dblclick()
    await page.locator('.trail').getByText(`Note ${mark}`).waitFor()
    assert.equal(await count('activities', `subject LIKE 'Note ${mark}%'`), 1)

    const lead = new URL(page.url()).pathname
    await page.goto(`${lead}/convert`)
    const go = page.locator('.convert .btn.primary, .btn.primary').last()
    await go.waitFor()
    await page.waitForFunction((b) => !b.disabled, await go.elementHandle())
    const calls = await asked(async () => {
      await go.dblclick()
      await page.waitForURL(/\/(opportunities|accounts|contacts)\/\d+$/)
    })
    assert.equal(calls.length, 1, calls.join())
    assert.equal(await count('accounts', `name = 'Firm ${mark}'`), 1)

    await page.goto('/settings/tokens')
    await page.getByLabel(t('settings.token_for')).fill(`Token ${mark}`)
    await button(t('settings.token_make')).dblclick()
    await page.locator('.set-secret').waitFor()
    assert.equal((await api(page, 'GET', '/tokens')).tokens.filter((x) => x.name === `Token ${mark}`).length, 1)
  })

  step('a change of many is one operation, an own field one field', async () => {
    const made = await api(page, 'POST', '/accounts/bulk', { rows: [1, 2, 3].map((i) => ({ do: 'create', record: { name: `Bulk ${mark} ${i}` } })) })
    assert.ok(made.results.every((r) => r.status === 201))
    await page.goto(`/accounts?view=all&where=${encodeURIComponent(`name LIKE 'Bulk ${mark}%'`)}`)
    await page.locator('.rt-row[data-id]').nth(2).waitFor()
    await page.locator('thead .tick').first().click()
    await button(t('delete'), page.locator('.bulk')).click()
    const calls = await asked(async () => {
      await over(page.getByRole('dialog').locator('.btn.primary'), () => page.getByRole('dialog').waitFor({ state: 'hidden' }))
      await page.locator('.bulk').waitFor({ state: 'detached' })
      await page.locator('.rt-row[data-id]').first().waitFor({ state: 'detached' })
    })
    assert.equal(calls.length, 1, calls.join())

    await page.goto('/settings/fields?entity=contact')
    const dialog = page.getByRole('dialog')
    await over(button(t('settings.field_add')).first(), () => dialog.waitFor())
    await dialog.waitFor()
    await dialog.getByLabel(t('settings.label_zh'), { exact: true }).fill(`T${mark}`)
    await button(t('settings.field_add'), dialog).dblclick()
    await page.locator('.set-row').getByText(`T${mark}`).first().waitFor()
    assert.equal((await api(page, 'GET', '/fields?entity=contact')).fields.length, 1)
  })

  /** A double click whose second half comes when what the first half does stands already. */
  async function over(locator, meanwhile) {
    const { x, y, width, height } = await locator.boundingBox()
    const at = [x + width / 2, y + height / 2]
    await page.mouse.click(...at)
    await meanwhile()
    await page.mouse.move(...at)
    await page.mouse.down({ clickCount: 2 })
    await page.mouse.up({ clickCount: 2 })
  }

  /** Both before the page could draw that it is busy, as a key that is held down or a hand on a slow machine does it. */
  const hard = (locator) => locator.evaluate((el) => { el.click(); el.click() })

  step('a merge, an entry of the calendar, a stage, a person and a team, and a closed deal: once', async () => {
    const [a, b] = [await api(page, 'POST', '/accounts', { name: `Merge ${mark}`, phone: '1' }), await api(page, 'POST', '/accounts', { name: `Merge ${mark}`, phone: '2' })]
    await page.goto(`/accounts/${a.id}/merge?with=${b.id}`)
    await page.locator('.merge-table thead th').nth(1).waitFor()
    let calls = await asked(async () => {
      await hard(button(t('merge.go', { n: 2 })))
      await page.waitForURL(/\/accounts\/\d+$/)
      await page.locator('.notice.good').first().waitFor()
    })
    assert.equal(calls.filter((c) => c.endsWith('/merge')).length, 1, calls.join())
    assert.equal(await count('accounts', `name = 'Merge ${mark}'`), 1)

    const [c, d] = [await api(page, 'POST', '/accounts', { name: `Join ${mark}`, phone: '1' }), await api(page, 'POST', '/accounts', { name: `Join ${mark}`, phone: '2' })]
    await page.goto(`/accounts?view=all&where=${encodeURIComponent(`id IN ('${c.id}', '${d.id}')`)}`)
    await page.locator('.rt-row[data-id]').nth(1).waitFor()
    await page.locator('thead .tick').first().click()
    await button(t('list.merge'), page.locator('.bulk')).click()
    await page.getByRole('dialog').locator('.mg tbody tr').first().waitFor()
    calls = await asked(async () => {
      await hard(button(t('merge.go', { n: 2 }), page.getByRole('dialog')))
      await page.locator('.rt-row[data-id]').nth(1).waitFor({ state: 'detached' })
    })
    assert.equal(calls.filter((x) => x.endsWith('/merge')).length, 1, calls.join())

    await page.goto('/calendar?cal=day&at=2027-06-09')
    await page.locator('.cal-head[data-day="2027-06-09"]').click()
    await page.locator('#entry-new').waitFor()
    await page.locator('#new-subject').fill(`Entry ${mark}`)
    await hard(page.getByRole('dialog').locator('.btn.primary'))
    await page.locator('#entry-new').waitFor({ state: 'detached' })
    assert.equal(await count('activities', `subject = 'Entry ${mark}'`), 1)

    await page.goto('/settings/pipelines')
    await button(t('settings.stage_add')).first().click()
    await page.getByRole('dialog').getByLabel(t('settings.name'), { exact: true }).fill(`Stage ${mark}`)
    await page.getByRole('dialog').getByLabel(t('settings.key'), { exact: true }).fill(`twice_${language === 'en' ? 'en' : 'zh'}`)
    calls = await asked(async () => {
      await hard(button(t('save'), page.getByRole('dialog')))
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    })
    assert.equal(calls.length, 1, calls.join())
    await page.locator('.set-row', { hasText: `Stage ${mark}` }).waitFor()

    await page.goto('/settings/people')
    await button(t('settings.invite')).click()
    await page.getByRole('dialog').getByLabel(t('settings.name'), { exact: true }).fill(`Invited ${mark}`)
    await hard(button(t('settings.invite_go'), page.getByRole('dialog')))
    await page.locator('.set-secret code').waitFor()
    assert.equal(await count('users', `name = 'Invited ${mark}'`), 1)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await button(t('settings.team_add')).click()
    await page.getByRole('dialog').getByLabel(t('settings.name'), { exact: true }).fill(`Team ${mark}`)
    await hard(button(t('save'), page.getByRole('dialog')))
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.equal(await count('teams', `name = 'Team ${mark}'`), 1)

    const won = (await api(page, 'GET', `/pipeline_stages?where=${encodeURIComponent("kind = 'won'")}&limit=1`)).records[0]
    const deal = await api(page, 'POST', '/opportunities', { name: `Deal ${mark}`, account: a.id, stage: 'qualification', amount: 10 })
    await page.goto(`/opportunities/${deal.id}`)
    await page.locator('.path').getByRole('button', { name: won.label }).click()
    await page.locator('#closing').waitFor()
    await page.locator('#closing-why').click({ force: true })
    await page.locator('.el-select-dropdown__item:visible').first().click()
    calls = await asked(async () => {
      await hard(button(t('closing.go_won'), page.getByRole('dialog')))
      await page.locator('.path.won').waitFor()
    })
    assert.deepEqual(calls.filter((x) => x.includes('/opportunities')), [`PATCH /api/v1/opportunities/${deal.id}`])
  })

  step('a quota that is set is written once', async () => {
    await page.goto('/forecast')
    await button(t('forecast.quotas')).click()
    const cell = page.locator('.quota-input:not(:disabled)').last()
    await cell.fill(language === 'en' ? '12,345' : '54,321')
    const calls = await asked(async () => {
      await hard(button(t('save'), page.locator('.quota-bar')))
      await page.locator('.quota-bar').waitFor({ state: 'detached' })
    })
    assert.equal(calls.length, 1, calls.join())
  })

  step('an import is written once', async () => {
    await page.goto('/import?entity=lead')
    await page.locator('input[type=file]').setInputFiles({ name: `once ${mark}.csv`, mimeType: 'text/csv', buffer: Buffer.from(`name,email\nOnce ${mark},once-${mark}@example.com\n`) })
    const go = button(t('import.go'))
    await page.waitForFunction((label) => [...document.querySelectorAll('button')].some((b) => b.textContent.trim() === label && !b.disabled), t('import.go'))
    const calls = await asked(async () => {
      await go.dblclick()
      await page.getByRole('heading', { name: t('import.over') }).waitFor()
    })
    assert.equal(calls.filter((c) => c.includes('/imports')).length, 1, calls.join())
    assert.equal(await count('leads', `email = 'once-${mark}@example.com'`), 1)
  })

  step('addresses of what is not there, or not for one, are answered quietly', async () => {
    for (const at of ['/accounts/999999999', '/leads/999999999/edit', '/leads/999999999/convert', '/accounts/999999999/merge', '/nothing', '/nothing/12', '/accounts/12x', '/settings/nothing', '/reports/nothing']) {
      await page.goto(at)
      await page.locator('.empty, .trouble, .form-general, .set-line').first().waitFor()
      const text = await page.locator('#content').innerText()
      assert.ok(!/undefined|\[object|NaN|TypeError|HTTP \d/.test(text), `${at}: ${text}`)
      assert.equal(await page.locator('.notice.bad').count(), 0, at)
    }
  })

  step('what does not come says so, and comes when it is asked for again', async () => {
    // Each page and what it cannot do without.
    const pages = [['/', '**/api/v1/activities?*'], ['/settings/fields', '**/api/v1/fields?*'], ['/settings/choices', '**/api/v1/choices?*'], ['/settings/organisation', '**/api/v1/settings'], ['/settings/pipelines', '**/api/v1/pipeline_stages?*'], ['/settings/tokens', '**/api/v1/tokens*'], ['/settings/changes', '**/api/v1/changes*'], ['/leads', '**/api/v1/leads?*'], ['/bin', '**/api/v1/**deleted=true*'], ['/', '**/api/v1/me'], ['/accounts', '**/api/v1/meta/lean']]
    for (const [at, needs] of pages) {
      await page.route(needs, (r) => r.abort())
      await page.goto(at)
      await page.locator('.trouble').first().waitFor()
      assert.ok((await page.locator('.trouble').first().innerText()).includes(t('problem.unreachable')), at)
      await page.unroute(needs)
      await button(t('again'), page.locator('.trouble').first()).click()
      await page.locator('.trouble').waitFor({ state: 'detached' })
      await page.locator('.head-user').waitFor()
    }
    // A part of the app itself.
    await page.goto('/accounts')
    await page.locator('.rt-row[data-id]').first().waitFor()
    await page.route('**/assets/CalendarPage*', (r) => r.abort())
    await page.locator('.side-item[href="/calendar"]').click()
    await page.locator('.notice.bad', { hasText: t('problem.part') }).waitFor()
    await page.unroute('**/assets/CalendarPage*')
  })

  step('without TLS a browser has no clipboard for pages, and copying still works', async () => {
    await page.goto('/accounts?view=all')
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
    await button(t('views.menu')).click()
    await page.getByRole('button', { name: t('views.copy') }).click()
    await page.locator('.notice', { hasText: t('views.copied') }).waitFor()
    await page.locator('.head-search').click()
    await page.keyboard.press('Control+v')
    assert.match(await page.locator('.pal input').inputValue(), /\/accounts/)
    await page.keyboard.press('Escape')
  })

  step('a module that one may not see looks like none', async () => {
    // A person who may read nothing but what is theirs: the tables that only administrators see are not even named.
    const made = await api(page, 'POST', '/users', { name: `Plain ${mark}`, login: `plain-${mark}`, state: 'active', language })
    await api(page, 'POST', `/users/${made.id}/password`, { password: 'own password 77', keep: true })
    const mine = new Set((await api(page, 'GET', '/meta')).entities.map((e) => e.plural))
    const plain = await person(given().browser, given().server, language)
    try {
      await plain.page.goto('/')
      await plain.page.getByLabel(t('signin.login')).fill(`plain-${mark}`)
      await plain.page.getByLabel(t('signin.password')).fill('own password 77')
      await button(t('signin.go'), plain.page).dblclick()
      await plain.page.locator('.head-user').waitFor()
      const theirs = new Set((await api(plain.page, 'GET', '/meta')).entities.map((e) => e.plural))
      const hidden = [...mine].filter((p) => !theirs.has(p))
      for (const plural of [...hidden.slice(0, 3), 'settings/people'])
        for (const at of plural === 'settings/people' ? [`/${plural}`] : [`/${plural}`, `/${plural}/1`, `/${plural}/new`]) {
          await plain.page.goto(at)
          await plain.page.locator('.empty, .set-line').first().waitFor()
          assert.equal(await plain.page.locator('.trouble, .notice.bad').count(), 0, at)
        }
      assert.deepEqual(plain.errors, [])
    } finally {
      await plain.context.close()
    }
  })

  if (engine === 'SQLite' && language === 'zh-CN') step('a file of 0 bytes and one of 200 MB leave the wizard standing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zhike-big-'))
    try {
      await page.goto('/import?entity=lead')
      await page.locator('input[type=file]').setInputFiles({ name: 'nothing.csv', mimeType: 'text/csv', buffer: Buffer.alloc(0) })
      await page.getByText(t('import.empty')).waitFor()
      const big = join(folder, 'big.csv')
      writeFileSync(big, 'name,email\n')
      truncateSync(big, 200 << 20) // a hole of zeros: no text
      await page.locator('input[type=file]').setInputFiles(big)
      await page.getByText(t('import.empty')).waitFor({ state: 'detached' })
      await page.locator('.form-general').waitFor({ timeout: 90000 })
      const said = await page.locator('.form-general').innerText()
      assert.ok(said.trim().length > 4 && !/undefined|HTTP \d/.test(said), said)
      await page.locator('input[type=file]').setInputFiles({ name: 'good.csv', mimeType: 'text/csv', buffer: Buffer.from(`name,email\nAfter ${mark},after-${mark}@example.com\n`) })
      await page.waitForFunction((label) => [...document.querySelectorAll('button')].some((b) => b.textContent.trim() === label && !b.disabled), t('import.go'))
      assert.equal(await page.locator('.form-general').count(), 0)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

// Hands that are too quick, addresses that lead nowhere, files that are none: one thing is done, or a quiet sentence stands there.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { api, everywhere, person, picture, say, signIn } from './support.mjs'

everywhere('twice', tasks)

function tasks(given, engine, language) {
  const t = (key, values) => say(language, key, values)
  const mark = `${language.slice(0, 2)}${Date.now()}`
  let page, context, errors
  const step = (name, work) =>
    it(name, { timeout: 120000 }, async () => {
      try {
        await work()
      } catch (e) {
        if (page) await picture(page, `twice-${language}-${name}`.replace(/[^\w-]+/g, '_'))
        throw e
      }
      assert.deepEqual(errors.splice(0), [], 'the page met errors')
    })
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
      await page.getByRole('dialog').locator('.btn.primary').dblclick()
      await page.locator('.bulk').waitFor({ state: 'detached' })
      await page.locator('.rt-row[data-id]').first().waitFor({ state: 'detached' })
    })
    assert.equal(calls.length, 1, calls.join())

    await page.goto('/settings/fields?entity=contact')
    await button(t('settings.field_add')).first().dblclick()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(t('settings.label_zh'), { exact: true }).fill(`T${mark}`)
    await button(t('settings.field_add'), dialog).dblclick()
    await page.locator('.set-row').getByText(`T${mark}`).first().waitFor()
    assert.equal((await api(page, 'GET', '/fields?entity=contact')).fields.length, 1)
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

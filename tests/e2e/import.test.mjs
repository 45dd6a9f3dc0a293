// Import as a person does it: columns found and corrected, what is there already, leaving while it runs, undo, the same file
// kind again; and export of what one sees.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before } from 'node:test'
import { api, everywhere, person, say, signIn, stepper } from './support.mjs'

everywhere('import', tasks)

function tasks(given, _engine, language) {
  const t = (key, values) => say(language, key, values)
  const mark = `${language.slice(0, 2)}${Date.now()}`
  let page, context, errors
  const step = stepper(`import-${language}`, () => [{ page, errors }])
  const give = (name, text) => page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
  const go = page => page.getByRole('button', { name: t('import.go'), exact: true })
  const figure = (key) => page.locator('.figures > div', { has: page.locator('dt', { hasText: t(`import.${key}`) }) }).locator('dd')
  const count = async (where) => (await api(page, 'GET', `/leads?where=${encodeURIComponent(where)}&count=exact&limit=1`)).count

  before(async () => {
    const { server, browser } = given()
    ;({ page, context, errors } = await person(browser, server, language))
    await signIn(page, language, server)
  })
  after(async () => context?.close())

  step('columns are found, one is corrected, a known address is seen, it is written and undone', async () => {
    await api(page, 'POST', '/leads', { name: 'Known', email: `known-${mark}@example.com`, company: 'Before' })
    await page.goto('/import?entity=lead')
    await give('fair 2026-03.csv', `联系人,电子邮箱,Odd column\nKnown,known-${mark}@example.com,After\nFresh,fresh-${mark}@example.com,Firm\n,nobody-${mark}@example.com,Firm\n`)
    const odd = page.getByLabel(t('import.goes_to_of', { column: 'Odd column' }))
    await odd.waitFor()
    await page.getByText(t('import.existing', { n: 1 })).waitFor()
    assert.equal(await odd.inputValue(), '')
    await odd.selectOption('company')
    await page.getByRole('button', { name: t('import.then_skip') }).click()
    await page.getByRole('button', { name: t('import.try_again') }).click()
    await go(page).waitFor()
    assert.deepEqual([await figure('created').innerText(), await figure('skipped').innerText(), await figure('rejected').innerText()], ['1', '1', '1'])
    assert.equal(await count(`email = 'fresh-${mark}@example.com'`), 0)
    await go(page).click()
    await page.getByRole('heading', { name: t('import.over') }).waitFor()
    assert.equal(await count(`email = 'fresh-${mark}@example.com' AND company = 'Firm'`), 1)
    assert.equal(await count(`email = 'known-${mark}@example.com' AND company = 'Before'`), 1)
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: t('import.rejected_file') }).click()])
    assert.match(readFileSync(await download.path(), 'utf8'), new RegExp(`nobody-${mark}`))
    // Coming back by the address finds the run and its undo.
    await page.goto('/')
    await page.goBack()
    await page.getByRole('heading', { name: t('import.over') }).waitFor()
    await page.getByRole('button', { name: t('import.undo') }).click()
    await page.getByRole('heading', { name: t('import.undone') }).waitFor()
    assert.equal(await count(`email = 'fresh-${mark}@example.com'`), 0)
  })

  step('the next file of that kind needs no correcting', async () => {
    await page.goto('/import?entity=lead')
    await give('fair 2026-04.csv', `联系人,电子邮箱,Odd column\nLater,later-${mark}@example.com,Firm\n`)
    await page.getByText(t('import.kept', { name: 'fair' })).waitFor()
    assert.equal(await page.getByLabel(t('import.goes_to_of', { column: 'Odd column' })).inputValue(), 'company')
    await page.locator('.import-kept').getByRole('button', { name: t('import.kept_forget') }).click()
  })

  step('an empty file and a picture are refused in words', async () => {
    await page.goto('/import?entity=lead')
    await give('nothing.csv', '')
    await page.getByText(t('import.empty')).waitFor()
    await page.locator('input[type=file]').setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 0]) })
    await page.locator('.form-general').waitFor()
  })

  step('an import goes on while one is elsewhere', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `Bulk ${i},bulk-${mark}-${i}@example.com`)
    await page.goto('/import?entity=lead')
    await give('many.csv', `name,email\n${rows.join('\n')}\n`)
    await page.waitForFunction((label) => [...document.querySelectorAll('button')].some((b) => b.textContent.trim() === label && !b.disabled), t('import.go'), { timeout: 60000 })
    await go(page).click()
    await page.waitForURL(/job=\d+/)
    const address = page.url()
    await page.goto('/accounts')
    await page.goto(address)
    await page.getByRole('heading', { name: t('import.over') }).waitFor({ timeout: 60000 })
    assert.equal(await count(`email LIKE 'bulk-${mark}-%'`), 3000)
  })

  step('export what one sees, with headers in one’s language', async () => {
    await page.goto(`/leads?view=all&where=${encodeURIComponent(`email LIKE 'bulk-${mark}-1%'`)}`)
    await page.locator('.rt-row a').first().waitFor()
    await page.evaluate(() => document.querySelector('.page-head')?.scrollIntoView())
    await page.getByRole('button', { name: t('list.export'), exact: true }).first().click()
    await page.locator('.el-popper:visible .menu-item', { hasText: t('export.csv') }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(t('export.records_seen')).waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: t('list.export'), exact: true }).click()])
    const text = readFileSync(await download.path(), 'utf8')
    assert.equal(text.charCodeAt(0), 0xfeff, 'Excel reads it as UTF-8')
    const lines = text.slice(1).trim().split(/\r?\n/)
    assert.equal(lines.length, 1 + (await count(`email LIKE 'bulk-${mark}-1%'`)))
    const meta = await api(page, 'GET', '/meta')
    const label = meta.entities.find((e) => e.name === 'lead').fields.find((f) => f.name === 'company').label[language]
    assert.ok(lines[0].includes(label), lines[0])
  })
}

// An administrator arranges the app while it runs; a member sees what is theirs.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before } from 'node:test'
import { api, everywhere, person, say, signIn, stepper } from './support.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SECTIONS = ['profile', 'tokens', 'safety', 'organisation', 'people', 'sign_ins', 'mail', 'pipelines', 'fields', 'choices', 'layouts', 'changes']

everywhere('settings', tasks)

function tasks(given, engine, language) {
  const t = (key, values) => say(language, key, values)
  const zh = language === 'zh-CN'
  const label = zh ? '客户等级2' : 'Customer tier 2'
  let page, context, errors, key
  const step = stepper(`settings-${engine}-${language}`, () => [{ page, errors }], 300000)
  before(async () => {
    const { server, browser } = given()
    ;({ page, context, errors } = await person(browser, server, language))
  })
  after(async () => context?.close())

  step('add a field to accounts', async () => {
    await signIn(page, language, given().server)
    await page.goto('/settings/fields?entity=account')
    await page.getByRole('button', { name: t('settings.field_add'), exact: true }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(t('settings.label_zh'), { exact: true }).fill(label)
    await dialog.getByRole('button', { name: t('settings.field_add'), exact: true }).click()
    await page.locator('.set-row').getByText(label).waitFor()
    const made = (await api(page, 'GET', '/fields?entity=account')).fields.find((f) => f.label['zh-CN'] === label)
    key = made.name
    assert.equal(key, zh ? 'x_kehudengji2' : 'x_customer_tier_2')
  })

  step('fill it in a form, without a reload', async () => {
    await page.evaluate(() => history.back())
    await page.locator('.side-item[href="/accounts"], a[href="/accounts"]').first().click()
    await page.waitForURL(/\/accounts/)
    await page.goto('/accounts/new')
    await page.locator('#f-name').fill(zh ? '等级测试公司' : 'Tiered Works')
    await page.locator(`#f-${key}`).fill(zh ? '钻石' : 'Diamond')
    await page.getByRole('button', { name: t('save'), exact: true }).click()
    await page.waitForURL(/\/accounts\/\d+$/)
    await page.getByText(label).first().waitFor()
  })

  step('filter a list by it, and export it', async () => {
    const value = zh ? '钻石' : 'Diamond'
    await page.goto(`/accounts?where=${encodeURIComponent(`${key} = '${value}'`)}`)
    await page.getByText(zh ? '等级测试公司' : 'Tiered Works').first().waitFor()
    await page.getByText(value).first().waitFor()
    const { job } = await api(page, 'POST', '/exports', { entity: 'account', where: `${key} != null`, select: `name,${key}`, format: 'csv', labels: true })
    let done
    for (let i = 0; i < 100 && done?.state !== 'done'; i++) {
      done = await api(page, 'GET', `/jobs/${job}`)
      await page.waitForTimeout(100)
    }
    const csv = await page.evaluate(async (id) => (await fetch(`/api/v1/files/${id}`)).text(), done.result.file)
    assert.ok(csv.includes(label) && csv.includes(value), csv)
  })

  step('a choice that is used goes only when another takes its place', async () => {
    await page.goto('/settings/choices?entity=account&field=type')
    const used = page.locator('.set-row').first()
    await used.getByRole('button').last().click()
    await page.getByRole('button', { name: t('save'), exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(t('settings.choice_used_text')).waitFor()
    await dialog.locator('.el-select').click()
    await page.locator('.el-select-dropdown:visible .el-select-dropdown__item').first().click()
    await dialog.getByRole('button', { name: t('settings.replace'), exact: true }).click()
    await page.locator('.notice.good').waitFor()
  })

  step('the layout of the form is the organisation’s', async () => {
    const layout = { groups: [{ name: 'main', fields: ['name', key] }], hidden: ['employees'] }
    await api(page, 'PUT', '/layouts', { entity: 'account', kind: 'form', layout })
    await page.goto('/accounts/new')
    await page.locator('#f-name').waitFor()
    const order = await page.locator('[id^="f-"]').evaluateAll((all) => all.map((x) => x.id))
    assert.equal(order.indexOf(`f-${key}`), order.indexOf('f-name') + 1)
    assert.ok(!order.includes('f-employees'))
    await api(page, 'PUT', '/layouts', { entity: 'account', kind: 'form', layout: null })
  })

  step('invite a person, who chooses a password', async () => {
    const name = zh ? '赵新人' : 'New Person'
    await page.goto('/settings/people')
    await page.getByRole('button', { name: t('settings.invite'), exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(t('settings.name'), { exact: true }).fill(name)
    await dialog.getByLabel(t('settings.login'), { exact: true }).fill(zh ? 'zhaoxinren' : 'new.person')
    await dialog.getByRole('button', { name: t('settings.invite_go'), exact: true }).click()
    const link = (await dialog.locator('.set-secret code').innerText()).trim()
    const theirs = await person(given().browser, given().server, language)
    try {
      await theirs.page.goto(new URL(link).pathname + new URL(link).hash)
      await theirs.page.getByText(t('join.title', { name })).waitFor()
      await theirs.page.getByLabel(t('signin.new'), { exact: true }).fill('own-password-77')
      await theirs.page.getByLabel(t('signin.again'), { exact: true }).fill('own-password-77')
      await theirs.page.getByRole('button', { name: t('signin.set'), exact: true }).click()
      await theirs.page.locator('.head-user').waitFor()
      await theirs.page.goto('/settings')
      await theirs.page.locator('.set-line').first().waitFor()
      const lines = await theirs.page.locator('.set-line').allInnerTexts()
      assert.ok(lines.some((x) => x.includes(t('settings.profile'))))
      assert.ok(!lines.some((x) => x.includes(t('settings.fields')) || x.includes(t('settings.changes'))), lines.join())
    } finally {
      await theirs.context.close()
    }
  })

  step('every change is told', async () => {
    await page.goto('/settings/changes?entity=@field')
    await page.locator('.chg').first().waitFor()
    assert.ok((await page.locator('.chg').allInnerTexts()).some((x) => x.includes(label)))
  })

  step('retire the field, and delete it with what stands in it', async () => {
    await page.goto('/settings/fields?entity=account')
    await page.locator('.set-row', { hasText: label }).getByRole('button', { name: t('settings.retire'), exact: true }).click()
    const gone = page.locator('.set-row.gone', { hasText: label })
    await gone.getByRole('button', { name: t('settings.delete'), exact: true }).click()
    await page.getByText(t('settings.delete_values', { n: 1 })).waitFor()
    for (let i = 0; i < 30; i++) {
      const jobs = (await api(page, 'GET', '/jobs')).jobs
      if (!jobs.some((j) => j.state === 'queued' || j.state === 'running')) break
      await page.waitForTimeout(200)
    }
    await page.getByRole('button', { name: t('settings.delete_yes'), exact: true }).click()
    await gone.waitFor({ state: 'detached' })
  })

  if (engine === 'SQLite') step('every section: nothing serious for a screen reader, nothing too wide on a phone', async () => {
    for (const width of [1280, 375]) {
      await page.setViewportSize({ width, height: 800 })
      for (const s of SECTIONS) {
        await page.goto(`/settings/${s}`)
        await page.locator('.set-page > *').first().waitFor()
        await page.waitForTimeout(500)
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${s} is too wide at ${width}`)
        if (width > 375) continue // pages.test.mjs lets axe look at the wide ones
        await page.evaluate(axe)
        const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
        const bad = found.violations.filter((v) => ['serious', 'critical'].includes(v.impact))
        assert.deepEqual(bad.map((v) => `${s} ${width}: ${v.id} ${v.nodes[0].html.slice(0, 160)}`), [])
      }
    }
    await page.setViewportSize({ width: 1280, height: 800 })
  })
}

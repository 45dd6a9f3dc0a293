// The modules' own pages: forecast, reports, competitor, service, campaign, as people use them on a Monday.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { api, engines, launch, person, picture, say, signIn, startServer } from './support.mjs'

for (const engine of engines().filter((e) => !e.server || e.url))
  describe(`modules on ${engine.name}`, () => {
    let server, browser
    before(async () => {
      server = await startServer(engine)
      browser = await launch()
    })
    after(async () => {
      await browser?.close()
      await server?.stop()
    })
    for (const language of [engine.server ? 'en' : 'zh-CN']) describe(language, () => tasks(() => ({ server, browser }), language))
  })

function tasks(given, language) {
  const t = (key, values) => say(language, key, values)
  let page, context, errors, me, seller, period, account
  const tag = `${language} ${Date.now()}`
  const step = (name, work) =>
    it(name, { timeout: 120000 }, async () => {
      try {
        await work()
      } catch (e) {
        if (page) await picture(page, `modules-${language}-${name}`.replace(/[^\w-]+/g, '_'))
        throw e
      }
      assert.deepEqual(errors.splice(0), [], 'the page met errors')
    })
  const where = (text) => encodeURIComponent(text)
  const rowsOf = async (plural, condition) => (await api(page, 'GET', `/${plural}?where=${where(condition)}&limit=50`)).records
  /** The list that a number opened shows as many rows as the number said. */
  const opened = async (plural, n) => {
    await page.waitForURL(new RegExp(`/${plural}\\?`))
    await page.locator('.list-page').waitFor()
    const asked = new URL(page.url()).searchParams.get('where')
    const { count } = await api(page, 'GET', `/${plural}?where=${where(asked)}&limit=1&count=exact`)
    assert.equal(count, n)
  }
  const kept = async (read, wanted) => {
    for (let i = 0; i < 80 && (await read()) !== wanted; i++) await page.waitForTimeout(100)
    assert.equal(await read(), wanted)
  }

  before(async () => {
    const { server, browser } = given()
    ;({ page, context, errors } = await person(browser, server, language, { viewport: { width: 1440, height: 900 } }))
    await signIn(page, language, server)
    me = await api(page, 'GET', '/me')
    const today = (await api(page, 'GET', '/views/forecast')).period
    period = today.key
    seller = await api(page, 'POST', '/users', { name: `Seller ${tag}`, login: `seller-${Date.now()}`, manager: me.id, state: 'active' })
    account = await api(page, 'POST', '/accounts', { name: `Modules ${tag}`, type: 'customer' })
    const deal = (stage, amount) => api(page, 'POST', '/opportunities', { name: `Deal ${amount} ${tag}`, account: account.id, owner: seller.id, stage, amount, currency: 'CNY', close_date: today.end })
    await deal('won', 4000)
    await deal('negotiation', 1000)
    await deal('negotiation', 500)
  })
  after(() => context?.close())

  step('Home lists deals that stand on a stage longer than it expects (OPP-15)', async () => {
    await page.goto('/')
    const all = page.getByRole('region', { name: t('home.stale') }).getByRole('link', { name: t('home.all') })
    await all.waitFor()
    const stages = (await api(page, 'GET', `/pipeline_stages?where=${encodeURIComponent("kind = 'open' AND expected_days != null")}&limit=200`)).records
    await page.waitForFunction((n) => [...document.querySelectorAll('a[href*="stage_since"]')].some((a) => a.href.split('N_DAYS_AGO').length === n), new Set(stages.map((s) => s.expected_days)).size + 1)
    const where = new URL(await all.getAttribute('href'), page.url()).searchParams.get('where')
    for (const s of stages) assert.match(where, new RegExp(`stage\\.id IN \\([^)]*'${s.id}'[^)]*\\) AND stage_since < N_DAYS_AGO:${s.expected_days}\\b`))
    await api(page, 'GET', `/opportunities?where=${encodeURIComponent(where)}&limit=1`)
  })

  step('a quota is set in the grid, and refused texts are not sent', async () => {
    await page.goto('/')
    await page.getByRole('link', { name: t('frame.forecast'), exact: true }).first().click()
    await page.getByRole('button', { name: t('forecast.quotas'), exact: true }).click()
    const cell = page.getByLabel(`${seller.name} ${period.slice(2).replace('-', ' ')}`, { exact: true })
    await cell.fill('many')
    await page.getByText(t('forecast.no_amount')).waitFor()
    assert.ok(await page.getByRole('button', { name: t('save'), exact: true }).isDisabled())
    await cell.fill('10,000')
    await page.getByRole('button', { name: t('save'), exact: true }).click()
    await kept(async () => (await rowsOf('quotas', `user = '${seller.id}'`))[0]?.amount, 10000)
    await page.locator('.quota-bar').waitFor({ state: 'detached' })
  })

  step('the forecast adds up, a number opens its deals, and the manager adjusts it with a note', async () => {
    await page.goto(`/forecast?user=${seller.id}`)
    const row = page.locator('.fc-table tbody tr', { hasText: seller.name })
    await row.waitFor()
    await page.getByRole('button', { name: t('forecast.adjust', { name: seller.name }) }).click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('#adjust-amount').fill('-200')
    assert.ok(await dialog.getByRole('button', { name: t('forecast.adjust_go'), exact: true }).isDisabled(), 'without a note nothing is adjusted')
    await dialog.getByLabel(t('forecast.note')).fill('Too hopeful')
    await dialog.getByRole('button', { name: t('forecast.adjust_go'), exact: true }).click()
    await page.locator('.fc-adjusted').first().waitFor()
    const [adjustment] = await rowsOf('forecast_adjustments', `user = '${seller.id}'`)
    assert.deepEqual([adjustment.amount, adjustment.note], [-200, 'Too hopeful'])
    const own = (await api(page, 'GET', `/views/forecast?user=${seller.id}`)).rows[0].own
    assert.deepEqual([own.quota.value, own.closed.value, own.expected.value, own.reached.value], [10000, 4000, 5300, 40])
    await row.getByRole('link', { name: `${seller.name} · ${t('forecast.commit')}` }).click()
    await opened('opportunities', 2)
  })

  step('a report is drawn, compared with the period before, and its numbers open their records', async () => {
    await page.goto('/reports')
    const { reports } = await api(page, 'GET', '/meta')
    const report = reports.find((r) => r.name === 'win_loss')
    await page.getByRole('link', { name: new RegExp(report.label[language]) }).click()
    await page.locator('.chart-box svg').waitFor()
    await page.goto(`/reports/win_loss?by=person&period=${period}&user=${seller.id}`)
    await page.locator('.chart-box svg').waitFor()
    await page.getByRole('link', { name: new RegExp(`^${seller.name} · .*: 1$`) }).first().click()
    await opened('opportunities', 1)
    const { rows } = await api(page, 'GET', '/views/win_loss?by=period')
    await page.goto(`/reports/win_loss?by=industry&period=${rows.at(-1).key}&vs=${rows[0].key}`)
    await page.locator('.fig-then').first().waitFor()
    const file = page.waitForEvent('download')
    await page.getByRole('button', { name: t('reports.csv') }).click()
    assert.match((await file).suggestedFilename(), /\.csv$/)
    // a choice that need not be made can be taken back; what has no number is not drawn
    await page.goto('/reports/campaigns?status=cancelled&type=referral')
    await page.locator('.report .empty').waitFor()
    await page.locator('.asked.choice').first().hover()
    await page.locator('.asked.choice .el-select__clear').first().click()
    await page.waitForURL((u) => !u.searchParams.has('status') && u.searchParams.has('type'))
    for (const r of language === 'en' ? reports : []) {
      await page.goto(`/reports/${r.name}`)
      await page.locator('.fig-table tbody tr, .report .empty').first().waitFor()
    }
  })

  step('what does not depend on the time stands once beside what is compared', async () => {
    const quarters = (await api(page, 'GET', `/fiscal_periods?where=${where("kind = 'quarter' AND start <= TODAY")}&order=${where('start DESC')}&limit=2`)).records
    await page.goto(`/reports/account_report?by=industry&period=${quarters[0].key}&vs=${quarters[1].key}`)
    const row = page.locator('.fig-table tbody tr').first()
    await row.locator('.fig-then').first().waitFor()
    assert.deepEqual([await row.locator('.fig-then').count(), (await row.locator('td.n').count()) > 3], [1, true], 'new accounts alone')
  })

  step('a competitor shows the battle card and what became of our meetings, also on the deal', async () => {
    const rival = await api(page, 'POST', '/competitors', { name: `Rival ${tag}`, weaknesses: 'Slow service', strategy: 'Ask for references' })
    const [won] = await rowsOf('opportunities', `owner = '${seller.id}' AND stage.kind = 'won'`)
    const [open] = await rowsOf('opportunities', `owner = '${seller.id}' AND stage.kind = 'open'`)
    for (const d of [won, open]) await api(page, 'POST', '/opportunity_competitors', { opportunity: d.id, competitor: rival.id })
    await page.goto(`/competitors/${rival.id}`)
    await page.locator('.battle-card').getByText('Slow service').waitFor()
    const met = page.locator('.fig-row').getByRole('link').first()
    assert.equal((await met.textContent()).trim(), '2')
    await met.click()
    await opened('opportunities', 2)
    await page.goto(`/opportunities/${open.id}`)
    await page.locator('.rivals').getByRole('button', { name: rival.name }).click()
    await page.locator('.rivals-card').getByText('Ask for references').waitFor()
  })

  step('a complaint from the account is closed only with cause and remedy', async () => {
    await page.goto(`/accounts/${account.id}`)
    await page.locator('.acct').getByRole('link', { name: t('account.complaint') }).click()
    await page.waitForURL(/\/cases\/new/)
    const { entities } = await api(page, 'GET', '/meta')
    const of = (name) => entities.find((e) => e.name === 'case').fields.find((f) => f.name === name).label[language]
    await page.getByLabel(of('subject'), { exact: true }).fill(`Too late ${tag}`)
    await page.getByRole('button', { name: t('save'), exact: true }).click()
    await page.waitForURL(/\/cases\/\d+$/)
    const id = /(\d+)$/.exec(page.url())[1]
    const made = await api(page, 'GET', `/cases/${id}`)
    assert.deepEqual([made.kind, made.account.id], ['complaint', account.id])
    await page.locator('.clock').first().waitFor()
    await page.getByRole('button', { name: t('case.settle'), exact: true }).click()
    const dialog = page.getByRole('dialog')
    const close = dialog.getByRole('button', { name: t('case.close_go'), exact: true })
    assert.ok(await close.isDisabled())
    await dialog.getByLabel(of('cause')).last().fill('The carrier lost it')
    await dialog.getByLabel(of('remedy')).fill('Sent again by courier')
    await close.click()
    await kept(async () => (await api(page, 'GET', `/cases/${id}`)).status, 'closed')
    await page.goto('/desk')
    await page.locator('.desk-line').first().waitFor()
    const { total } = await api(page, 'GET', '/views/case_ages')
    const age = ['under_1', 'from_1_to_3', 'from_3_to_7', 'from_7_to_30', 'over_30'].find((a) => total[a].value)
    await page.locator('.desk-ages').getByRole('link').first().click()
    await opened('cases', total[age].value)
    await page.goto('/?as=dashboard')
    await page.locator('.rcard .chart-box svg').first().waitFor()
  })

  step('a campaign gets members by a condition, a cost line and a link with its QR code', async () => {
    const campaign = await api(page, 'POST', '/campaigns', { name: `Campaign ${tag}`, type: 'event', currency: 'CNY' })
    for (const i of [1, 2, 3]) await api(page, 'POST', '/leads', { name: `Lead ${i} ${tag}`, company: `Firm ${tag}` })
    await page.goto(`/campaigns/${campaign.id}`)
    await page.getByRole('button', { name: t('campaign.add'), exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(t('campaign.condition')).fill(`company = 'Firm ${tag}'`)
    await dialog.getByText(t('campaign.found', { n: 3 }).split(' | ').at(-1).replace('{n}', '3')).waitFor()
    await dialog.getByRole('button', { name: t('campaign.add_go'), exact: true }).click()
    await kept(async () => (await rowsOf('campaign_members', `campaign = '${campaign.id}'`)).length, 3)
    const parts = page.locator('.camp-part')
    await parts.first().locator('svg').waitFor()
    await page.getByLabel(t('campaign.cost_name')).fill('Hall')
    await page.locator('.camp-amount input').fill('1200')
    await page.getByRole('button', { name: t('campaign.cost_add'), exact: true }).click()
    await kept(async () => (await api(page, 'GET', `/campaigns/${campaign.id}`)).actual_cost, 1200)
    await page.getByRole('button', { name: t('campaign.links'), exact: true }).click()
    await page.locator('.camp-qr').waitFor()
    assert.match(await page.locator('.camp-address').textContent(), /\/answers\/\d+-/)
    await page.keyboard.press('Escape')
    await page.locator('.fig-row').getByRole('link', { name: new RegExp(`^${t('campaign.members')}`) }).click()
    await opened('campaign_members', 3)
  })
}

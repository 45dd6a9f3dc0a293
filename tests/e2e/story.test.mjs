// The whole of it, once through, as people do it: from a campaign to a satisfied customer. The same story runs over the API in
// tests/api/cases/90-story.mjs.
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { api, everywhere, person, picture, say, signIn } from './support.mjs'

everywhere('story', tasks)

function tasks(given, engine, language) {
  const t = (key, values) => say(language, key, values)
  const tag = `${language === 'en' ? 'Story' : '故事'} ${Date.now().toString(36)}`
  const firm = `${tag} Energy`
  const visitor = { name: `${tag} Li`, email: `li-${Date.now().toString(36)}@story.example`, mobile: `139${String(Date.now()).slice(-8)}` }
  let marketer, sales, guest, meta, me, seller, period, rival, campaign, lead, account, contact, deal, complaint, rule, stages
  const errors = []
  let broken = ''

  const step = (name, work) =>
    it(name, { timeout: 120000 }, async () => {
      assert.equal(broken, '', 'an earlier part of the story failed')
      try {
        await work()
      } catch (e) {
        broken = name
        for (const [who, page] of Object.entries({ marketer, sales, guest })) if (page) await picture(page, `story-${language}-${name}-${who}`.replace(/[^\w-]+/g, '_'))
        throw e
      }
      assert.deepEqual(errors.flatMap((list) => list.splice(0)), [], 'the pages met errors')
    })
  // What the screens say, in the words of the tables.
  const entityOf = (name) => meta.entities.find((e) => e.name === name)
  const fieldOf = (entity, name) => entityOf(entity).fields.find((f) => f.name === name)
  const label = (entity, name) => (name ? fieldOf(entity, name) : entityOf(entity)).label[language]
  const choice = (entity, name, key) => fieldOf(entity, name).choices.find((c) => c.key === key).label[language]
  const action = (entity, name) => entityOf(entity).actions.find((a) => a.name === name).label[language]
  const button = (page, key, values) => page.getByRole('button', { name: t(key, values), exact: true })
  const where = (plural, condition, more = '') => `/${plural}?where=${encodeURIComponent(condition)}${more}`
  const rows = async (plural, condition, more = '') => (await api(marketer, 'GET', where(plural, condition, more))).records
  const read = (plural, id) => api(marketer, 'GET', `/${plural}/${id}`)
  const idIn = (page) => /\/(\d+)(?:[?#]|$)/.exec(page.url())[1]
  /** Waits for what the server knows. */
  const until = async (what, read) => {
    for (let i = 0; i < 150; i++) {
      const value = await read()
      if (value) return value
      await new Promise((done) => setTimeout(done, 100))
    }
    assert.fail(`never came: ${what}`)
  }
  const option = (page, text) => page.locator('.el-select-dropdown__item:visible', { hasText: text }).first()
  async function choose(page, id, text) {
    await page.locator(`#${id}`).click({ force: true })
    await option(page, text).click()
  }
  async function find(page, id, text) {
    await page.locator(`#${id}`).fill(text)
    await option(page, text).click()
  }
  async function write(page, entity, values) {
    for (const [name, value] of Object.entries(values)) {
      const f = fieldOf(entity, name)
      if (f.type === 'choice') await choose(page, `f-${name}`, choice(entity, name, value))
      else {
        await page.locator(`#f-${name}`).fill(String(value))
        if (f.type === 'date') await page.locator(`#f-${name}`).press('Enter')
      }
    }
    await button(page, 'save').click()
    await page.waitForURL(new RegExp(`/${entityOf(entity).plural}/\\d+$`))
    return idIn(page)
  }
  /** The list that a number opened shows as many rows as the number said. */
  async function opens(page, link, plural, n) {
    assert.equal((await link.textContent()).trim(), String(n))
    await link.click()
    await page.waitForURL(new RegExp(`/${plural}\\?`))
    const asked = new URL(page.url()).searchParams.get('where')
    assert.equal((await api(page, 'GET', where(plural, asked, '&count=exact&limit=1'))).count, n)
  }
  /** A field of the public form. */
  const asked = (name) => guest.locator(`.zhike-form [id$="-${name}"]`)
  const figure = (page, name) => page.locator('.fig-row').getByRole('link', { name: new RegExp(`^${name}: `) })
  /** What the line of figures on a page says, in full. */
  async function says(page, figures) {
    for (const [name, text] of Object.entries(figures)) {
      const value = page.locator('.fig-row > div', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) }).locator('.num')
      await page.waitForFunction(([el, is]) => new RegExp(is).test(el.title || el.textContent), [await value.elementHandle(), text])
    }
  }
  /** A row of a table of figures, as numbers. */
  const numbers = async (row) => (await row.locator('td.n').allTextContents()).map((x) => Number(x.replace(/[^\d.-]/g, '')))
  const day = (n) => new Date(Date.now() + n * 86400000).toISOString().slice(0, 10)

  before(async () => {
    const { server, browser } = given()
    const enter = async (who) => {
      const p = await person(browser, server, language, { viewport: { width: 1440, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'] })
      errors.push(p.errors)
      if (who !== 'guest') await signIn(p.page, language, server, who)
      return p.page
    }
    marketer = await enter(null)
    meta = await api(marketer, 'GET', '/meta')
    me = await api(marketer, 'GET', '/me')
    const make = (plural, record) => api(marketer, 'POST', `/${plural}`, record)
    const login = `sales-${Date.now().toString(36)}`
    seller = await make('users', { name: `${tag} Wang`, login, manager: me.id, state: 'active' })
    await api(marketer, 'POST', `/users/${seller.id}/password`, { password: 'Amber-window-77', keep: true })
    rule = await make('assignment_rules', { name: tag, position: 0, condition: `company = '${firm}'`, way: 'person', person: seller.id })
    period = (await api(marketer, 'GET', '/views/forecast')).period
    await make('quotas', { user: seller.id, period: period.key, amount: 500000 })
    rival = await make('competitors', { name: `${tag} Rival`, strengths: 'Cheap', weaknesses: 'Slow delivery', strategy: 'Ask for references' })
    for (const i of [1, 2, 3]) await make('leads', { name: `${tag} old ${i}`, title: tag, owner: seller.id })
    for (const i of [1, 2]) await make('leads', { name: `${tag} mail ${i}`, company: `${tag} firm ${i}`, owner: seller.id })
    for (const i of [1, 2]) await make('leads', { name: `${tag} fair ${i}`, title: `${tag} fair`, owner: seller.id })
    sales = await enter({ login, password: 'Amber-window-77' })
    guest = await enter('guest')
  })
  after(async () => {
    if (rule) await api(marketer, 'PATCH', `/assignment_rules/${rule.id}`, { active: false }).catch(() => {})
    for (const page of [marketer, sales, guest]) await page?.context().close()
  })

  step('a campaign is planned: budget, a cost line, members by a rule and from a list, and it begins', async () => {
    await marketer.goto('/campaigns')
    await marketer.goto('/campaigns/new')
    campaign = await write(marketer, 'campaign', { name: `${tag} Q4`, type: 'email', industry: 'energy', start_date: day(-1), end_date: day(80), budget: 50000 })
    await marketer.getByLabel(t('campaign.cost_name')).fill('Booth')
    await marketer.locator('.camp-amount input').fill('12000')
    await button(marketer, 'campaign.cost_add').click()
    await until('the cost', async () => (await read('campaigns', campaign)).actual_cost === 12000)
    await marketer.getByRole('link', { name: t('campaign.rule') }).click()
    await marketer.waitForURL(/campaign_rules\/new/)
    await write(marketer, 'campaign_rule', { name: `${tag} segment`, people: 'lead', condition: `title = '${tag}'` })
    await marketer.goto(`/campaigns/${campaign}`)
    await button(marketer, 'campaign.run').click()
    await until('members by the rule', async () => (await rows('campaign_members', `campaign = '${campaign}'`)).length === 3)

    await marketer.goto(where('leads', `title = '${tag} fair'`, '&view=all'))
    for (const i of [1, 2]) await marketer.getByRole('checkbox', { name: t('list.choose', { name: `${tag} fair ${i}` }) }).click({ force: true })
    await marketer.locator('.bulk').getByRole('button', { name: t('campaign.put') }).click()
    await find(marketer, 'ic-campaign', `${tag} Q4`)
    await marketer.getByRole('dialog').getByRole('button', { name: t('campaign.add_go') }).click()
    await marketer.getByText(t('campaign.added_all', { n: 2, already: 0, out: 0 })).waitFor()

    // From a file: who is in it is known already, by the number of an old system.
    const head = ['campaign', 'lead', 'status'].map((f) => label('campaign_member', f)).join(',')
    await marketer.goto('/import?entity=campaign_member')
    await marketer.locator('input[type=file]').setInputFiles({ name: 'mail.csv', mimeType: 'text/csv', buffer: Buffer.from(`${head}\n${[1, 2].map((i) => `${tag} Q4,${tag} mail ${i},${choice('campaign_member', 'status', 'sent')}`).join('\n')}\n`) })
    const go = button(marketer, 'import.go')
    await go.waitFor()
    await marketer.waitForFunction((text) => [...document.querySelectorAll('button')].some((b) => b.textContent.trim() === text && !b.disabled), t('import.go'))
    await go.click()
    await marketer.getByRole('heading', { name: t('import.over') }).waitFor()

    await marketer.goto(`/campaigns/${campaign}`)
    await opens(marketer, figure(marketer, t('campaign.members')), 'campaign_members', 7)
    await marketer.goto(`/campaigns/${campaign}`)
    await marketer.getByRole('button', { name: t('record.more') }).click()
    await marketer.getByRole('button', { name: action('campaign', 'launch'), exact: true }).click()
    await until('the launch', async () => (await read('campaigns', campaign)).status === 'active')
  })

  step('an answer that came by telephone is written down', async () => {
    const [member] = await rows('campaign_members', `campaign = '${campaign}' AND lead.name = '${tag} mail 1'`)
    assert.equal(member.status, 'sent')
    await marketer.goto(`/campaign_members/${member.id}/edit`)
    await marketer.locator('#f-note').waitFor()
    await write(marketer, 'campaign_member', { status: 'responded', note: 'Called back' })
    const answered = await until('the answer', async () => { const m = await read('campaign_members', member.id); return m.responded_at && m })
    assert.equal(answered.responded_via, 'hand')
    await marketer.goto(`/campaigns/${campaign}`)
    await opens(marketer, marketer.locator('.camp-states').getByRole('link', { name: new RegExp(`^${choice('campaign_member', 'status', 'responded')}: `) }), 'campaign_members', 1)
    await marketer.goto(`/campaigns/${campaign}`)
  })

  step('a visitor fills in the form of the campaign; the owner is told', async () => {
    await marketer.locator('.camp-part').getByRole('link', { name: label('web_form'), exact: true }).click()
    await marketer.waitForURL(/web_forms\/new/)
    await marketer.locator('#f-language').waitFor()
    await choose(marketer, 'f-language', choice('web_form', 'language', language))
    await write(marketer, 'web_form', { name: `${tag} form` })
    const address = await marketer.locator('.webform-code a').getAttribute('href')
    await sales.goto('/')
    await sales.locator('.bell').waitFor()

    await guest.goto(address)
    const words = { name: visitor.name, company: firm, mobile: visitor.mobile, email: visitor.email, need: 'We plan a storage system' }
    for (const [name, text] of Object.entries(words)) await asked(name).fill(text)
    await guest.locator('.zhike-form button').click()
    await guest.getByRole('status').waitFor()

    await sales.locator('.bell-count').waitFor()
    await sales.locator('.bell').click()
    await sales.locator('.bell-line', { hasText: visitor.name }).click()
    await sales.waitForURL(/\/leads\/\d+$/)
    lead = idIn(sales)
    const made = await read('leads', lead)
    assert.deepEqual([made.owner.id, made.assigned_by.id, made.campaign.id, made.company], [seller.id, rule.id, campaign, firm])
  })

  step('she calls, sets the next date, qualifies and converts', async () => {
    await sales.locator('.composer-kinds').getByRole('button', { name: t('kind.call') }).click()
    await sales.locator('.composer-text').fill('First call\nHas a budget')
    await sales.locator('.composer-soon').getByRole('button', { name: t('composer.soon_week'), exact: true }).click()
    await button(sales, 'composer.add_call').click()
    await sales.locator('.trail-head', { hasText: 'First call' }).waitFor()
    await until('both dates', async () => { const l = await read('leads', lead); return l.last_contact_at && l.next_contact_at })
    await sales.locator('.path').getByRole('button', { name: choice('lead', 'status', 'qualified'), exact: true }).click()
    await until('the state', async () => (await read('leads', lead)).status === 'qualified')
    await sales.getByRole('button', { name: t('record.more') }).click()
    await sales.getByRole('button', { name: action('lead', 'convert'), exact: true }).click()
    await sales.waitForURL(`**/leads/${lead}/convert`)
    await sales.waitForFunction((name) => document.querySelector('#c-account-name')?.value === name, firm)
    const part = sales.getByRole('region', { name: label('opportunity') })
    await part.getByRole('radio', { name: t('convert.new') }).check()
    await sales.locator('#c-opportunity-amount').fill('300000')
    await sales.locator('#c-opportunity-close_date').fill(period.end)
    await sales.locator('#c-opportunity-close_date').press('Enter')
    await sales.getByRole('button', { name: action('lead', 'convert'), exact: true }).click()
    await sales.waitForURL(/\/opportunities\/\d+$/)
    deal = idIn(sales)
    const done = await read('leads', lead)
    account = done.converted_account.id
    contact = done.converted_contact.id
    const made = await read('opportunities', deal)
    assert.deepEqual([done.status, made.account.id, made.amount, made.campaign.id, made.owner.id], ['converted', account, 300000, campaign, seller.id])
    await sales.goto(`/contacts/${contact}`)
    await sales.locator('.trail-head', { hasText: 'First call' }).waitFor()
  })

  step('the deal moves along the board; a competitor is entered and its battle card read', async () => {
    stages = await rows('pipeline_stages', `pipeline = '${(await read('opportunities', deal)).pipeline}'`, '&order=position')
    const open = stages.filter((s) => s.kind === 'open')
    assert.ok(open.length > 2)
    await sales.goto(`/opportunities?as=board&view=all&where=${encodeURIComponent(`account = '${account}'`)}`)
    for (const s of open.slice(1)) {
      await sales.locator(`.bd-card[data-id="${deal}"]`).locator('a').focus()
      await sales.keyboard.press('Shift+ArrowRight')
      await sales.locator(`.bd-cards[data-key="${s.key}"] .bd-card[data-id="${deal}"]`).waitFor()
      await until('the stage', async () => (await read('opportunities', deal)).stage === s.key)
    }
    await sales.locator(`.bd-card[data-id="${deal}"]`).locator('a').first().click()
    await sales.waitForURL(new RegExp(`/opportunities/${deal}`))
    await sales.locator('.rivals').getByRole('button', { name: t('rival.add') }).click()
    await find(sales, 'rival-add', rival.name)
    await sales.locator('.rivals-card').getByText('Ask for references').waitFor()
  })

  step('the manager sees the deal in the quarter’s forecast against the quota', async () => {
    await marketer.goto(`/forecast?user=${seller.id}`)
    const row = marketer.locator('.fc-table tbody tr', { hasText: seller.name })
    await row.getByRole('link', { name: new RegExp(`${t('forecast.quota')}: .*500,000`) }).or(row.getByText(/500,000/)).first().waitFor()
    const line = await numbers(row)
    assert.deepEqual([line.includes(500000), line.filter((n) => n === 300000).length > 0], [true, true], String(line))
    await row.getByRole('link', { name: /300,000/ }).first().click()
    await marketer.waitForURL(/\/opportunities\?/)
    await marketer.getByRole('link', { name: (await read('opportunities', deal)).name }).first().waitFor()
  })

  step('won against the competitor: analysis, forecast, campaign and account show it at once', async () => {
    const won = stages.find((s) => s.kind === 'won')
    await sales.locator('.path li').nth(stages.indexOf(won)).getByRole('button').click()
    const dialog = sales.getByRole('dialog')
    await dialog.getByText(rival.name).waitFor() // the only one on the deal is proposed
    assert.ok(await dialog.getByRole('button', { name: t('closing.go_won'), exact: true }).isDisabled(), 'STAGE-4: not without a reason')
    await choose(sales, 'closing-why', choice('opportunity', 'won_reason', 'delivery'))
    await dialog.getByRole('button', { name: t('closing.go_won'), exact: true }).click()
    const closed = await until('the end', async () => { const d = await read('opportunities', deal); return d.stage === won.key && d })
    assert.deepEqual([closed.won_reason, closed.competitor.id], ['delivery', rival.id])

    await marketer.goto(`/competitors/${rival.id}`)
    await opens(marketer, marketer.locator('.fig-row').getByRole('link').first(), 'opportunities', 1)
    await marketer.goto(`/competitors/${rival.id}`)
    const { columns } = await api(marketer, 'GET', `/views/competitor_analysis?by=competitor&competitor=${rival.id}`)
    const word = (name) => columns.find((c) => c.name === name).label[language]
    await says(marketer, { [word('won')]: '^1$', [word('lost')]: '^0$', [word('amount_won')]: '300,000', [word('win_rate')]: '100' })
    await marketer.goto(`/forecast?user=${seller.id}`)
    await marketer.locator('.fc-table tbody tr', { hasText: seller.name }).getByRole('link', { name: new RegExp(`${seller.name} · ${t('forecast.closed')}: .*300,000`) }).waitFor()
    await marketer.goto(`/campaigns/${campaign}`)
    await opens(marketer, figure(marketer, t('campaign.deals')), 'opportunities', 1)
    await marketer.goto(`/campaigns/${campaign}`)
    await says(marketer, { [t('campaign.members')]: '^8$', [t('campaign.leads')]: '^2$', [t('campaign.deals')]: '^1$', [t('campaign.amount_won')]: '300,000', [t('campaign.cost')]: '12,000', [t('campaign.cost_per_lead')]: '6,000', [t('campaign.return')]: '2,400' })
    await sales.goto(`/accounts/${account}`)
    await opens(sales, figure(sales, t('account.won')), 'opportunities', 1)
    await sales.goto(`/accounts/${account}`)
    await says(sales, { [t('account.won')]: '^1$', [t('account.amount_won')]: '300,000', [t('account.open')]: '^0$' })
    await sales.locator('.acct-life').getByText(choice('account', 'life_stage', 'active'), { exact: true }).waitFor()
  })

  step('feedback, then a complaint, come by the public form, with number and due time', async () => {
    await marketer.goto('/web_forms/new')
    await marketer.locator('#f-makes').waitFor()
    await choose(marketer, 'f-language', choice('web_form', 'language', language))
    await write(marketer, 'web_form', { name: `${tag} service`, makes: 'case' })
    // The form's page asks for what a case has.
    await marketer.locator('.webform-rows').getByText(label('case', 'subject'), { exact: true }).first().waitFor()
    const address = await marketer.locator('.webform-code a').getAttribute('href')
    // The page that edits the rest builds it in the same way.
    const must = () => marketer.locator('.webform-rows li').filter({ hasText: label('case', 'reporter_email') }).getByRole('checkbox')
    await marketer.getByRole('link', { name: t('webform.edit'), exact: true }).click()
    await marketer.waitForURL(/web_forms\/\d+\/edit$/)
    await must().check()
    // What a lead does not have goes when a lead is to be made of it, and is back when it is a case after all.
    await choose(marketer, 'f-makes', choice('web_form', 'makes', 'lead'))
    await must().waitFor({ state: 'detached' })
    await choose(marketer, 'f-makes', choice('web_form', 'makes', 'case'))
    assert.ok(await must().isChecked())
    await marketer.getByRole('button', { name: t('save'), exact: true }).click()
    await marketer.waitForURL(/web_forms\/\d+$/)
    await marketer.locator('.webform-rows li:has(input:checked)').filter({ hasText: label('case', 'reporter_email') }).waitFor()
    for (const [kind, subject] of [['feedback', `${tag} export`], ['complaint', `${tag} offline`]]) {
      await guest.goto(address)
      const words = { reporter: visitor.name, reporter_email: visitor.email, subject, description: 'Each night for ten minutes' }
      for (const [name, text] of Object.entries(words)) await asked(name).fill(text)
      await asked('kind').selectOption(kind)
      await guest.locator('.zhike-form button').click()
      await guest.getByRole('status').getByText(/C-\d{6}/).waitFor()
    }
    await guest.getByRole('status').getByRole('link').click()
    await guest.waitForURL(/status/)
    await guest.getByText(`${tag} offline`).waitFor()
    const cases = await rows('cases', `account = '${account}'`, '&order=number')
    assert.deepEqual(cases.map((c) => [c.kind, c.contact.id, c.owner.id]), ['feedback', 'complaint'].map((k) => [k, contact, seller.id]))
    complaint = cases[1].id
    await sales.goto('/desk')
    await sales.locator('.desk-line', { hasText: `${tag} offline` }).getByRole('link').click()
    await sales.waitForURL(`**/cases/${complaint}`)
    await sales.getByRole('button', { name: t('case.why', { what: t('case.resolution') }) }).click()
    await sales.locator('.clock-way:visible').getByText(/ = /).waitFor()
    await sales.keyboard.press('Escape')
  })

  step('answered, written back, closed with cause and remedy', async () => {
    await button(sales, 'case.answer').click()
    await sales.locator('#ca-text').fill('At what hour, please?')
    await button(sales, 'case.answer_go').click()
    await until('the answer', async () => (await read('cases', complaint)).status === 'waiting')
    await guest.reload()
    await guest.getByText('At what hour, please?').waitFor()
    await guest.locator('textarea').fill('At two')
    await guest.locator('form button').click()
    await guest.getByText('At two').first().waitFor()
    await sales.locator('.trail-text', { hasText: 'At two' }).or(sales.locator('.trail-head', { hasText: 'At two' })).first().waitFor()
    await sales.locator('.trail-filter').getByRole('button', { name: t('kind.message'), exact: true }).click()
    await sales.waitForFunction(() => document.querySelectorAll('.trail-list .trail-line').length === 2)
    await button(sales, 'case.settle').click()
    const dialog = sales.getByRole('dialog')
    const close = dialog.getByRole('button', { name: t('case.close_go'), exact: true })
    assert.ok(await close.isDisabled(), 'not without cause and remedy')
    await dialog.locator('#cs-cause').fill('The switch restarted by itself')
    await dialog.locator('#cs-remedy').fill('New firmware')
    await close.click()
    const closed = await until('the end', async () => { const c = await read('cases', complaint); return c.status === 'closed' && c })
    assert.deepEqual([closed.timely, closed.cause], [true, 'The switch restarted by itself'])
  })

  step('the feedback is answered and done', async () => {
    await sales.goto('/desk')
    await sales.locator('.desk-line', { hasText: `${tag} export` }).getByRole('link').click()
    await sales.waitForURL(/\/cases\/\d+/)
    const feedback = idIn(sales)
    await button(sales, 'case.answer').click()
    await sales.locator('#ca-text').fill('Comes with the next version')
    await button(sales, 'case.answer_go').click()
    await until('the answer', async () => (await read('cases', feedback)).first_response_at)
    await sales.locator('.path').getByRole('button', { name: choice('case', 'status', 'resolved'), exact: true }).click()
    const done = await until('the end', async () => { const c = await read('cases', feedback); return c.status === 'resolved' && c })
    assert.deepEqual([done.timely, done.first_contact], [true, true])
    await sales.goto(`/cases/${complaint}`)
  })

  step('a return visit with its result, and what the customer says of it', async () => {
    await button(sales, 'case.visit').click()
    await choose(sales, 'cv-kind', t('case.by_call'))
    await button(sales, 'case.visit_go').click()
    const visit = await until('the visit', async () => (await rows('activities', `about = 'case/${complaint}' AND purpose = 'return_visit'`))[0])
    assert.deepEqual([visit.kind, visit.owner.id], ['call', seller.id])
    // Carried out: ticked in the case's own story, its result written on its page.
    const planned = sales.locator('.trail-line', { has: sales.locator(`a[href="/activities/${visit.id}"]`) })
    await planned.getByRole('button', { name: t('trail.done', { name: visit.subject }) }).click()
    await until('the visit', async () => (await read('activities', visit.id)).done_at)
    await planned.locator(`a[href="/activities/${visit.id}"]`).click()
    await sales.waitForURL(`**/activities/${visit.id}`)
    await sales.getByRole('button', { name: t('record.edit_field', { name: label('activity', 'result') }) }).click()
    await sales.locator('.fact.open textarea').fill('No more restarts, content')
    await sales.locator('.fact.open textarea').press('Control+Enter')
    await until('the result', async () => (await read('activities', visit.id)).result === 'No more restarts, content')
    await sales.goto(`/cases/${complaint}`)
    await planned.getByText('No more restarts, content').waitFor()
    assert.equal((await planned.locator('.trail-who').textContent()).trim().endsWith(seller.name), true)
    await button(sales, 'case.rating').click()
    await sales.getByText(t('case.rating_copied')).waitFor()
    const address = await sales.evaluate(() => navigator.clipboard.readText())
    await guest.goto(address)
    await guest.locator('#comment').fill('Quick')
    await guest.getByRole('button', { name: '5', exact: true }).click()
    await until('the rating', async () => (await read('cases', complaint)).rating === 5)
    await sales.locator('.stars').waitFor()
  })

  step('the account’s page tells the whole story, and the reports agree', async () => {
    await sales.goto(`/accounts/${account}`)
    await says(sales, { [t('account.won')]: '^1$', [t('account.amount_won')]: '300,000', [t('account.cases_open')]: '^0$', [t('account.satisfaction')]: '^5' })
    const part = (entity, n) => sales.getByRole('tab', { name: new RegExp(`^${entityOf(entity).plural_label[language]}\\s*${n}$`) })
    for (const [entity, n] of [['opportunity', 1], ['contact', 1], ['case', 2]]) await part(entity, n).waitFor()
    // ACCT-3.1: everything in one place, each line with what it is about.
    await sales.locator('#t-timeline').click()
    const deal_name = (await read('opportunities', deal)).name
    const line = (about, what) => sales.locator('.trail-line', { has: sales.getByRole('link', { name: about, exact: true }) }).filter({ hasText: what }).first()
    const story = [
      [visitor.name, t('told.lead.made')], [visitor.name, t('told.lead.converted')], [visitor.name, t('told.contact.made')], [`${tag} Q4`, t('told.campaign_member.responded')],
      [deal_name, t('told.opportunity.made')], [deal_name, t('told.opportunity_change.stage')], [deal_name, t('told.opportunity.won')],
      [`${tag} export`, t('told.case.resolved')], [`${tag} offline`, t('told.case.made')], [`${tag} offline`, t('told.case.rated')], [`${tag} offline`, 'No more restarts, content'],
    ]
    for (const [about, what] of story) await line(about, what).waitFor()
    for (const said of ['First call', 'At two', 'At what hour, please?']) await sales.locator('.trail-list').getByText(said).first().waitFor()
    await sales.locator('.trail-filter').getByRole('button', { name: entityOf('opportunity').plural_label[language], exact: true }).click()
    await sales.waitForFunction((n) => document.querySelectorAll('.trail-list .trail-line').length === n, stages.filter((s) => s.kind === 'open').length + 1)
    await picture(sales, `story-${language}-account`)
    await marketer.goto(`/reports/win_loss?by=won_reason&user=${seller.id}`)
    await marketer.locator('.fig-table').getByRole('link', { name: /: 1$/ }).first().waitFor()
    await marketer.goto(`/reports/case_satisfaction?by=owner&account=${account}`)
    await marketer.locator('.fig-table tbody tr', { hasText: seller.name }).getByRole('link', { name: /: 1$/ }).first().waitFor()
  })
}

// The whole of it, once through, as people do it: from a campaign to a satisfied customer.
import { createHash } from 'node:crypto'
import { signIn } from '../harness.mjs'

const Q = encodeURIComponent
const day = (n) => new Date(Date.now() + n * 86400000).toISOString().slice(0, 10)
const now = () => new Date().toISOString()
const bits = (digest) => { let n = 0; for (const b of digest) { if (b === 0) { n += 8; continue } return n + Math.clz32(b) - 24 } return n }
async function fillIn(run, key, values) {
  const challenge = (await run.anyone.call('GET', `/forms/${key}/challenge`, { root: true, expect: 200 })).body
  let nonce = 0
  while (bits(createHash('sha256').update(`${challenge.salt}:${nonce}`).digest()) < challenge.difficulty) nonce++
  return (await run.anyone.call('POST', `/forms/${key}`, { root: true, body: { values, challenge: { ...challenge, nonce: `${nonce}` } }, expect: 201 })).body
}
async function hire(run, login, name, more) {
  const user = await run.admin.make('users', { name, login, state: 'active', ...more })
  await run.admin.post(`/users/${user.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  return { id: user.id, name, ...(await signIn(run, login, 'first password')) }
}
const told = async (who) => (await who.client.get('/notices')).body.notices
const count = async (run, records) => (await run.admin.get(`${records}&count=exact&limit=1`)).body.count

it('the story: from a campaign to a satisfied customer', async (run, assert) => {
  // ---- the house ----
  const region = await run.admin.make('teams', { name: '故事·东区' })
  const desk = await run.admin.make('teams', { name: '故事·客服' })
  const boss = await hire(run, 'story-boss', '故事经理', { team: region.id })
  const seller = await hire(run, 'story-seller', '故事销售', { team: region.id, manager: boss.id })
  const agent = await hire(run, 'story-agent', '故事客服', { team: desk.id, manager: boss.id })
  const marketer = await hire(run, 'story-marketer', '故事市场', {})
  const rule = await run.admin.make('assignment_rules', { name: '故事·能源', position: 1, condition: "company LIKE '故事%'", way: 'person', person: seller.id })
  const quarter = (await run.admin.get(`/fiscal_periods?where=${Q("kind = 'quarter' AND start <= TODAY AND end >= TODAY")}`)).body.records[0].key
  await boss.client.post('/quotas', { user: seller.id, period: quarter, amount: 500000 }, { expect: 201 })

  // ---- a campaign with budget, costs, members by a rule ----
  const m = marketer.client
  const campaign = await m.make('campaigns', { name: '故事·能源行业四季度推广', type: 'email', industry: 'energy', budget: 50000, currency: 'CNY', start_date: day(-1), end_date: day(60), expected_response: 5 })
  await m.make('campaign_costs', { campaign: campaign.id, name: '资料印刷', amount: 8000 })
  await m.make('campaign_costs', { campaign: campaign.id, name: '展位', amount: 12000 })
  assert.equal((await m.get(`/campaigns/${campaign.id}`)).body.actual_cost, 20000) // CAMP-1.5
  for (const n of ['一', '二', '三']) await m.make('leads', { name: `故事老线索${n}`, title: '故事段', industry: 'energy', owner: seller.id })
  const segment = await m.make('campaign_rules', { campaign: campaign.id, name: '能源行业', people: 'lead', play: 'segment', condition: "title = '故事段'" })
  const ran = (await m.post(`/campaign_rules/${segment.id}/run`, {}, { expect: 200 })).body
  assert.deepEqual([ran.added, ran.after], [3, null])
  await m.post(`/campaigns/${campaign.id}/launch`, undefined, { expect: 200 })
  const form = await m.make('web_forms', { name: '故事·预约', campaign: campaign.id, source: 'web', difficulty: 8, fields: [{ field: 'name', required: true }, { field: 'company' }, { field: 'mobile' }, { field: 'email', required: true }, { field: 'need' }] })

  // ---- a visitor: a lead, given by rule, its owner told ----
  const visitor = { name: '陈立', company: '故事新能源有限公司', mobile: '13911112233', email: 'chen@story.example', need: '想看储能方案' }
  await fillIn(run, form.key, visitor)
  const lead = (await seller.client.get(`/leads?where=${Q("email = 'chen@story.example'")}`)).body.records[0]
  assert.deepEqual([lead.owner.id, lead.assigned_by.id, lead.campaign.id, lead.source], [seller.id, rule.id, campaign.id, 'web'])
  assert.deepEqual((await told(seller)).find((n) => n.about?.id === lead.id)?.kind, 'assign')
  await fillIn(run, form.key, visitor) // she sends it twice: no second lead (LEAD-3.8)
  assert.equal((await seller.client.get(`/leads?where=${Q("email = 'chen@story.example'")}`)).body.records.length, 1)

  // ---- called, next date set, qualified, converted with everything ----
  const s = seller.client
  const [inquiry] = (await s.get(`/activities?where=${Q(`about = 'lead/${lead.id}'`)}`)).body.records
  await s.patch(`/activities/${inquiry.id}`, { done_at: now(), result: '已回电' }, { expect: 200 })
  await s.make('activities', { kind: 'call', subject: '首次电话', about: `lead/${lead.id}`, done_at: now(), result: '有预算，下周看方案' })
  await s.make('activities', { kind: 'visit', subject: '上门讲方案', about: `lead/${lead.id}`, due_at: `${day(3)}T02:00:00Z` })
  await s.patch(`/leads/${lead.id}`, { status: 'qualified', budget: 300000, currency: 'CNY' }, { expect: 200 })
  const called = (await s.get(`/leads/${lead.id}`)).body
  assert.ok(called.last_contact_at)
  assert.equal(called.next_contact_at, `${day(3)}T02:00:00Z`)
  const made = (await s.post(`/leads/${lead.id}/convert`, { opportunity: { close_date: day(0) } }, { expect: 200 })).body
  await s.post(`/leads/${lead.id}/convert`, {}, { expect: 409 })
  const account = (await s.get(`/accounts/${made.account.id}`)).body
  const deal = (await s.get(`/opportunities/${made.opportunity.id}`)).body
  assert.deepEqual([account.name, deal.amount, deal.campaign.id, deal.description], ['故事新能源有限公司', 300000, campaign.id, '想看储能方案'])
  assert.equal((await s.get(`/contacts/${made.contact.id}/activities`)).body.records.filter((a) => a.subject === '首次电话').length, 1)
  assert.equal((await s.get(`/accounts/${account.id}`)).body.life_stage, 'prospect')

  // ---- along the board, against a competitor, into the forecast ----
  const rival = await run.admin.make('competitors', { name: '故事对手', strengths: '价格低', weaknesses: '交期长' })
  assert.equal((await s.get(`/competitors/${rival.id}`)).body.weaknesses, '交期长') // read by everybody
  await s.make('opportunity_competitors', { opportunity: deal.id, competitor: rival.id, state: 'confirmed', strengths: '报价低一成' })
  for (const stage of ['qualification', 'proposal', 'negotiation']) await s.patch(`/opportunities/${deal.id}`, { stage }, { expect: 200 })
  await s.patch(`/opportunities/${deal.id}`, { forecast_category: 'commit' }, { expect: 200 })
  const forecast = async () => (await boss.client.get(`/views/forecast?period=${quarter}`)).body.rows.find((r) => r.name === seller.name || r.id === seller.id || r.user?.id === seller.id).own
  const before = await forecast()
  assert.deepEqual([before.quota.value, before.closed.value, before.commit.value, before.expected.value], [500000, 0, 300000, 300000])
  const stages = (await s.get(`/opportunities/${deal.id}/opportunity_changes`)).body.records
  assert.ok(stages.length >= 4, 'the journal has every stage')

  // ---- won: analysis, forecast, the campaign's return and the account's figures change at once ----
  await s.patch(`/opportunities/${deal.id}`, { stage: 'won', competitor: rival.id, won_reason: 'delivery' }, { expect: 200 })
  const after = await forecast()
  assert.deepEqual([after.closed.value, after.commit.value, after.expected.value, after.reached.value], [300000, 0, 300000, 60])
  assert.equal(await count(run, after.closed.records), 1)
  const against = (await run.admin.get(`/views/competitor_analysis?by=person&competitor=${rival.id}`)).body
  assert.deepEqual([against.total.met.value, against.total.won.value, against.total.amount_won.value, against.total.win_rate.value], [1, 1, 300000, 100])
  const figures = (await m.get(`/views/campaign_figures?campaign=${campaign.id}`)).body
  const row = figures.rows[0]
  assert.equal(JSON.stringify(figures).includes('300000'), true)
  assert.deepEqual([row.members.value, row.responses.value, row.leads.value, row.deals.value], [4, 1, 1, 1])
  assert.deepEqual((await s.get(`/accounts/${account.id}`)).body.life_stage, 'active')
  const summary = async () => (await s.get(`/views/account_summary?account=${account.id}`)).body.rows[0].own
  assert.deepEqual([(await summary()).won.value, (await summary()).amount_won.value], [1, 300000])

  // ---- months later: feedback, then a complaint by the public form ----
  const service = await run.admin.make('web_forms', { name: '故事·客户服务', makes: 'case', difficulty: 8, language: 'zh-CN', team: desk.id })
  const feedback = await fillIn(run, service.key, { reporter: '陈立', reporter_phone: '139 1111 2233', kind: 'feedback', subject: '希望增加导出', description: '报表能否导出' })
  const complaint = await fillIn(run, service.key, { reporter: '陈立', reporter_email: 'chen@story.example', kind: 'complaint', subject: '夜间离线', description: '每天凌晨离线十分钟' })
  assert.match(complaint.number, /^C-\d{6}$/)
  const cases = (await agent.client.get(`/cases?where=${Q(`account = '${account.id}'`)}&order=number`)).body.records
  assert.deepEqual(cases.map((c) => [c.number, c.kind, c.contact.id, c.team.id, c.owner]), [feedback, complaint].map((f, i) => [f.number, i ? 'complaint' : 'feedback', made.contact.id, desk.id, null]))
  const c = cases[1]
  assert.ok(c.due_at && c.first_due_at)
  const clock = (await agent.client.get(`/views/case_clock?case=${c.id}`)).body.rows[1]
  assert.equal(clock.pieces.reduce((n, p) => n + p.minutes, 0), clock.minutes)

  // ---- taken from the queue, answered, settled ----
  await agent.client.post(`/cases/${c.id}/assign`, { owner: agent.id }, { expect: 200 })
  await agent.client.post(`/cases/${c.id}/answer`, { text: '您好，请问是几点离线？', status: 'waiting' }, { expect: 200 })
  const page = (await run.anyone.call('GET', complaint.status, { root: true, expect: 200 })).body
  assert.deepEqual([page.status.key, page.messages.map((x) => x.text)], ['waiting', ['您好，请问是几点离线？']])
  await run.anyone.call('POST', complaint.status, { root: true, body: { text: '两点左右' }, expect: 201 })
  assert.deepEqual([(await told(agent))[0].kind, (await told(agent))[0].about.id], ['reply', c.id])
  assert.equal((await agent.client.patch(`/cases/${c.id}`, { status: 'closed' })).body.code, 'complaint_unsettled')
  await agent.client.patch(`/cases/${c.id}`, { cause_code: 'installation', cause: '交换机定时重启', remedy: '升级固件', compensation: 500, compensation_form: 'free_service',
    corrective_action: '安装检查单增加一项', corrective_owner: seller.id, corrective_due: day(14) }, { expect: 200 })
  assert.equal((await told(seller))[0].kind, 'corrective')
  const closed = (await agent.client.patch(`/cases/${c.id}`, { status: 'closed' }, { expect: 200 })).body
  assert.deepEqual([closed.timely, closed.response_timely, closed.first_contact], [true, true, true])

  // ---- the return visit, and what the customer says of it ----
  const visit = (await agent.client.post(`/cases/${c.id}/plan_return_visit`, { kind: 'call' }, { expect: 200 })).body
  assert.deepEqual([visit.purpose, visit.owner.id], ['return_visit', agent.id])
  await agent.client.patch(`/activities/${visit.id}`, { done_at: now(), result: '一周无离线，客户满意' }, { expect: 200 })
  const rating = (await agent.client.get(`/views/case_links?case=${c.id}`)).body.rows.find((r) => r.what === 'rating').address
  await run.anyone.call('POST', rating.replace(/.$/, (x) => (x === '0' ? '1' : '0')), { root: true, body: { rating: 1 }, expect: 404 })
  await run.anyone.call('POST', rating, { root: true, body: { rating: 5, comment: '处理很快' }, expect: 201 })
  await run.anyone.call('POST', rating, { root: true, body: { rating: 1 }, expect: 409 })
  assert.equal((await told(agent))[0].kind, 'rating')

  // ---- the account's page tells the whole story, and the figures add up ----
  const own = await summary() // SERV-7.5
  assert.deepEqual([own.cases.value, own.cases_open.value, own.rated.value, own.satisfaction.value, own.amount_won.value], [2, 1, 1, 5, 300000])
  assert.equal(await count(run, own.rated.records), 1)
  const happy = (await run.admin.get(`/views/case_satisfaction?by=owner&account=${account.id}`)).body
  assert.deepEqual([happy.rows.map((r) => [r.key, r.total.value, r.average.value]), happy.total.share.value], [[[agent.id, 1, 5]], 100])
  const story = (await s.get(`/cases/${c.id}/timeline?limit=200`)).body.changes.map((x) => x.kind)
  for (const kind of ['message', 'call', 'change']) assert.ok(story.includes(kind), kind)
  // ACCT-3.1: everything with this customer, each line with what it is about, by page and by kind
  const lines = (await s.get(`/accounts/${account.id}/timeline?limit=200`)).body.changes
  const told3 = (of, what) => lines.filter((x) => x.of === of && x.what === what).map((x) => x.about?.id)
  assert.deepEqual([told3('lead', 'made'), told3('lead', 'converted'), told3('contact', 'made')], [[lead.id], [lead.id], [made.contact.id]])
  assert.deepEqual([told3('opportunity', 'made'), told3('opportunity_change', 'stage'), told3('opportunity', 'won'), told3('opportunity', 'lost')],
    [[deal.id], [deal.id, deal.id, deal.id], [deal.id], []])
  assert.deepEqual([told3('case', 'made').sort(), told3('case', 'answered'), told3('case', 'resolved'), told3('case', 'rated')], [cases.map((x) => x.id).sort(), [c.id], [c.id], [c.id]])
  assert.deepEqual([told3('campaign_member', 'joined'), told3('campaign_member', 'responded')], [[campaign.id], [campaign.id]])
  for (const [kind, about] of [['call', c.id], ['message', c.id], ['call', made.contact.id]]) assert.ok(lines.some((x) => x.kind === kind && (x.about?.id ?? account.id) === about), `${kind} about ${about}`)
  assert.deepEqual(lines.find((x) => x.what === 'won').record.competitor.id, rival.id)
  for (const x of lines.filter((l) => l.kind === 'change')) assert.ok(Object.keys(x.record.fields).length, 'a change says what changed')
  const paged = []
  for (let after = ''; ; ) {
    const part = (await s.get(`/accounts/${account.id}/timeline?limit=3${after}`)).body
    assert.ok(part.changes.length <= 3)
    paged.push(...part.changes)
    if (!part.next) break
    after = `&after=${part.next}`
  }
  assert.deepEqual(paged, lines)
  assert.deepEqual((await s.get(`/accounts/${account.id}/timeline?kinds=case`)).body.changes, lines.filter((x) => x.kind === 'case'))
  assert.deepEqual((await s.get(`/accounts/${account.id}/timeline?kinds=opportunity,message`)).body.changes, lines.filter((x) => ['opportunity', 'message'].includes(x.kind)))
  const person = (await s.get(`/contacts/${made.contact.id}/timeline?limit=200`)).body.changes
  for (const [of, what] of [['opportunity', 'won'], ['case', 'rated'], ['campaign_member', 'responded'], ['lead', 'converted']]) assert.ok(person.some((x) => x.of === of && x.what === what), `${of} ${what}`) // CONT-3.1
  const related = (await s.get(`/accounts/${account.id}/related`)).body.related
  const hangs = (plural, field) => related.find((r) => r.plural === plural && r.field === field)?.count
  assert.deepEqual([hangs('contacts', 'account'), hangs('opportunities', 'account'), hangs('cases', 'account')], [1, 1, 2])
  await run.admin.patch(`/assignment_rules/${rule.id}`, { active: false }, { expect: 200 })
}, { own: true })

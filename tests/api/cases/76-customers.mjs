// Accounts, contacts and the course of deals: the pages' figures and standing reports, each number with the list behind it,
// and lists that become tasks.
import { signIn } from '../harness.mjs'

const Q = encodeURIComponent

async function opened(client, address, field) {
  const sign = address.includes('?') ? '&' : '?'
  const { records: rows, count } = (await client.get(`${address}${sign}limit=200&count=exact`)).body
  return [count, rows.reduce((s, r) => s + (r[field] ?? 0), 0)]
}

async function period(run, key, start, end, kind = 'quarter') {
  const there = (await run.admin.get(`/fiscal_periods?where=${Q(`key = '${key}'`)}`)).body.records
  return there[0] ?? run.admin.make('fiscal_periods', { key, start, end, kind })
}

async function job(client, id) {
  for (let i = 0; i < 600; i++) {
    const j = (await client.get(`/jobs/${id}`)).body
    if (!['queued', 'running'].includes(j.state)) return j
    await new Promise((r) => setTimeout(r, 50))
  }
  throw new Error('the job does not end')
}

/** Every {"value","records"} below opens as many records as it says (counts), or adds up to it (money). */
async function holds(run, assert, node, path = '') {
  if (!node || typeof node !== 'object') return
  if ('value' in node && node.records) {
    const entity = node.records.split('?')[0]
    const [n, sum] = await opened(run.admin, node.records, 'amount')
    if (/amount_|won_before$|\.won$/.test(path) && entity === '/opportunities' && !Number.isInteger(node.count)) {
      if (n !== node.value) assert.equal(sum, node.value, `${path} ${node.records}`)
    } else if (Number.isInteger(node.value) && !/went_on|lost$|won$|days/.test(path)) assert.equal(n, node.value, `${path} ${node.records}`)
    return
  }
  for (const [k, v] of Object.entries(node)) await holds(run, assert, v, `${path}.${k}`)
}

it('ACCT-3, ACCT-1.4: one page for an account, and the roll-up over its hierarchy', async (run, assert) => {
  const top = await run.admin.make('accounts', { name: 'Cu 集团' })
  const mid = await run.admin.make('accounts', { name: 'Cu 分公司', parent: top.id })
  const low = await run.admin.make('accounts', { name: 'Cu 工厂', parent: mid.id })
  const deal = (account, stage, amount) => run.admin.make('opportunities', { name: `Cu ${stage} ${amount}`, account: account.id, stage, amount, currency: 'CNY' })
  await deal(top, 'won', 100)
  await deal(mid, 'won', 20)
  await deal(mid, 'proposal', 7)
  await deal(low, 'won', 3)
  await deal(low, 'lost', 5)
  await run.admin.make('cases', { kind: 'service', subject: 'Cu', account: low.id })
  const person = await run.admin.make('contacts', { name: 'Cu 张伟', account: top.id })
  const guest = await run.admin.make('contacts', { name: 'Cu 李娜', account: low.id })
  await run.admin.make('contact_accounts', { contact: guest.id, account: top.id, role: 'consultant' })
  await run.admin.make('activities', { subject: 'Cu call', kind: 'call', about: `account/${top.id}`, done_at: '2026-01-05T08:00:00Z' })
  await run.admin.make('activities', { subject: 'Cu next', kind: 'task', about: `account/${top.id}` })

  const s = (await run.admin.get(`/views/account_summary?account=${top.id}`)).body
  assert.deepEqual([s.contacts.value, s.further_contacts.value, s.former_contacts.value, s.planned.value, s.children.value], [1, 1, 0, 1, 1])
  assert.equal(s.last_contact_at, '2026-01-05T08:00:00Z')
  assert.deepEqual([s.rows[0].own.won.value, s.rows[0].own.amount_won.value, s.rows[0].all.amount_won.value, s.rows[0].all.cases_open.value], [1, 100, 123, 1])
  assert.deepEqual([s.life.stage, s.life.reason], ['active', 'orders'])
  assert.match(s.life.sentence, /180/) // ACCT-4.8: the rule with its own numbers
  await holds(run, assert, s)

  const t = (await run.admin.get(`/views/account_tree?account=${mid.id}`)).body
  assert.deepEqual(t.above.map((a) => a.id), [top.id])
  assert.deepEqual(t.rows.map((r) => [r.name, r.level, r.parent, r.own.amount_won.value, r.all.amount_won.value, r.all.open.value, r.all.lost.value]), [
    ['Cu 分公司', 0, null, 20, 23, 1, 1], ['Cu 工厂', 1, mid.id, 3, 3, 0, 1]])
  await holds(run, assert, t)
  await run.admin.call('GET', '/views/account_summary', { expect: 422 })
  await run.admin.call('GET', '/views/account_summary?account=0', { expect: 422 })
  await run.admin.call('GET', '/views/account_tree?account=999999999', { expect: 404 })

  // CONT-5: leaving a firm
  await run.admin.patch(`/contacts/${person.id}`, { account: low.id })
  const left = (await run.admin.get(`/accounts/${top.id}/contact_accounts?where=${Q("role = 'former'")}`)).body.records
  assert.deepEqual(left.map((r) => [r.contact.id, r.until !== null]), [[person.id, true]])
}, { own: true })

it('ACCT-5.1, ACCT-5.2, ACCT-5.3: who brings how much, tiers and concentration, against the period before', async (run, assert) => {
  await period(run, 'CU2051-Q1', '2051-01-01', '2051-03-31')
  await period(run, 'CU2051-Q2', '2051-04-01', '2051-06-30')
  const sums = { a: [700, 100], b: [150, 300], c: [100, 0], d: [50, 50] }
  const firms = {}
  for (const [k, [now, before]] of Object.entries(sums)) {
    const f = (firms[k] = await run.admin.make('accounts', { name: `Cu51 ${k}`, industry: k < 'c' ? 'energy' : 'retail', region: `R${k}` }))
    const deal = (amount, close_date) => run.admin.make('opportunities', { name: `Cu51 ${amount}`, account: f.id, stage: 'won', amount, currency: 'CNY', close_date })
    await deal(now, '2051-05-01')
    if (before) await deal(before, '2051-02-01')
  }
  const v = (await run.admin.get('/views/account_revenue?period=CU2051-Q2&compare=previous')).body
  assert.deepEqual(v.rows.map((r) => [r.name, r.won.value, r.share, r.cumulated, r.tier, r.won_before.value, r.change]), [
    ['Cu51 a', 700, 70, 70, 'A', 100, 600], ['Cu51 b', 150, 15, 85, 'A', 300, -50],
    ['Cu51 c', 100, 10, 95, 'B', 0, null], ['Cu51 d', 50, 5, 100, 'C', 50, 0]])
  assert.deepEqual([v.total.won.value, v.total.won_before.value, v.total.change, v.before.key], [1000, 450, 122.2, 'CU2051-Q1'])
  assert.deepEqual(v.tiers.map((t) => [t.tier, t.accounts.value, t.won, t.share]), [['A', 2, 850, 85], ['B', 1, 100, 10], ['C', 1, 50, 5]])
  for (const t of v.tiers) assert.equal((await opened(run.admin, t.accounts.records))[0], t.accounts.value, t.tier)
  assert.deepEqual(v.concentration.map((x) => [x.largest, x.share]), [[1, 70], [5, 100], [10, 100], [20, 100]])
  for (const r of v.rows) assert.equal((await opened(run.admin, r.won.records, 'amount'))[1], r.won.value)
  const by = (await run.admin.get('/views/account_revenue?period=CU2051-Q2&by=industry')).body
  assert.deepEqual(by.rows.map((r) => [r.key, r.won.value, r.share]), [['energy', 850, 85], ['retail', 150, 15]])
  for (const d of ['region', 'level', 'type', 'source', 'person']) await holds(run, assert, (await run.admin.get(`/views/account_revenue?period=CU2051-Q2&by=${d}`)).body.rows)
  assert.equal((await run.admin.get('/views/account_revenue?period=CU2051-Q2&limit=2')).body.rows.length, 2)
  await run.admin.call('GET', '/views/account_revenue?by=weather', { expect: 422 })
  await run.admin.call('GET', '/views/account_revenue?compare=next', { expect: 422 })
  await run.admin.call('GET', '/views/account_revenue?limit=0', { expect: 422 })
})

it('ACCT-7.1, CONT-8: standing reports, each number with its records', async (run, assert) => {
  const u = await run.admin.make('users', { name: 'Cu rep', login: 'cu-rep', state: 'active' })
  const a = await run.admin.make('accounts', { name: 'Cu7 a', industry: 'media', owner: u.id })
  await run.admin.make('accounts', { name: 'Cu7 b', industry: 'media', owner: u.id })
  await run.admin.make('opportunities', { name: 'Cu7', account: a.id })
  await run.admin.make('activities', { subject: 'Cu7', kind: 'call', about: `account/${a.id}`, done_at: new Date(Date.now() - 5000).toISOString() })
  const r = (await run.admin.get('/views/account_report?by=industry&days=30&compare=previous')).body
  const media = r.rows.find((x) => x.key === 'media')
  assert.deepEqual([media.accounts.value, media.with_deals.value, media.without_deals.value, media.untouched.value, media.new.value, media.new_before.value, media.change], [2, 1, 1, 1, 2, 0, null])
  for (const by of ['industry', 'region', 'source', 'level', 'type', 'person', 'life_stage', 'city', 'period']) {
    const v = (await run.admin.get(`/views/account_report?by=${by}`)).body
    assert.ok(v.rows.length > 0, by)
    await holds(run, assert, v.rows.slice(0, 4), by)
  }
  const person = await run.admin.make('contacts', { name: 'Cu7 张伟', account: a.id, owner: u.id })
  await run.admin.make('opportunities', { name: 'Cu7 b', account: a.id, contact: person.id })
  const second = await run.admin.make('accounts', { name: 'Cu7 c' })
  await run.admin.make('contact_accounts', { contact: person.id, account: second.id, role: 'consultant' })
  for (const by of ['account', 'person', 'source', 'period', 'role', 'deal_role']) {
    const v = (await run.admin.get(`/views/contact_report?by=${by}`)).body
    assert.ok(v.rows.length > 0, by)
    await holds(run, assert, v.rows.slice(0, 4), by)
  }
  const mine = (await run.admin.get('/views/contact_report?by=person')).body.rows.find((x) => x.key === u.id)
  assert.deepEqual([mine.contacts.value, mine.untouched.value, mine.on_deals.value], [1, 1, 1])
  await run.admin.call('GET', '/views/account_report?by=phone', { expect: 422 })
  await run.admin.call('GET', '/views/contact_report?days=x', { expect: 422 })
  for (const v of ['account_report', 'contact_report']) await run.admin.call('GET', `/views/${v}?compare=next`, { expect: 422 })
}, { own: true })

it('ACCT-6.1: whom one is about to lose, and each list becomes tasks of their owners in one step, undone in one', async (run, assert) => {
  const owners = []
  for (const login of ['cu6-ann', 'cu6-bob']) owners.push(await run.admin.make('users', { name: login, login, state: 'active' }))
  const firms = []
  for (let i = 0; i < 5; i++) {
    const f = await run.admin.make('accounts', { name: `Cu6 ${i}`, city: 'cu6', owner: owners[i % 2].id })
    await run.admin.make('opportunities', { name: 'Cu6', account: f.id, stage: 'won', amount: 10, currency: 'CNY', close_date: i < 3 ? '2020-01-01' : '2025-12-31' })
    firms.push(f)
  }
  const v = (await run.admin.get(`/views/account_retention?user=${owners[0].id}`)).body
  const lost = v.rows.find((r) => r.key === 'lost')
  assert.deepEqual([lost.accounts.value >= 2, lost.won.value >= 20], [true, true])
  await holds(run, assert, v.rows)

  const where = "city = 'cu6' AND life_stage = 'lost'"
  const count = (await run.admin.get(`/accounts?where=${Q(where)}&limit=1&count=exact`)).body.count
  const ask = { entity: 'account', where, do: 'make', make: 'activity', via: 'about', record: { kind: 'task', subject: '挽回客户', due_at: '2026-12-31T02:00:00Z' } }
  const done = await job(run.admin, (await run.admin.post('/changes', ask, { expect: 202 })).body.job)
  assert.deepEqual([done.state, done.result.total, done.result.changed], ['done', count, count], JSON.stringify(done))
  const tasks = (await run.admin.get(`/activities?where=${Q("subject = '挽回客户'")}&select=owner,about`)).body.records
  assert.deepEqual(tasks.map((t) => t.owner.id).sort(), firms.slice(0, count).map((f) => owners[firms.indexOf(f) % 2].id).sort())
  await run.admin.call('POST', `/operations/${done.result.operation}/undo`, { expect: 200 })
  assert.equal((await run.admin.get(`/activities?where=${Q("subject = '挽回客户'")}`)).body.records.length, 0)

  // contacts of those accounts become members of a campaign; nobody twice
  for (const f of firms) await run.admin.make('contacts', { name: `Cu6 of ${f.name}`, account: f.id })
  const campaign = await run.admin.make('campaigns', { name: 'Cu6 挽回' })
  const members = { entity: 'contact', where: `account IN (SELECT id FROM account WHERE ${where})`, do: 'make', make: 'campaign_member', via: 'contact', record: { campaign: campaign.id } }
  const first = await job(run.admin, (await run.admin.post('/changes', members, { expect: 202 })).body.job)
  assert.deepEqual([first.result.changed, first.result.refused], [count, 0], JSON.stringify(first))
  const second = await job(run.admin, (await run.admin.post('/changes', members, { expect: 202 })).body.job)
  assert.deepEqual([second.result.changed, second.result.refused], [0, count])

  for (const [bad, field] of [[{ make: 'nothing' }, 'make'], [{ via: 'owner' }, 'via'], [{ make: undefined }, 'make'], [{ do: 'update' }, 'make']]) {
    const no = await run.admin.post('/changes', { ...ask, ...bad }, { expect: 422 })
    assert.ok(no.body.errors.some((e) => e.field === field), JSON.stringify(no.body))
  }
}, { own: true })

it('JOUR-6, OPP-10, STAGE-1: from stage to stage, how long and how many', async (run, assert) => {
  await period(run, 'CU2051-Q1', '2051-01-01', '2051-03-31')
  const line = await run.admin.make('pipelines', { key: 'cu-line', label: 'Cu line' })
  const stage = (key, position, more = {}) => run.admin.make('pipeline_stages', { pipeline: line.key, key, label: `Cu ${key}`, position, ...more })
  await stage('first', 1, { expected_days: 10 })
  await stage('second', 2)
  await stage('gain', 3, { kind: 'won' })
  await stage('loss', 4, { kind: 'lost', required_fields: 'lost_reason,amount' })
  const deals = []
  for (let i = 0; i < 4; i++) deals.push(await run.admin.make('opportunities', { name: `Cu ${i}`, pipeline: line.key, stage: 'first' }))
  const go = (i, to, more = {}, expect = 200) => run.admin.patch(`/opportunities/${deals[i].id}`, { stage: to, ...more }, { expect })
  await go(0, 'second')
  await go(1, 'second')
  await go(0, 'gain', { won_reason: 'service' })
  const missing = await go(2, 'loss', {}, 422)
  assert.deepEqual(missing.body.errors.map((e) => [e.field, e.code]).sort(), [['amount', 'stage_needs'], ['lost_reason', 'stage_needs']])
  await go(2, 'loss', { lost_reason: 'price', amount: 1 })
  const v = (await run.admin.get('/views/stage_conversion?pipeline=cu-line')).body
  assert.deepEqual(v.rows.map((r) => [r.key, r.entered.value, r.left.value, r.went_on.value, r.won.value, r.lost.value, r.standing.value]), [
    ['first', 4, 3, 66.7, 0, 33.3, 1], ['second', 2, 1, 100, 100, 0, 1], ['gain', 1, 0, null, null, null, 1], ['loss', 1, 0, null, null, null, 1]])
  assert.equal(v.rows[0].late.value, 0)
  assert.equal(v.rows[0].days.value, 0)
  await holds(run, assert, v.rows)
  assert.equal((await opened(run.admin, v.cycle_days.records))[0], 1)
  const back = await go(0, 'second', {}, 422)
  assert.deepEqual(back.body.errors.map((e) => [e.field, e.code]), [['reopen_reason', 'reopen_needs_reason']])
  await go(0, 'second', { reopen_reason: '补充合同' })
  const journal = (await run.admin.get(`/opportunities/${deals[0].id}/opportunity_changes?order=${Q('at DESC')}`)).body.records
  assert.equal(journal.find((j) => j.reason)?.reason, '补充合同')
  assert.ok(!('delete' in run.contract.document.paths['/api/v1/opportunity_changes/{id}'])) // PERMIT-6
  assert.equal((await run.admin.get('/views/stage_conversion?pipeline=cu-line&period=CU2051-Q1')).body.rows[0].entered.value, 0)
  await run.admin.call('GET', '/views/stage_conversion?pipeline=nowhere', { expect: 422 })
})

it('what follows from other records is no conflict with a person’s edit; another person’s edit is one', async (run, assert) => {
  const acc = await run.admin.make('accounts', { name: 'Cu 版本' })
  const con = await run.admin.make('contacts', { name: 'Cu 版本甲', account: acc.id })
  const at = { 'if-match': `"${acc.version}"` }
  await run.admin.make('activities', { kind: 'call', subject: 'Cu 来电', about: `contact/${con.id}`, done_at: new Date().toISOString() })
  await run.admin.make('opportunities', { name: 'Cu 版本单', account: acc.id, amount: 10, stage: 'won' })
  const now = (await run.admin.get(`/accounts/${acc.id}`)).body
  assert.deepEqual([now.life_stage, now.last_contact_at !== null, now.version > acc.version], ['active', true, true]) // ACT-8, ACCT-4.6
  const edited = (await run.admin.call('PATCH', `/accounts/${acc.id}`, { body: { phone: '13800001111' }, headers: at, expect: 200 })).body
  assert.deepEqual([edited.phone, edited.life_stage], ['13800001111', 'active'])
  const late = await run.admin.call('PATCH', `/accounts/${acc.id}`, { body: { city: 'Ulm' }, headers: at, expect: 412 })
  assert.equal(late.body.code, 'stale')
  // Behind a person's edit what follows from others changes nothing about that.
  await run.admin.make('activities', { kind: 'call', subject: 'Cu 又来电', about: `contact/${con.id}`, done_at: new Date().toISOString() })
  await run.admin.call('DELETE', `/accounts/${acc.id}`, { headers: at, expect: 412 })
  await run.admin.call('PATCH', `/accounts/${acc.id}`, { body: { city: 'Ulm' }, headers: { 'if-match': '"9999"' }, expect: 412 })
  await run.admin.call('DELETE', `/accounts/${acc.id}`, { headers: { 'if-match': `"${edited.version}"` }, expect: 204 })
})

it('ACCT-3.1: the timeline of an account of many deals, by page and by kind', async (run, assert) => {
  const acc = await run.admin.make('accounts', { name: 'Cu 长卷' })
  const other = await run.admin.make('accounts', { name: 'Cu 别家' })
  const made = (await run.admin.post('/opportunities/bulk', { rows: Array.from({ length: 150 }, (_, i) => ({ do: 'create', record: { name: `Cu 卷 ${i}`, account: i % 3 ? acc.id : other.id, stage: i % 2 ? 'won' : 'qualification' } })) }, { expect: 200 })).body.results.map((r) => r.id)
  const mine = made.filter((_, i) => i % 3)
  await run.admin.make('activities', { kind: 'call', subject: 'Cu 旧单', about: `opportunity/${mine[0]}` })
  await run.admin.make('activities', { kind: 'visit', subject: 'Cu 别家的', about: `opportunity/${made[0]}` })
  await run.admin.call('DELETE', `/opportunities/${mine[99]}`, { expect: 204 })
  const all = []
  for (let after = ''; ; ) {
    const part = (await run.admin.get(`/accounts/${acc.id}/timeline?limit=40${after}`)).body
    all.push(...part.changes)
    if (!part.next) break
    after = `&after=${part.next}`
  }
  const told = (what) => all.filter((x) => x.kind === 'opportunity' && x.what === what).map((x) => x.about.id)
  assert.deepEqual([new Set(told('made')), told('made').length], [new Set(mine.slice(0, 99)), 99], 'each once, none of the other firm, none that was deleted')
  assert.equal(told('won').length, mine.slice(0, 99).filter((id) => made.indexOf(id) % 2).length)
  assert.deepEqual(all.map((x) => x.at), all.map((x) => x.at).sort((a, b) => Date.parse(b) - Date.parse(a)))
  assert.deepEqual((await run.admin.get(`/accounts/${acc.id}/timeline?kinds=call,visit`)).body.changes.map((x) => [x.kind, x.about.id]), [['call', mine[0]]])
  for (const bad of ['1', '1.2', 'a.b.c', '1.2.3.4x', '99999999999999999999.1.1']) await run.admin.call('GET', `/accounts/${acc.id}/timeline?after=${bad}`, { expect: 400 })
  assert.deepEqual((await run.admin.get('/meta')).body.entities.find((e) => e.name === 'account').story, ['contact', 'lead', 'opportunity', 'case', 'campaign'])
}, { own: true })

it('COMP-7, STAGE-4: news about a competitor stand in its timeline; what was closed without a reason is a list', async (run, assert) => {
  const rival = await run.admin.make('competitors', { name: 'Cu 消息' })
  await run.admin.make('activities', { kind: 'note', subject: '降价一成', about: `competitor/${rival.id}` })
  assert.deepEqual((await run.admin.get(`/competitors/${rival.id}/timeline?kinds=note`)).body.changes.map((x) => x.record.subject), ['降价一成'])
  const view = (await run.admin.get('/meta')).body.entities.find((e) => e.name === 'opportunity').views.find((v) => v.name === 'unexplained')
  const deal = (more) => run.admin.make('opportunities', { name: 'Cu 缘由', ...more })
  const made = [await deal({ stage: 'won' }), await deal({ stage: 'lost' }), await deal({ stage: 'won', won_reason: 'service' }), await deal({ stage: 'lost', lost_reason: 'price' }), await deal({})]
  const seen = (await run.admin.get(`/opportunities?where=${Q(`name = 'Cu 缘由' AND (${view.where})`)}&order=id`)).body.records
  assert.deepEqual(seen.map((r) => r.id), made.slice(0, 2).map((r) => r.id))
}, { own: true })

it('ACCT-3.1: a line of the timeline is there for who may read what it is about', async (run, assert) => {
  const mark = run.fresh()
  const role = await run.admin.make('roles', { name: `Story ${mark}`, key: `story_${mark}` })
  for (const [entity, read] of [['*', 'all'], ['opportunity', 'own'], ['activity', 'own'], ['campaign', 'none']]) await run.admin.make('role_rights', { role: role.id, entity, read })
  const me = await run.admin.make('users', { name: `Story ${mark}`, login: `story-${mark}`, state: 'active', role: role.key })
  await run.admin.post(`/users/${me.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  const { client } = await signIn(run, `story-${mark}`, 'first password')
  const acc = await run.admin.make('accounts', { name: `Cu 视野 ${mark}` })
  const con = await run.admin.make('contacts', { name: 'Cu 视野甲', account: acc.id })
  const mine = await run.admin.make('opportunities', { name: 'Cu 我的', account: acc.id, owner: me.id })
  const theirs = await run.admin.make('opportunities', { name: 'Cu 别人的', account: acc.id })
  for (const [d, owner] of [[mine, me.id], [mine, null], [theirs, null]]) await run.admin.make('activities', { kind: 'call', subject: 'Cu 电话', about: `opportunity/${d.id}`, ...(owner ? { owner } : {}) })
  const campaign = await run.admin.make('campaigns', { name: 'Cu 保密活动' })
  await run.admin.make('campaign_members', { campaign: campaign.id, contact: con.id })
  const seen = async (who) => (await who.get(`/accounts/${acc.id}/timeline?limit=200`)).body.changes
  const about = (lines, kind) => lines.filter((x) => x.kind === kind).map((x) => x.about?.id).sort()
  const all = await seen(run.admin)
  assert.deepEqual([about(all, 'opportunity'), about(all, 'call'), about(all, 'campaign')], [[mine.id, theirs.id].sort(), [mine.id, mine.id, theirs.id].sort(), [campaign.id]])
  const own = await seen(client)
  assert.deepEqual([about(own, 'opportunity'), about(own, 'call')], [[mine.id], [mine.id, mine.id]])
  assert.ok(!JSON.stringify(own).includes('Cu 保密活动') && !JSON.stringify(own).includes('Cu 别人的'), JSON.stringify(own))
}, { own: true })

// Forecast, quotas, competitor analysis and win/loss: every number, and the list that opens it.
import { signIn } from '../harness.mjs'

const PERIOD = 'FC2041-Q1'

async function person(run, login, more = {}) {
  const u = await run.admin.make('users', { name: `Fc ${login}`, login, state: 'active', ...more })
  await run.admin.post(`/users/${u.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  return { id: u.id, client: (await signIn(run, login, 'first password')).client }
}

/** What a number's list adds up to: how many records, and the sum of a field. */
async function opened(client, address, field) {
  const rows = (await client.get(`${address}&limit=200`)).body.records
  return [rows.length, rows.reduce((s, r) => s + (r[field] ?? 0), 0)]
}

async function house(run, tag) {
  const top = await run.admin.make('teams', { name: `Fc ${tag} top` })
  const sub = await run.admin.make('teams', { name: `Fc ${tag} sub`, parent: top.id })
  const boss = await person(run, `fc-${tag}-boss`, { team: top.id })
  const lead = await person(run, `fc-${tag}-lead`, { manager: boss.id })
  const rep = await person(run, `fc-${tag}-rep`, { manager: lead.id })
  const other = await person(run, `fc-${tag}-other`, { team: sub.id })
  return { top, sub, boss, lead, rep, other }
}

async function period(run, key, start, end, kind = 'quarter') {
  const there = (await run.admin.get(`/fiscal_periods?where=${encodeURIComponent(`key = '${key}'`)}`)).body.records
  return there[0] ?? run.admin.make('fiscal_periods', { key, start, end, kind })
}

it('FCST-10, FCST-11, FCST-13: a person and everybody below, each number opening exactly its deals', async (run, assert) => {
  await period(run, PERIOD, '2041-01-01', '2041-03-31')
  const { boss, lead, rep, other, top } = await house(run, 'a')
  const deal = (owner, stage, amount, more = {}) =>
    run.admin.make('opportunities', { name: `Fc ${stage} ${amount}`, owner: owner.id, stage, amount, currency: 'CNY', close_date: '2041-02-10', ...more })
  await deal(rep, 'won', 100)
  await deal(rep, 'negotiation', 40)
  await deal(rep, 'proposal', 20)
  await deal(rep, 'prospecting', 10)
  await deal(rep, 'lost', 999)
  await deal(rep, 'won', 5000, { close_date: '2041-04-01' })
  const raised = await deal(rep, 'prospecting', 7, { forecast_override: 'commit', forecast_amount: 9 })
  await deal(lead, 'won', 50, { close_date: '2041-03-31' })
  await deal(other, 'proposal', 30, { close_date: '2041-01-01' })
  await deal(boss, 'qualification', 1)
  for (const [who, amount, more] of [[rep, 400, {}], [lead, 100, { team_amount: 450 }]]) await run.admin.make('quotas', { user: who.id, period: PERIOD, amount, currency: 'CNY', ...more })

  const f = (await boss.client.get(`/views/forecast?period=${PERIOD}`)).body
  assert.deepEqual(f.period, { key: PERIOD, kind: 'quarter', start: '2041-01-01', end: '2041-03-31' })
  assert.deepEqual(f.rows.map((r) => [r.user.id, r.level, r.above, r.below]), [
    [boss.id, 0, null, 3], [lead.id, 1, boss.id, 1], [rep.id, 2, lead.id, 0], [other.id, 1, boss.id, 0]])
  const of = (who, which = 'own') => Object.fromEntries(Object.entries(f.rows.find((r) => r.user.id === who.id)[which]).map(([k, v]) => [k, v.value]))
  assert.deepEqual(of(rep), { quota: 400, closed: 100, commit: 49, expected: 149, best_case: 20, best: 169, pipeline: 10, adjustment: null, reached: 25, gap: 300, coverage: 0.26 })
  assert.deepEqual(of(lead, 'team'), { quota: 500, closed: 150, commit: 49, expected: 199, best_case: 20, best: 219, pipeline: 10, adjustment: null, reached: 30, gap: 350, coverage: 0.23 })
  assert.deepEqual(of(boss, 'team'), { quota: 500, closed: 150, commit: 49, expected: 199, best_case: 50, best: 249, pipeline: 11, adjustment: null, reached: 30, gap: 350, coverage: 0.31 })
  assert.equal(of(boss).quota, null)
  const own = f.rows.find((r) => r.user.id === rep.id).own
  assert.deepEqual([own.commit.unadjusted, own.pipeline.unadjusted, own.expected.unadjusted, own.best.unadjusted], [40, 17, 140, 160])
  const lr = f.rows.find((r) => r.user.id === lead.id)
  assert.deepEqual([lr.team_target, lr.over_assigned], [450, 50])

  // each number's list
  const team = f.rows[0].team
  const lists = { closed: [2, 150], commit: [2, 47], expected: [4, 197], best_case: [2, 50], best: [6, 247], pipeline: [2, 11], reached: [2, 150], coverage: [6, 108] }
  for (const [key, wanted] of Object.entries(lists)) assert.deepEqual(await opened(boss.client, team[key].records, 'amount'), wanted, key)
  assert.deepEqual(await opened(boss.client, team.quota.records, 'amount'), [2, 500])
  assert.deepEqual(Object.fromEntries(Object.entries(f.total).map(([k, v]) => [k, v.value])), of(boss, 'team'))

  // FCST-12: those above adjust with a reason; oneself does not
  const note = { period: PERIOD, amount: -15, currency: 'CNY', note: '客户预算推迟' }
  await rep.client.post('/forecast_adjustments', { user: rep.id, ...note }, { expect: 409 })
  await lead.client.post('/forecast_adjustments', { user: rep.id, ...note, note: null }, { expect: 422 })
  await other.client.post('/forecast_adjustments', { user: rep.id, ...note }, { expect: 403 })
  const adj = (await lead.client.post('/forecast_adjustments', { user: rep.id, ...note }, { expect: 201 })).body
  await rep.client.call('DELETE', `/forecast_adjustments/${adj.id}`, { expect: 409 })
  const g = (await lead.client.get(`/views/forecast?period=${PERIOD}&user=${lead.id}`)).body
  assert.deepEqual([g.rows[0].team.expected.value, g.rows[0].team.expected.unadjusted, g.rows[0].team.adjustment.value, g.rows[0].team.best.value], [184, 190, -15, 204])
  assert.deepEqual(await opened(lead.client, g.rows[0].team.adjustment.records, 'amount'), [1, -15])

  // FCST-11: what the owner says outlives the stage
  await run.admin.patch(`/opportunities/${raised.id}`, { stage: 'proposal' })
  const again = (await rep.client.get(`/views/forecast?period=${PERIOD}`)).body
  assert.deepEqual([again.rows.length, again.rows[0].own.commit.value, again.rows[0].own.best_case.unadjusted], [1, 49, 27])

  // FCST-5: one's own and those below; a team's people
  await rep.client.call('GET', `/views/forecast?period=${PERIOD}&user=${lead.id}`, { expect: 403 })
  await rep.client.call('GET', `/views/forecast?period=${PERIOD}&team=${top.id}`, { expect: 403 })
  const byTeam = (await run.admin.get(`/views/forecast?period=${PERIOD}&team=${top.id}`)).body
  assert.deepEqual(byTeam.rows.map((r) => r.user.id).sort(), [boss.id, other.id].sort())
  await run.admin.call('GET', '/views/forecast?period=NEVER', { expect: 422 })
  await run.admin.call('GET', '/views/forecast?user=x', { expect: 422 })
  await run.admin.call('GET', '/views/forecast?colour=red', { expect: 400 })
  assert.equal((await run.admin.get('/views/forecast')).body.period.kind, 'quarter')
})

it('FCST-8, FCST-9, FCST-14: quotas as a grid, set by oneself or from above, never for who left', async (run, assert) => {
  await period(run, 'FC2042', '2042-01-01', '2042-12-31', 'year')
  for (const [i, [a, b]] of [['01-01', '03-31'], ['04-01', '06-30']].entries()) await period(run, `FC2042-Q${i + 1}`, `2042-${a}`, `2042-${b}`)
  const { lead, rep, boss } = await house(run, 'b')
  const rows = [
    { do: 'create', record: { user: rep.id, period: 'FC2042-Q1', amount: 10, currency: 'CNY' } },
    { do: 'create', record: { user: rep.id, period: 'FC2042-Q2', amount: 20, currency: 'CNY' } },
    { do: 'create', record: { user: lead.id, period: 'FC2042-Q1', amount: 5, currency: 'CNY' } },
  ]
  const saved = await lead.client.post('/quotas/bulk', { rows })
  assert.equal(saved.status, 200, saved.text)
  const grid = async (who) => (await who.client.get('/views/quotas?period=FC2042')).body
  const g = await grid(lead)
  assert.deepEqual(g.periods, ['FC2042', 'FC2042-Q1', 'FC2042-Q2'])
  const row = (v, who) => v.rows.find((r) => r.user.id === who.id)
  assert.deepEqual([row(g, rep).above, row(g, rep).cells['FC2042-Q2'].quota.amount, row(g, rep).cells.FC2042.quota, row(g, rep).cells.FC2042.may_set], [lead.id, 20, null, true])
  const q = row(g, rep).cells['FC2042-Q1'].quota
  await rep.client.patch(`/quotas/${q.id}`, { amount: 1 }, { expect: 409 })
  await rep.client.call('DELETE', `/quotas/${q.id}`, { expect: 409 })
  assert.equal(row(await grid(rep), rep).cells['FC2042-Q1'].may_set, false)
  await rep.client.patch(`/quotas/${q.id}`, { note: '已知悉' })
  const own = await rep.client.post('/quotas', { user: rep.id, period: 'FC2042', amount: 90, currency: 'CNY' }, { expect: 201 })
  const year = async () => (await boss.client.get(`/views/forecast?period=FC2042&user=${boss.id}`)).body.rows.map((r) => r.own.quota.value)
  assert.deepEqual(await year(), [null, 5, 90, null]) // FCST-10: the year's own, else its quarters'
  await rep.client.patch(`/quotas/${own.body.id}`, { amount: 95 })
  await lead.client.del(`/quotas/${own.body.id}`)
  assert.deepEqual(await year(), [null, 5, 30, null])
  await run.admin.patch(`/users/${rep.id}`, { state: 'disabled' })
  const gone = await lead.client.post('/quotas', { user: rep.id, period: 'FC2042', amount: 1, currency: 'CNY' }, { expect: 422 })
  assert.deepEqual(gone.body.errors.map((e) => [e.field, e.code]), [['user', 'person_left']])
  await lead.client.patch(`/quotas/${q.id}`, { amount: 11 }, { expect: 422 })
})

it('COMP-1, COMP-3, COMP-5, WINLOSS-1, WINLOSS-2, WINLOSS-3, WINLOSS-4: met, won and lost, each number with its deals', async (run, assert) => {
  await period(run, 'FC2043-Q1', '2043-01-01', '2043-03-31')
  await period(run, 'FC2043-Q2', '2043-04-01', '2043-06-30')
  const { rep, lead } = await house(run, 'c')
  const rival = (name) => run.admin.make('competitors', { name, strengths: '价格', weaknesses: '交付', strategy: '先谈服务', review_date: '2043-01-15' })
  const [a, b] = [await rival('Fc 甲'), await rival('Fc 乙')]
  const account = await run.admin.make('accounts', { name: 'Fc account', industry: 'energy', region: "O'Hara" })
  const [p, q] = [await run.admin.make('products', { name: 'Fc pump' }), await run.admin.make('products', { name: 'Fc valve' })]
  const deal = async (owner, stage, amount, rivals, products, more = {}) => {
    const o = await run.admin.make('opportunities', { name: `Fc ${stage} ${amount}`, owner: owner.id, stage, account: account.id, amount, currency: 'CNY', close_date: '2043-02-10', source: 'web', ...more })
    for (const r of rivals) await run.admin.make('opportunity_competitors', { opportunity: o.id, competitor: r.id, state: 'confirmed' })
    for (const [x, n] of products) await run.admin.make('opportunity_lines', { opportunity: o.id, product: x.id, quantity: 1, price: n })
    return o
  }
  await deal(rep, 'won', 100, [a], [[p, 60], [q, 40]])
  await deal(rep, 'lost', 30, [a, b], [[p, 30]], { lost_reason: 'price' })
  await deal(lead, 'lost', 20, [b], [], { lost_reason: 'competitor', account: null, close_date: '2043-05-01' })
  await deal(lead, 'negotiation', 7, [a], [])
  await deal(rep, 'won', 1000, [], [])
  const ask = async (view, more) => (await rep.client.get(`/views/${view}?${more}`)).body
  const brief = (v) => v.rows.map((r) => [r.name, r.met.value, r.won.value, r.lost.value, r.open.value, r.amount_won.value, r.amount_lost.value, r.win_rate.value])

  const by = await ask('competitor_analysis', 'period=FC2043-Q1')
  assert.deepEqual(brief(by), [['Fc 甲', 3, 1, 1, 1, 100, 30, 50], ['Fc 乙', 1, 0, 1, 0, 0, 30, 0]])
  assert.equal(by.total.met.value, 3) // WINLOSS-2: the deal with two counts once
  for (const r of [...by.rows, by.total])
    for (const k of ['met', 'won', 'lost', 'open']) {
      const amount = { won: 'amount_won', lost: 'amount_lost', open: 'amount_open' }[k]
      const [n, sum] = await opened(rep.client, r[k].records, 'amount')
      assert.equal(n, r[k].value, `${r.name} ${k}`)
      if (amount) assert.equal(sum, r[amount].value, `${r.name} ${amount}`)
    }
  assert.deepEqual(brief(await ask('competitor_analysis', `by=product&period=FC2043-Q1&competitor=${a.id}`)), [['Fc pump', 2, 1, 1, 0, 60, 30, 50], ['Fc valve', 1, 1, 0, 0, 40, 0, 100]])
  const region = await ask('competitor_analysis', 'by=region&period=FC2043-Q1')
  assert.deepEqual(brief(region), [["O'Hara", 3, 1, 1, 1, 100, 30, 50]])
  assert.deepEqual(await opened(rep.client, region.rows[0].win_rate.records, 'amount'), [2, 130])
  assert.deepEqual(brief(await ask('competitor_analysis', `by=industry&competitor=${b.id}`)).map((r) => r.slice(1)), [[1, 0, 1, 0, 0, 30, 0], [1, 0, 1, 0, 0, 20, 0]])
  assert.deepEqual(brief(await ask('competitor_analysis', `by=person&competitor=${b.id}`)).map((r) => r[0]).sort(), ['Fc fc-c-lead', 'Fc fc-c-rep'])
  assert.deepEqual(brief(await ask('competitor_analysis', `by=period&competitor=${b.id}`)), [['FC2043-Q1', 1, 0, 1, 0, 0, 30, 0], ['FC2043-Q2', 1, 0, 1, 0, 0, 20, 0]])

  const loss = await ask('win_loss', `by=reason&user=${lead.id}`)
  assert.deepEqual(loss.rows.map((r) => [r.key, r.lost.value, r.amount_lost.value]), [['competitor', 1, 20], [null, 0, 0]])
  assert.deepEqual(await opened(rep.client, loss.rows.find((r) => !r.key).open.records, 'amount'), [1, 7])
  for (const [dimension, names] of [['source', 1], ['industry', 1], ['competitor', 2], ['person', 2], ['period', 1]])
    assert.equal((await ask('win_loss', `by=${dimension}&period=FC2043-Q1`)).rows.length, names, dimension)
  assert.equal((await ask('win_loss', 'period=FC2043-Q1')).total.amount_won.value, 1100)
  await rep.client.call('GET', '/views/win_loss?by=weather', { expect: 422 })
  await rep.client.call('GET', '/views/competitor_analysis?by=reason', { expect: 422 })
  assert.equal((await rep.client.get(`/competitors/${a.id}`)).body.strategy, '先谈服务') // COMP-1
  await run.admin.call('DELETE', `/competitors/${a.id}`, { expect: 409 }) // COMP-3
})

// The catalogue of standing reports, from /meta: whatever it names answers as it is described, and every number opens what it counts.
const Q = encodeURIComponent

/** Columns whose figures are sums of deals; all other whole numbers count records. */
const SUMS = { won: 'amount_base', won_before: 'amount_base', amount: 'amount_base', amount_won: 'amount_base', amount_lost: 'amount_base', amount_open: 'amount_base' }
/** Money that is no sum of one field: by probability, per head, or of campaigns' own fields. */
const OTHER = ['weighted', 'cost_per_response', 'cost_per_lead']

function asker(run) {
  const counts = new Map(), sums = new Map()
  const once = async (map, key, ask) => { if (!map.has(key)) map.set(key, await ask()); return map.get(key) }
  return {
    count: (records) => once(counts, records, async () => (await run.admin.get(`${records}&limit=1&count=exact`, { expect: 200 })).body.count),
    sum: (records, entity, field) => once(sums, `${records} ${field}`, async () => {
      const where = decodeURIComponent(records.split('?where=')[1])
      return (await run.admin.post('/query', { query: `SELECT SUM(${field}) s FROM ${entity} WHERE ${where}` }, { expect: 200 })).body.records[0].s ?? 0
    }),
  }
}

async function story(run) {
  const tag = `Rp${Date.now().toString(36)}`
  const people = []
  for (const n of [1, 2]) people.push(await run.admin.make('users', { name: `${tag} ${n}`, login: `${tag}-${n}`.toLowerCase(), state: 'active' }))
  const [ann, bob] = people
  const campaign = await run.admin.make('campaigns', { name: `${tag} fair`, budget: 100, status: 'planned', start_date: '2026-02-01' })
  const lead = (more) => run.admin.make('leads', { name: tag, source: 'web', campaign: campaign.id, ...more })
  await lead({ owner: ann.id })
  await lead({ owner: ann.id, status: 'contacted', industry: 'energy' })
  await lead({ owner: ann.id, status: 'unqualified', unqualified_reason: 'no_need', source: 'phone' })
  await lead({ owner: bob.id, status: 'qualified' })
  const turned = await lead({ owner: ann.id, company: `${tag} Works`, region: '华东' })
  await run.admin.post(`/leads/${turned.id}/convert`, {}, { expect: 200 })
  const account = await run.admin.make('accounts', { name: `${tag} 集团`, industry: 'energy', owner: ann.id, campaign: undefined })
  const person = await run.admin.make('contacts', { name: `${tag} 王芳`, account: account.id, owner: ann.id })
  for (const [stage, amount] of [['won', 1000], ['lost', 300], ['prospecting', 100.5], ['proposal', 7], ['proposal', null]])
    await run.admin.make('opportunities', { name: `${tag} ${stage}`, account: account.id, contact: person.id, campaign: campaign.id, owner: ann.id, stage, amount, currency: 'CNY', ...(stage === 'lost' ? { lost_reason: 'price' } : {}) })
  const done = new Date(Date.now() - 60000).toISOString()
  const act = (kind, more) => run.admin.make('activities', { subject: tag, kind, about: `account/${account.id}`, owner: ann.id, ...more })
  for (const kind of ['call', 'call', 'visit', 'note']) await act(kind, { done_at: done })
  await act('task', { due_at: '2026-01-05T02:00:00Z' })
  await act('call', { due_at: '2090-01-05T02:00:00Z' })
  const c = await run.admin.make('cases', { subject: tag, kind: 'service', account: account.id, owner: bob.id })
  await run.admin.patch(`/cases/${c.id}`, { status: 'resolved' }, { expect: 200 })
  await run.admin.make('cases', { subject: tag, kind: 'complaint', owner: bob.id })
  return { tag, ann, bob, campaign, account }
}

const quarterNow = async (run) => (await run.admin.get(`/fiscal_periods?where=${Q("kind = 'quarter' AND start <= TODAY AND end >= TODAY")}`)).body.records[0].key

it('every report of the catalogue answers as /meta describes it, and each of its numbers opens what it counts', async (run, assert) => {
  const about = await story(run)
  const meta = (await run.admin.get('/meta')).body
  const entityOf = new Map(meta.entities.map((e) => [e.plural, e.name]))
  const asked = asker(run)
  const quarter = await quarterNow(run)
  let seen = 0, opened = 0
  const figure = async (type, name, f, at) => {
    if (f === null || f === undefined || typeof f !== 'object') return
    assert.ok('value' in f && 'records' in f, at)
    if (!f.records) return
    opened++
    const plural = /^\/([a-z_]+)\?where=/.exec(f.records)[1]
    const many = await asked.count(f.records)
    if (type === 'integer') assert.equal(f.value, many, `${at} ${decodeURIComponent(f.records)}`)
    if (type === 'money' && SUMS[name]) assert.equal(f.value, await asked.sum(f.records, entityOf.get(plural), SUMS[name]), at)
    else if (type === 'money') assert.ok(OTHER.includes(name) || ['budget', 'cost'].includes(name), `${at}: what is summed?`)
  }
  for (const r of meta.reports) {
    for (const lang of ['en', 'zh-CN']) assert.ok(r.label[lang] && !r.label[lang].includes('.'), `${r.name} has a name in ${lang}`)
    const by = r.parameters.find((p) => p.name === 'by')
    if (r.compare) assert.equal(r.parameters.find((p) => p.name === r.compare)?.kind, 'period', r.name)
    for (const p of r.parameters) for (const c of p.choices) assert.ok(c.label.en !== `parameter.${p.name}.${c.key}` && c.label['zh-CN'], `${r.name} ${p.name} ${c.key}`)
    const initial = r.parameters.filter((p) => p.initial).map((p) => `${p.name}=${Q(p.initial)}`)
    const ways = (by?.choices ?? [{ key: null }]).flatMap(({ key }) => [
      [...initial.filter((x) => !x.startsWith('by=')), ...(key ? [`by=${key}`] : [])],
      ...(r.compare && key !== 'period' ? [[...(key ? [`by=${key}`] : []), `period=${Q(quarter)}`]] : [])])
    const drawn = new Set()
    for (const way of ways) {
      const at = `${r.name}?${way.join('&')}`
      const v = (await run.admin.get(`/views/${at}`, { expect: 200 })).body
      seen++
      assert.ok(v.columns.length > 1 && v.rows.length <= 600, at)
      assert.equal(v.columns[0].name, 'name', at)
      assert.ok(v.columns.some((c) => r.series.includes(c.name)), `${at} has something to draw`)
      for (const c of v.columns) {
        drawn.add(c.name)
        assert.ok(['text', 'integer', 'money', 'percent', 'decimal'].includes(c.type), `${at} ${c.name}`)
        for (const lang of ['en', 'zh-CN']) assert.ok(c.label[lang], `${at}: column ${c.name} has no name in ${lang}`)
        for (const row of v.rows) assert.ok(c.name in row, `${at}: no ${c.name}`)
      }
      for (const row of v.rows) {
        assert.ok('key' in row, at)
        if (row.key !== null) assert.ok(row.name && typeof row.name === 'string', at)
      }
      for (const row of v.rows.slice(0, 5)) for (const c of v.columns) await figure(c.type, c.name, row[c.name], `${at} ${row.name} ${c.name}`)
      for (const c of v.columns) await figure(c.type, c.name, v.total?.[c.name], `${at} total ${c.name}`)
    }
    // the page draws those that an answer has: each of them is in one, and by each choice there is one
    for (const s of r.series) assert.ok(drawn.has(s), `${r.name} draws ${s}`)
    if (by) await run.admin.get(`/views/${r.name}?by=weather`, { expect: 422 })
    for (const p of r.parameters.filter((x) => x.kind === 'record' && x.name !== 'pipeline')) await run.admin.get(`/views/${r.name}?${p.name}=x`, { expect: 422 })
    if (r.parameters.some((p) => p.kind === 'period')) await run.admin.get(`/views/${r.name}?period=FY1066-Q4`, { expect: 422 })
  }
  for (const name of ['win_loss', 'competitor_analysis', 'account_revenue', 'account_report', 'account_retention', 'contact_report', 'stage_conversion', 'pipeline_report', 'lead_conversion',
    'activity_report', 'campaigns', 'case_ages', 'case_timely', 'case_first_contact', 'case_satisfaction']) assert.ok(meta.reports.some((r) => r.name === name), name)
  assert.ok(seen > 60 && opened > 500, `${seen} answers, ${opened} numbers`)

  // Its readers read it in their language.
  const says = async (lang) => (await run.admin.call('GET', '/views/account_retention', { headers: { 'accept-language': lang }, expect: 200 })).body.rows.map((r) => r.name)
  assert.equal(new Set(await says('en')).size, 5)
  assert.ok(about.tag)
}, { own: true })

it('LEAD-10, ACT-13, OPP-14, CAMP-5.6: leads, activities and what is open equal what was made', async (run, assert) => {
  const { ann, bob, campaign, account } = await story(run)
  const quarter = await quarterNow(run)
  const ask = async (at) => (await run.admin.get(`/views/${at}`, { expect: 200 })).body
  const row = (v, key) => v.rows.find((r) => r.key === key)
  const figures = (r, names) => names.map((n) => r[n].value)
  const LEAD = ['leads', 'open', 'qualified', 'converted', 'unqualified', 'conversion']
  const people = await ask(`lead_conversion?by=person&period=${Q(quarter)}`)
  assert.deepEqual(figures(row(people, ann.id), LEAD), [4, 2, 0, 1, 1, 25])
  assert.deepEqual(figures(row(people, bob.id), LEAD), [1, 1, 1, 0, 0, 0])
  assert.deepEqual(figures(row(await ask('lead_conversion?by=campaign'), campaign.id), LEAD), [5, 3, 1, 1, 1, 20])
  // Quarters stand in their order, and their total is of what they hold.
  const quarters = await ask('lead_conversion?by=period')
  assert.deepEqual(quarters.rows.map((r) => r.key), quarters.rows.map((r) => r.key).sort())
  assert.deepEqual([quarters.rows.at(-1).key, quarters.total.leads.value], [quarter, quarters.rows.reduce((n, r) => n + r.leads.value, 0)])
  // The periods are those of the leads' making: the one before has none.
  const past = (await run.admin.get(`/fiscal_periods?where=${Q("kind = 'quarter' AND end < TODAY")}&order=${Q('start DESC')}&limit=1`)).body.records[0].key
  assert.equal(row(await ask(`lead_conversion?by=campaign&period=${Q(past)}`), campaign.id), undefined)

  const ACT = ['activities', 'calls', 'visits', 'meetings', 'notes', 'tasks', 'open']
  const mine = await ask(`activity_report?user=${ann.id}`)
  assert.deepEqual(figures(row(mine, ann.id), ACT), [6, 2, 1, 0, 1, 0, 2])
  const kinds = await ask(`activity_report?by=kind&user=${ann.id}`)
  assert.deepEqual(figures(row(kinds, 'call'), ['activities', 'done', 'open', 'overdue']), [3, 2, 1, 0])
  assert.deepEqual(figures(row(kinds, 'task'), ['activities', 'done', 'open', 'overdue']), [1, 0, 1, 1])
  assert.deepEqual(figures((await ask(`activity_report?user=${ann.id}&period=${Q(quarter)}`)).total, ['activities', 'calls', 'open']), [4, 2, 0])

  const stages = await ask(`pipeline_report?user=${ann.id}`)
  const deals = (await run.admin.get(`/opportunities?where=${Q(`account = '${account.id}' AND stage.kind = 'open'`)}&select=amount,probability`)).body.records
  assert.deepEqual(stages.rows.map((r) => [r.deals.value, r.amount.value]), [[1, 100.5], [2, 7]])
  assert.equal(stages.total.weighted.value, Math.round(deals.reduce((n, d) => n + (d.amount ?? 0) * d.probability, 0)) / 100)
  const sales = (await run.admin.get(`/pipelines?where=${Q("key = 'sales'")}`)).body.records[0].id
  for (const p of [sales, 'sales']) assert.deepEqual((await ask(`pipeline_report?user=${ann.id}&pipeline=${p}`)).total.deals.value, 3)
  assert.deepEqual((await ask(`stage_conversion?pipeline=${sales}`)).rows, (await ask('stage_conversion')).rows)
  await run.admin.get('/views/pipeline_report?pipeline=999999999', { expect: 422 })
  // Stages of one name in two pipelines are two rows, told apart by their pipeline; each opens its own deals.
  const second = await run.admin.make('pipelines', { key: 'second', label: 'Second way', position: 9 })
  const named = (await run.admin.get(`/pipeline_stages?where=${Q("pipeline = 'sales' AND kind = 'open'")}&order=position&limit=1`)).body.records[0]
  const twin = await run.admin.make('pipeline_stages', { pipeline: 'second', key: named.key, label: named.label, kind: 'open', position: 1, probability: 10 })
  for (const [pipeline, name] of [['sales', 'Twin one'], ['second', 'Twin two']]) await run.admin.make('opportunities', { name, pipeline, stage: named.key, owner: bob.id, amount: 5 })
  const twins = (await ask(`pipeline_report?user=${bob.id}`)).rows.filter((r) => [named.id, twin.id].includes(r.key))
  assert.deepEqual(twins.map((r) => [r.key, r.name.startsWith(named.label), r.name.endsWith('Second way')]), [[named.id, true, false], [twin.id, true, true]])
  for (const r of twins) assert.equal((await run.admin.get(`${r.deals.records}&count=exact`)).body.count, r.deals.value)

  // CAMP-5.6
  assert.deepEqual((await ask(`campaigns?status=planned&user=${campaign.owner.id}&where=${Q(`id = '${campaign.id}'`)}`)).rows.map((r) => [r.key, r.leads.value, r.converted.value, r.amount_won.value]), [[campaign.id, 5, 1, 1000]])
  assert.deepEqual((await ask(`campaigns?type=webinar&where=${Q(`id = '${campaign.id}'`)}`)).rows, [])
  for (const bad of ['status=x', 'type=x', 'period=x', 'user=x']) await run.admin.get(`/views/campaigns?${bad}`, { expect: 422 })
}, { own: true })

// Two real data sets on top of campaigns and leads: what the reports say is what is counted here from the files alone.
import { existsSync, readFileSync } from 'node:fs'

const folder = process.env.ZHIKE_TEST_DATA || new URL('../../../../shared/data', import.meta.url).pathname
const real = (name, file, body) => {
  if (existsSync(`${folder}/${file}`)) it(name, (run, assert) => body(run, assert, `${folder}/${file}`), { own: true })
  else console.log(`skip ${name}: no ZHIKE_TEST_DATA`)
}
const map = (name) => JSON.parse(readFileSync(new URL(`../../data/${name}.json`, import.meta.url), 'utf8'))

/** A plain reader of its own: separator, quotes, doubled quotes. */
function rows(text, separator) {
  const out = [[]]
  let cell = ''
  let quoted = false
  const end = () => (out.at(-1).push(cell), (cell = ''))
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted) {
      if (c !== '"') cell += c
      else if (text[i + 1] === '"') cell += text[++i]
      else quoted = false
    } else if (c === '"') quoted = true
    else if (c === separator) end()
    else if (c === '\n') (end(), out.push([]))
    else if (c !== '\r') cell += c
  }
  end()
  const [head, ...body] = out.filter((r) => r.length > 1)
  return body.map((r) => Object.fromEntries(head.map((h, i) => [h.replace('\ufeff', ''), r[i] ?? ''])))
}
const tally = (list, key, yes) => {
  const t = {}
  for (const r of list) {
    const k = key(r)
    t[k] ??= [0, 0]
    t[k][0]++
    t[k][1] += yes(r) ? 1 : 0
  }
  return t
}
async function bring(run, assert, entity, path, mapping, created) {
  const form = new FormData()
  form.append('file', new Blob([readFileSync(path)]), 'real.csv')
  const file = (await run.admin.call('POST', '/files', { raw: form, expect: 201 })).body
  const { job } = (await run.admin.post('/imports', { entity, file: file.id, map: mapping, create_missing: true }, { expect: 202 })).body
  let state
  do {
    await new Promise((done) => setTimeout(done, 50))
    state = (await run.admin.get(`/jobs/${job}`)).body
  } while (state.state === 'queued' || state.state === 'running')
  assert.deepEqual([state.state, state.result?.created, state.result?.rejected], ['done', created, 0], JSON.stringify(state))
}
const own = async (run, entity, name, en) => (await run.admin.post('/fields', { entity, name, type: 'text', label: { en, 'zh-CN': en } }, { expect: 201 })).body
const query = async (run, text) => (await run.admin.post('/query', { query: text }, { expect: 200 })).body.records

real('a bank’s telephone campaign: who said yes by job, by month and by how it ended before', 'bank-campaign/bank.csv', async (run, assert, path) => {
  const file = rows(readFileSync(path, 'utf8'), ';')
  await own(run, 'lead', 'x_job', 'Job')
  await own(run, 'lead', 'x_earlier', 'Earlier outcome')
  await own(run, 'campaign_member', 'x_month', 'Month')
  run.contract.read(JSON.parse((await run.admin.get('/openapi.json', { unchecked: true })).text))
  const campaign = await run.admin.make('campaigns', { name: 'Deposits', type: 'telephone', external_id: 'bank-deposit' })
  await bring(run, assert, 'lead', path, map('bank-campaign/leads'), file.length)
  await bring(run, assert, 'campaign_member', path, map('bank-campaign/members'), file.length)
  const yes = (r) => r.y === 'yes'
  for (const [by, field, column] of [['job', 'lead.x_job', 'job'], ['earlier outcome', 'lead.x_earlier', 'poutcome'], ['month', 'x_month', 'month']]) {
    const said = await query(run, `SELECT ${field}, COUNT(id) n, COUNT(responded_at) r FROM campaign_member WHERE campaign = '${campaign.id}' GROUP BY ${field}`)
    const at = (r) => field.split('.').reduce((v, k) => v[k], r)
    assert.deepEqual(Object.fromEntries(said.map((r) => [at(r), [r.n, r.r]])), tally(file, (r) => r[column], yes), by)
  }
  const seen = (await run.admin.get(`/views/campaign_figures?campaign=${campaign.id}`)).body
  const answers = file.filter(yes).length
  assert.deepEqual([seen.total.members.value, seen.total.responses.value, seen.total.leads.value], [file.length, answers, answers])
  assert.equal(seen.total.response_rate.value, Math.round((answers * 1000) / file.length) / 10)
  assert.deepEqual(seen.states.filter((s) => s.members.value).map((s) => [s.key, s.members.value]), [['responded', answers], ['declined', file.length - answers]])
})

real('an online school’s leads: how many of each source became customers', 'x-education-leads/Leads.csv', async (run, assert, path) => {
  const file = rows(readFileSync(path, 'utf8'), ',')
  await own(run, 'lead', 'x_origin', 'Origin')
  await own(run, 'lead', 'x_specialization', 'Specialization')
  run.contract.read(JSON.parse((await run.admin.get('/openapi.json', { unchecked: true })).text))
  const bySource = async () => Object.fromEntries((await run.admin.get('/views/lead_conversion?by=source')).body.rows.map((r) => [r.name ?? '', r])) // LEAD-10
  const before = await bySource()
  await bring(run, assert, 'lead', path, map('x-education-leads/leads'), file.length)
  const source = (r) => (r['Lead Source'] === 'google' ? 'Google' : r['Lead Source'])
  const after = await bySource()
  for (const [name, [leads, converted]] of Object.entries(tally(file, source, (r) => r.Converted === '1'))) {
    const [is, was] = [after[name], before[name]]
    assert.deepEqual([is.leads.value - (was?.leads.value ?? 0), is.converted.value - (was?.converted.value ?? 0)], [leads, converted], name)
    assert.equal(is.conversion.value, Math.round((is.converted.value * 1000) / is.leads.value) / 10, name)
  }
  // "Select" is what the form showed before anything was chosen: empty
  const chosen = (r) => (r.Specialization === 'Select' ? '' : r.Specialization)
  const by = await query(run, 'SELECT x_specialization, COUNT(id) n FROM lead WHERE x_origin != null GROUP BY x_specialization')
  assert.deepEqual(Object.fromEntries(by.map((r) => [r.x_specialization ?? '', r.n])), Object.fromEntries(Object.entries(tally(file, chosen, () => false)).map(([k, v]) => [k, v[0]])))
  assert.equal((await query(run, "SELECT COUNT() FROM lead WHERE city = 'Select'")).length, 0)
})

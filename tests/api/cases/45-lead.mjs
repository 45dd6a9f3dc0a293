// Leads: what src/rooms/lead/lead.md says, rule by rule.
import { createHash } from 'node:crypto'
import { signIn } from '../harness.mjs'

const convert = (run, id, body, expect = 200) => run.admin.post(`/leads/${id}/convert`, body, { expect })

it('LEAD-8: a lead becomes an account, a contact and a deal, and what hung on it goes along', async (run, assert) => {
  const lead = await run.admin.make('leads', {
    name: '周敏', company: 'Convert One GmbH', title: 'Buyer', phone: '+49 40 7654321', mobile: '13911112222', email: 'zhou@convert-one.example',
    website: 'https://convert-one.example', industry: 'energy', source: 'exhibition', budget: 120000, currency: 'USD', need: 'Two stations', status: 'qualified',
  })
  const campaign = await run.admin.make('campaigns', { name: 'Converts' })
  const member = await run.admin.make('campaign_members', { campaign: campaign.id, lead: lead.id })
  const call = await run.admin.make('activities', { kind: 'call', subject: 'First call', about: `lead/${lead.id}`, done_at: '2026-01-02T10:00:00Z' })
  const f = new FormData()
  f.append('file', new Blob(['plan']), 'plan.txt')
  f.append('about', `lead/${lead.id}`)
  await run.admin.call('POST', '/files', { raw: f, expect: 201 })

  // LEAD-8.7: the preview shows the same and changes nothing.
  const preview = (await convert(run, lead.id, { preview: true, opportunity: {} })).body
  assert.deepEqual([preview.account.id, preview.account.name, preview.contact.name, preview.opportunity.name, preview.operation], [null, 'Convert One GmbH', '周敏', 'Convert One GmbH', null])
  assert.deepEqual(preview.opportunity.fields.find((x) => x.field === 'amount'), { field: 'amount', from: 'budget', taken: true, old: null, new: 120000 })
  assert.equal((await run.admin.get(`/leads/${lead.id}`)).body.status, 'qualified')
  assert.equal((await run.admin.get("/accounts?where=name = 'Convert One GmbH'")).body.records.length, 0)

  const done = (await convert(run, lead.id, { opportunity: { close_date: '2026-12-31' } })).body
  const [account, contact, deal, after] = await Promise.all(
    [`/accounts/${done.account.id}`, `/contacts/${done.contact.id}`, `/opportunities/${done.opportunity.id}`, `/leads/${lead.id}`].map(async (p) => (await run.admin.get(p)).body))
  // LEAD-8.1, LEAD-8.2
  assert.deepEqual([account.name, account.industry, account.source, account.phone, account.website], ['Convert One GmbH', 'energy', 'exhibition', '+49 40 7654321', 'https://convert-one.example'])
  assert.deepEqual([contact.name, contact.title, contact.email, contact.account.id], ['周敏', 'Buyer', 'zhou@convert-one.example', account.id])
  assert.deepEqual([deal.amount, deal.currency, deal.description, deal.close_date, deal.account.id, deal.contact.id], [120000, 'USD', 'Two stations', '2026-12-31', account.id, contact.id])
  assert.deepEqual([after.status, after.converted_account.id, after.converted_contact.id, after.converted_opportunity.id], ['converted', account.id, contact.id, deal.id])
  assert.ok(after.converted_at)
  // LEAD-8.5
  assert.equal((await run.admin.get(`/activities/${call.id}`)).body.about.id, contact.id)
  assert.equal((await run.admin.get(`/contacts/${contact.id}/files`)).body.files.length, 1)
  const moved = (await run.admin.get(`/campaign_members/${member.id}`)).body
  assert.deepEqual([moved.lead, moved.contact.id], [null, contact.id])

  // LEAD-8.6
  assert.equal((await convert(run, lead.id, {}, 409)).body.code, 'lead_converted')
  assert.equal((await convert(run, lead.id, { preview: true }, 409)).body.code, 'lead_converted')

  // LEAD-8.8
  const undone = (await run.admin.post(`/operations/${done.operation}/undo`, undefined, { expect: 200 })).body
  assert.equal(undone.skipped, 0, JSON.stringify(undone))
  const back = (await run.admin.get(`/leads/${lead.id}`)).body
  assert.deepEqual([back.status, back.converted_account, back.converted_at], ['qualified', null, null])
  await run.admin.call('GET', `/accounts/${account.id}`, { expect: 404 })
  assert.equal((await run.admin.get(`/activities/${call.id}`)).body.about.id, lead.id)
  assert.equal((await run.admin.get(`/leads/${lead.id}/files`)).body.files.length, 1)
  assert.equal((await run.admin.get(`/campaign_members/${member.id}`)).body.lead.id, lead.id)
  await convert(run, lead.id, {})
}, { own: true })

it('LEAD-8.4: into what is there already: only what is empty, unless told to overwrite', async (run, assert) => {
  const account = await run.admin.make('accounts', { name: 'Fill AG', phone: '+49 40 1111111' })
  const contact = await run.admin.make('contacts', { name: 'Fill Person', email: 'old@fill.example', account: account.id })
  const make = () => run.admin.make('leads', { name: 'New Name', company: 'Fill AG', phone: '+49 40 2222222', email: 'new@fill.example', industry: 'retail', mobile: '13933334444' })
  const lead = await make()
  const preview = (await convert(run, lead.id, { preview: true, account: account.id, contact: contact.id })).body
  assert.ok(preview.duplicates.some((d) => d.entity === 'account' && d.id === account.id && d.reasons.includes('company')))
  const phone = preview.account.fields.find((x) => x.field === 'phone')
  assert.deepEqual([phone.taken, phone.old, phone.new], [false, '+49 40 1111111', '+49 40 2222222'])
  const done = (await convert(run, lead.id, { account: account.id, contact: { id: contact.id, title: 'CTO' }, opportunity: null })).body
  assert.equal(done.opportunity, null)
  const a = (await run.admin.get(`/accounts/${account.id}`)).body
  const c = (await run.admin.get(`/contacts/${contact.id}`)).body
  assert.deepEqual([a.phone, a.industry, c.name, c.email, c.mobile, c.title], ['+49 40 1111111', 'retail', 'Fill Person', 'old@fill.example', '13933334444', 'CTO'])
  const second = await make()
  await convert(run, second.id, { account: account.id, contact: contact.id, overwrite: true })
  const b = (await run.admin.get(`/accounts/${account.id}`)).body
  assert.deepEqual([b.phone, (await run.admin.get(`/contacts/${contact.id}`)).body.email], ['+49 40 2222222', 'new@fill.example'])
}, { own: true })

it('LEAD-8: what cannot be converted is said field by field, and nothing is half done', async (run, assert) => {
  const lead = await run.admin.make('leads', { name: 'Bad Convert', company: 'Bad Convert Ltd' })
  const bad = (await convert(run, lead.id, { contact: { email: 'no address' } }, 422)).body
  assert.deepEqual(bad.errors.map((e) => e.field), ['contact.email'])
  assert.equal((await run.admin.get("/accounts?where=name = 'Bad Convert Ltd'")).body.records.length, 0)
  await convert(run, lead.id, { account: null, contact: null }, 422)
  await convert(run, lead.id, { account: '999999999' }, 422)
  await convert(run, lead.id, { account: 7 }, 422)
  await convert(run, lead.id, { sideways: true }, 422)
  await convert(run, lead.id, { overwrite: 'yes' }, 422)
  assert.equal((await run.admin.get(`/leads/${lead.id}`)).body.status, 'new')
})

it('LEAD-8.6: two at once: one converts, the other is told', async (run, assert) => {
  for (let i = 0; i < 3; i++) {
    const lead = await run.admin.make('leads', { name: `Race ${i}`, company: `Race ${i} Ltd` })
    const replies = await Promise.all([1, 2, 3, 4].map(() => run.admin.post(`/leads/${lead.id}/convert`, { opportunity: {} })))
    assert.deepEqual(replies.map((r) => r.status).sort(), [200, 409, 409, 409])
    assert.equal((await run.admin.get(`/accounts?where=name = 'Race ${i} Ltd'`)).body.records.length, 1)
  }
}, { own: true })

// ---- LEAD-3, LEAD-4 ----

const bits = (digest) => { let n = 0; for (const b of digest) { if (b === 0) { n += 8; continue } return n + Math.clz32(b) - 24 } return n }
/** A challenge and its solution. */
async function solve(run, key) {
  const challenge = (await run.anyone.call('GET', `/forms/${key}/challenge`, { root: true, expect: 200 })).body
  for (let nonce = 0; ; nonce++)
    if (bits(createHash('sha256').update(`${challenge.salt}:${nonce}`).digest()) >= challenge.difficulty) return { ...challenge, nonce: `${nonce}` }
}
const send = (run, key, body, options = {}) => run.anyone.call('POST', `/forms/${key}`, { root: true, body, ...options })
const attempts = async (run, form) => (await run.admin.get(`/form_attempts?where=form = '${form.id}'&order=id`)).body.records

it('LEAD-3: a visitor fills in a form: a lead with source and campaign, an answer to the campaign, thanks', async (run, assert) => {
  const campaign = await run.admin.make('campaigns', { name: 'Form campaign' })
  const form = await run.admin.make('web_forms', {
    name: 'Fair', key: 'fair-26', language: 'zh-CN', title: '预约演示 <b>', thanks: '谢谢！', campaign: campaign.id, source: 'exhibition', difficulty: 8,
    fields: [{ field: 'name', label: '您的姓名', required: true }, { field: 'email', required: true }, { field: 'mobile' }, { field: 'industry' }, { field: 'need' }],
  })
  const seen = (await run.anyone.call('GET', '/forms/fair-26', { root: true, expect: 200 })).body
  assert.deepEqual(seen.fields.map((f) => [f.name, f.label, f.type, f.required]), [['name', '您的姓名', 'text', true], ['email', '电子邮箱', 'email', true], ['mobile', '手机', 'phone', false], ['industry', '行业', 'choice', false], ['need', '需求', 'long_text', false]].map((x, i) => i === 1 ? [x[0], seen.fields[1].label, x[2], x[3]] : i > 1 ? [x[0], seen.fields[i].label, x[2], x[3]] : x))
  assert.ok(seen.fields[3].choices.some((c) => c.key === 'energy'))
  const page = await run.anyone.call('GET', '/forms/fair-26', { root: true, expect: 200, headers: { accept: 'text/html' }, unchecked: true })
  assert.equal(page.type, 'text/html')
  assert.ok(page.text.includes('预约演示 &lt;b&gt;') && page.text.includes('data-form="fair-26"') && !/<script>/.test(page.text))
  await run.anyone.call('GET', '/forms/nothing', { root: true, expect: 404 })
  await run.anyone.call('GET', '/forms/fair-26/other', { root: true, expect: 404 })

  const done = await send(run, 'fair-26', { values: { name: '陈访客', email: 'visitor@form.example', industry: 'energy', need: '想看演示' }, challenge: await solve(run, 'fair-26') }, { expect: 201 })
  assert.deepEqual(done.body, { thanks: '谢谢！' })
  const lead = (await run.admin.get("/leads?where=email = 'visitor@form.example'")).body.records[0]
  assert.deepEqual([lead.name, lead.source, lead.industry, lead.campaign.id, lead.form.id, lead.owner], ['陈访客', 'exhibition', 'energy', campaign.id, form.id, null])
  const member = (await run.admin.get(`/campaign_members?where=campaign = '${campaign.id}'`)).body.records[0]
  assert.deepEqual([member.lead.id, member.status], [lead.id, 'responded']) // LEAD-3.9, CAMP-4.1
  assert.ok(member.responded_at)
  const log = await attempts(run, form)
  assert.deepEqual([log.length, log[0].outcome, log[0].lead.id], [1, 'lead', lead.id])
  assert.ok(log[0].address)
}, { own: true })

it('LEAD-2.1: attempts are nobody’s: read by who reads all of them, what was sent by who may see every field of a lead', async (run, assert) => {
  const mark = `fa${Date.now().toString(36)}`
  const form = await run.admin.make('web_forms', { name: `Log ${mark}`, difficulty: 8, language: 'en', fields: [{ field: 'name', required: true }, { field: 'mobile' }] })
  await send(run, form.key, { values: { name: `Visitor ${mark}`, mobile: '13955556666' }, challenge: await solve(run, form.key) }, { expect: 201 })
  const role = await run.admin.make('roles', { name: `Role ${mark}`, key: `role_${mark}` })
  const row = await run.admin.make('role_rights', { role: role.id, entity: '*', read: 'own' })
  const user = await run.admin.make('users', { name: `Person ${mark}`, login: mark, state: 'active', role: role.key })
  await run.admin.post(`/users/${user.id}/password`, { password: 'first password' }, { expect: 204 })
  const { client } = await signIn(run, mark, 'first password')
  const seen = async () => (await client.get(`/form_attempts?where=form = '${form.id}'`)).body.records
  assert.deepEqual(await seen(), [])
  await run.admin.patch(`/role_rights/${row.id}`, { read: 'all' }, { expect: 200 })
  assert.equal((await seen())[0].values.mobile, '13955556666')
  const masked = await run.admin.make('role_fields', { role: role.id, entity: 'lead', field: 'mobile', access: 'masked' })
  run.contract.read((await run.admin.get('/openapi.json', { unchecked: true })).body)
  assert.ok(!('values' in (await seen())[0]))
  await run.admin.del(`/role_fields/${masked.id}`, { expect: 204 })
  run.contract.read((await run.admin.get('/openapi.json', { unchecked: true })).body)
  // written by the program alone
  assert.ok([404, 405].includes((await run.admin.call('POST', '/form_attempts', { body: { outcome: 'lead' }, unchecked: true })).status))
}, { own: true })

it('LEAD-3.8: whoever is known by telephone or e-mail becomes an inquiry, never a second record, never silence', async (run, assert) => {
  const form = await run.admin.make('web_forms', { name: 'Known', difficulty: 8, language: 'en' })
  const contact = await run.admin.make('contacts', { name: 'Known Person', mobile: '+86 139 0000 1234' })
  await send(run, form.key, { values: { name: 'Somebody', email: 'x@y.example', mobile: '13900001234', need: 'A price' }, challenge: await solve(run, form.key) }, { expect: 201 })
  assert.equal((await run.admin.get("/leads?where=email = 'x@y.example'")).body.records.length, 0)
  const tasks = (await run.admin.get(`/activities?where=about = 'contact/${contact.id}'`)).body.records
  assert.equal(tasks.length, 1)
  assert.match(tasks[0].description, /A price/)
  assert.deepEqual([tasks[0].kind, tasks[0].owner.id, tasks[0].done_at], ['task', contact.owner.id, null])
  const twice = { name: 'Twice', email: 'twice@form.example' }
  for (let i = 0; i < 2; i++) await send(run, form.key, { values: twice, challenge: await solve(run, form.key) }, { expect: 201 })
  const leads = (await run.admin.get("/leads?where=email = 'twice@form.example'")).body.records
  assert.equal(leads.length, 1)
  assert.equal((await run.admin.get(`/activities?where=about = 'lead/${leads[0].id}'`)).body.records.length, 1)
  assert.deepEqual((await attempts(run, form)).map((a) => a.outcome), ['inquiry', 'lead', 'inquiry'])
}, { own: true })

it('LEAD-3.3, LEAD-3.4, LEAD-3.5, LEAD-2.1: what is refused is said in the form’s language, and kept with why', async (run, assert) => {
  const form = await run.admin.make('web_forms', { name: 'Refusing', difficulty: 8, language: 'zh-CN', per_hour: 12, origins: 'https://good.example\n' })
  const key = form.key
  const values = { name: 'R', email: 'r@form.example' }
  const good = await solve(run, key)
  const say = async (body, field, options) => {
    const r = await send(run, key, body, { expect: 422, ...options })
    assert.equal(r.body.errors[0].field, field)
    assert.match(r.body.errors[0].message, /[一-鿿]/)
  }
  await say({ values }, 'challenge')
  await say({ values, challenge: { ...good, signature: '0'.repeat(64) } }, 'challenge')
  await say({ values, challenge: { ...good, difficulty: 0 } }, 'challenge')
  await say({ values, challenge: { ...good, expires: '2020-01-01T00:00:00Z' } }, 'challenge')
  await say({ values, challenge: { ...good, nonce: 'x' } }, 'challenge')
  await say({ values, challenge: good, trap: 'http://spam.example' }, 'trap')
  await say({ values: { name: 'R', email: 'no address' }, challenge: good }, 'email')
  await say({ values: { name: 'R' }, challenge: await solve(run, key) }, 'email')
  await say({ values: { ...values, status: 'qualified' }, challenge: await solve(run, key) }, 'status')
  await say({ values, challenge: good }, 'challenge') // used once already
  const bad = await send(run, key, { values, challenge: await solve(run, key) }, { expect: 403, headers: { origin: 'https://bad.example' } })
  assert.equal(bad.headers.get('access-control-allow-origin'), null)
  const fine = await send(run, key, { values, challenge: await solve(run, key) }, { expect: 201, headers: { origin: 'https://good.example' } })
  assert.equal(fine.headers.get('access-control-allow-origin'), 'https://good.example')
  const asked = await run.anyone.call('OPTIONS', `/forms/${key}`, { root: true, expect: 204 })
  assert.match(asked.headers.get('access-control-allow-headers'), /content-type/)
  await run.anyone.call('GET', `/forms/${key}`, { root: true, expect: 403, headers: { origin: 'https://bad.example' } })
  // LEAD-3.6: the thirteenth of the hour
  for (let i = 0; i < 8; i++) assert.ok(Number((await send(run, key, { values }, { expect: 429 })).headers.get('retry-after')) > 60)
  const log = await attempts(run, form)
  assert.deepEqual(log.map((a) => a.outcome), ['challenge', 'challenge', 'challenge', 'challenge', 'challenge', 'trap', 'invalid', 'invalid', 'invalid', 'challenge', 'origin', 'lead', 'rate', 'rate', 'rate', 'rate', 'rate'])
  for (const a of log) assert.ok(a.why || a.outcome === 'lead')
  await run.admin.patch(`/web_forms/${form.id}`, { active: false, per_hour: 1000 }, { expect: 200 })
  await run.anyone.call('GET', `/forms/${key}`, { root: true, expect: 404 })
  await send(run, key, { values }, { expect: 404 })
  await send(run, key, undefined, { expect: 415 })
  await send(run, key, undefined, { raw: '{', headers: { 'content-type': 'application/json' }, expect: 400 })
  await send(run, key, undefined, { raw: `{"values":{"name":"${'x'.repeat(70000)}"}}`, headers: { 'content-type': 'application/json' }, expect: 413 })
}, { own: true })

it('LEAD-3.1, LEAD-3.2: a form asks only for what a stranger may say, and has a key of its own', async (run, assert) => {
  for (const fields of [[], [{ field: 'owner' }], [{ field: 'status' }], [{ field: 'nothing' }], {}, [7]])
    await run.admin.post('/web_forms', { name: 'Bad', fields }, { expect: 422 })
  await run.admin.post('/web_forms', { name: 'Bad', key: 'a/b' }, { expect: 422 })
  const form = await run.admin.make('web_forms', { name: 'No key' })
  assert.match(form.key, /^[\w-]{8,}$/)
  assert.ok(form.fields.length > 2)
  await run.admin.post('/web_forms', { name: 'Same', key: form.key }, { expect: 409 })
}, { own: true })

it('LEAD-4.2, LEAD-4.3, LEAD-4.6: ordered rules: the first that fits and has somebody; in turn, least busy, queue; absent people are left out', async (run, assert) => {
  const tag = run.fresh()
  const team = await run.admin.make('teams', { name: `Rules ${tag}` })
  const people = []
  for (const state of ['active', 'active', 'absent', 'disabled'])
    people.push(await run.admin.make('users', { name: `Rule ${tag} ${people.length}`, login: `rule-${tag}-${people.length}`, state, team: team.id }))
  const made = []
  const rule = async (body) => made.push(await run.admin.make('assignment_rules', body))
  await rule({ name: 'Absent first', position: 1, condition: "industry = 'energy'", way: 'person', person: people[2].id })
  await rule({ name: 'In turn', position: 2, condition: "industry = 'energy'", way: 'round_robin', team: team.id })
  await rule({ name: 'Least busy', position: 3, condition: "industry = 'retail'", way: 'least_busy', team: team.id })
  await rule({ name: 'Queue', position: 4, condition: "industry = 'food'", way: 'team', team: team.id })
  await rule({ name: 'Off', position: 0, active: false, way: 'team', team: team.id })
  const lead = (more) => run.admin.make('leads', { name: 'To assign', owner: null, ...more })
  const energy = []
  for (let i = 0; i < 3; i++) energy.push(await lead({ industry: 'energy' }))
  assert.deepEqual(energy.map((l) => l.owner.id), [people[0].id, people[1].id, people[0].id])
  assert.deepEqual([energy[0].assigned_by.name, energy[0].team.id], ['In turn', team.id])
  assert.equal((await lead({ industry: 'retail' })).owner.id, people[1].id, 'one lead against two')
  const queued = await lead({ industry: 'food' })
  assert.deepEqual([queued.owner, queued.team.id, queued.assigned_by.name], [null, team.id, 'Queue'])
  const none = await lead({ industry: 'media' })
  assert.deepEqual([none.owner, none.assigned_by], [null, null])
  assert.equal((await run.admin.make('leads', { name: 'Mine', industry: 'energy' })).assigned_by, null, 'who has an owner keeps it')
  // LEAD-4.4: by hand
  assert.deepEqual((await run.admin.post(`/leads/${none.id}/assign_by_rules`, undefined, { expect: 200 })).body, { rule: null, owner: null, team: null })
  await run.admin.patch(`/leads/${none.id}`, { industry: 'energy' }, { expect: 200 })
  assert.deepEqual((await run.admin.post(`/leads/${none.id}/assign_by_rules`, undefined, { expect: 200 })).body, { rule: 'In turn', owner: people[1].name, team: team.name })
  const changes = (await run.admin.get(`/leads/${none.id}/history`)).body.changes
  assert.ok(changes.some((c) => c.fields.assigned_by?.new?.name === 'In turn'), 'the history says which rule')
  // LEAD-4.1
  for (const bad of [{ way: 'person' }, { way: 'team' }, { way: 'person', person: people[0].id, condition: 'colour = red' }])
    await run.admin.post('/assignment_rules', { name: 'Bad', ...bad }, { expect: 422 })
  for (const r of made) await run.admin.patch(`/assignment_rules/${r.id}`, { active: false }, { expect: 200 })
}, { own: true })

it('LEAD-4.5: whoever a form’s lead goes to is told', async (run, assert) => {
  const tag = run.fresh()
  const u = await run.admin.make('users', { name: `Told ${tag}`, login: `told-${tag}`, state: 'active' })
  await run.admin.post(`/users/${u.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  const { client } = await signIn(run, `told-${tag}`, 'first password')
  const form = await run.admin.make('web_forms', { name: 'Telling', difficulty: 8, language: 'en' })
  const rule = await run.admin.make('assignment_rules', { name: 'All to one', way: 'person', person: u.id })
  await send(run, form.key, { values: { name: 'New', email: `told-${tag}@form.example` }, challenge: await solve(run, form.key) }, { expect: 201 })
  const told = (await client.get('/notices')).body.notices
  assert.deepEqual(told.map((n) => [n.kind, n.about.name]), [['assign', 'New']])
  await run.admin.patch(`/assignment_rules/${rule.id}`, { active: false }, { expect: 200 })
}, { own: true })

it('LEAD-5: two leads become one: members, activities and files come along; nobody is in a campaign twice; one undo', async (run, assert) => {
  const tag = run.fresh()
  const into = await run.admin.make('leads', { name: `Merge ${tag}`, mobile: '13812340001' })
  const other = await run.admin.make('leads', { name: `Merge ${tag} again`, mobile: '+86 138 1234 0001', email: `merge-${tag}@x.example`, company: '华兴机电有限公司' })
  // found while typing, by what a telephone number is and by what a firm is called
  const like = async (record) => (await run.admin.post('/duplicates', { entity: 'lead', record }, { expect: 200 })).body.duplicates
  assert.deepEqual((await like({ name: 'x', phone: '0086 138-1234-0001' })).map((d) => d.id).filter((id) => [into.id, other.id].includes(id)).sort(), [into.id, other.id].sort())
  assert.ok((await like({ company: '华兴机电' })).some((d) => d.id === other.id && d.reasons[0].kind === 'company'))
  assert.ok((await like({ email: `MERGE-${tag}@x.example` })).some((d) => d.id === other.id))
  // and on saving: the record itself is not its own duplicate
  assert.deepEqual((await run.admin.post('/duplicates', { entity: 'lead', id: into.id }, { expect: 200 })).body.duplicates.map((d) => d.id), [other.id])

  const [shared, own] = [await run.admin.make('campaigns', { name: `Shared ${tag}` }), await run.admin.make('campaigns', { name: `Own ${tag}` })]
  const kept = await run.admin.make('campaign_members', { campaign: shared.id, lead: into.id })
  const twin = await run.admin.make('campaign_members', { campaign: shared.id, lead: other.id, status: 'responded' })
  const moved = await run.admin.make('campaign_members', { campaign: own.id, lead: other.id, status: 'sent' })
  const call = await run.admin.make('activities', { kind: 'call', subject: 'Before', about: `lead/${other.id}`, done_at: '2026-01-02T10:00:00Z' })
  const f = new FormData()
  f.append('file', new Blob(['plan']), 'plan.txt')
  f.append('about', `lead/${other.id}`)
  await run.admin.call('POST', '/files', { raw: f, expect: 201 })

  const done = (await run.admin.post(`/leads/${into.id}/merge`, { with: [other.id], choose: { name: other.id } }, { expect: 200 })).body
  assert.deepEqual([done.record.name, done.record.email, done.record.company, done.record.mobile], [other.name, other.email, other.company, '13812340001'])
  assert.equal((await run.admin.get(`/activities/${call.id}`)).body.about.id, into.id)
  assert.equal((await run.admin.get(`/leads/${into.id}/files`)).body.files.length, 1)
  const members = async () => (await run.admin.get(`/campaign_members?where=lead = '${into.id}'&order=id`)).body.records.map((m) => [m.id, m.campaign.id, m.status])
  assert.deepEqual(await members(), [[kept.id, shared.id, 'responded'], [moved.id, own.id, 'sent']])
  const answered = (await run.admin.get(`/campaign_members/${kept.id}`)).body
  assert.equal(answered.responded_at, twin.responded_at, 'the answer is kept')

  assert.equal((await run.admin.post(`/operations/${done.operation}/undo`, undefined, { expect: 200 })).body.skipped, 0)
  assert.deepEqual(await members(), [[kept.id, shared.id, 'planned']])
  assert.deepEqual((await run.admin.get(`/campaign_members?where=lead = '${other.id}'&order=id`)).body.records.map((m) => [m.id, m.status]), [[twin.id, 'responded'], [moved.id, 'sent']])
  assert.equal((await run.admin.get(`/activities/${call.id}`)).body.about.id, other.id)
  assert.equal((await run.admin.get(`/leads/${other.id}/files`)).body.files.length, 1)
}, { own: true })

it('LEAD-6, ACT-9: last and next contact follow what is planned and done; the lists show whom nobody speaks to', async (run, assert) => {
  const lead = await run.admin.make('leads', { name: 'Followed', next_contact_at: '2030-01-01T08:00:00Z' })
  const seen = async () => { const l = (await run.admin.get(`/leads/${lead.id}`)).body; return [l.last_contact_at, l.next_contact_at] }
  const plan = (kind, due_at, more) => run.admin.make('activities', { kind, subject: kind, about: `lead/${lead.id}`, due_at, ...more })
  assert.deepEqual(await seen(), [null, '2030-01-01T08:00:00Z'])
  const later = await plan('meeting', '2031-05-05T08:00:00Z')
  const sooner = await plan('call', '2030-06-01T08:00:00Z')
  assert.deepEqual(await seen(), [null, '2030-06-01T08:00:00Z'])
  await run.admin.patch(`/activities/${sooner.id}`, { done_at: '2026-01-05T08:00:00Z' }, { expect: 200 })
  assert.deepEqual(await seen(), ['2026-01-05T08:00:00Z', '2031-05-05T08:00:00Z'])
  await run.admin.patch(`/activities/${later.id}`, { due_at: '2031-06-06T08:00:00Z' }, { expect: 200 })
  assert.deepEqual(await seen(), ['2026-01-05T08:00:00Z', '2031-06-06T08:00:00Z'])
  await run.admin.del(`/activities/${later.id}`)
  assert.deepEqual(await seen(), ['2026-01-05T08:00:00Z', null])
  await run.admin.post(`/activities/${later.id}/restore`, undefined, { expect: 200 })
  assert.equal((await seen())[1], '2031-06-06T08:00:00Z')
  const other = await run.admin.make('leads', { name: 'Other' })
  await run.admin.patch(`/activities/${later.id}`, { about: `lead/${other.id}` }, { expect: 200 })
  assert.equal((await seen())[1], null)
  assert.equal((await run.admin.get(`/leads/${other.id}`)).body.next_contact_at, '2031-06-06T08:00:00Z')
  // a date of one's own goes when somebody has spoken to them since
  await run.admin.patch(`/leads/${lead.id}`, { next_contact_at: '2026-01-10T08:00:00Z' }, { expect: 200 })
  await run.admin.make('activities', { kind: 'note', subject: 'n', about: `lead/${lead.id}`, done_at: '2026-01-09T08:00:00Z' })
  assert.deepEqual(await seen(), ['2026-01-09T08:00:00Z', '2026-01-10T08:00:00Z'])
  await run.admin.make('activities', { kind: 'call', subject: 'c', about: `lead/${lead.id}`, done_at: '2026-01-11T08:00:00Z' })
  assert.deepEqual(await seen(), ['2026-01-11T08:00:00Z', null])
  assert.equal((await run.admin.get(`/leads/${lead.id}`)).body.came_by, 'entered') // LEAD-2.2
  const silent = (await run.admin.get('/meta')).body.entities.find((e) => e.name === 'lead').views.find((l) => l.name === 'silent')
  assert.ok(silent, 'the list is offered')
  await run.admin.get(`/leads?where=${encodeURIComponent(silent.where)}&order=${encodeURIComponent(silent.order)}`)
}, { own: true })

it('LEAD-10: what became of leads: each number opens its records', async (run, assert) => {
  const tag = run.fresh()
  const made = []
  for (const status of ['new', 'qualified', 'unqualified', 'unqualified'])
    made.push(await run.admin.make('leads', { name: `Conv ${tag}`, region: `R ${tag}`, status }))
  await convert(run, made[0].id, {})
  const row = async (q) => (await run.admin.get(`/views/lead_conversion?${q}`)).body.rows.find((r) => r.name === `R ${tag}`)
  const r = await row('by=region')
  assert.deepEqual(['leads', 'open', 'qualified', 'converted', 'unqualified', 'conversion'].map((k) => r[k].value), [4, 1, 1, 1, 2, 25])
  for (const k of ['leads', 'open', 'qualified', 'converted', 'unqualified'])
    assert.equal((await run.admin.get(`${r[k].records}&count=exact`)).body.count, r[k].value, k)
  const now = (await run.admin.get("/fiscal_periods?where=kind = 'quarter' AND start <= TODAY AND end >= TODAY")).body.records[0].key
  assert.equal((await row(`by=region&period=${now}`)).leads.value, 4)
  for (const by of ['source', 'campaign', 'industry', 'person', 'rating', 'came_by', 'form', 'reason', 'period', '']) await run.admin.get(`/views/lead_conversion?by=${by}`)
  await run.admin.get('/views/lead_conversion?by=name', { expect: 422 })
  await run.admin.get('/views/lead_conversion?period=FY1', { expect: 422 })
}, { own: true })

it('LEAD-3.7, LEAD-3.10, LEAD-8.3: a lead without a name is called by what there is; what the other list does not have stays with the lead', async (run, assert) => {
  const team = await run.admin.make('teams', { name: 'Form team' })
  const form = await run.admin.make('web_forms', { name: 'Nameless', difficulty: 8, language: 'en', team: team.id, fields: [{ field: 'email', required: true }, { field: 'company' }] })
  await send(run, form.key, { values: { email: 'nameless@form.example' }, challenge: await solve(run, form.key) }, { expect: 201 })
  await send(run, form.key, { values: { email: 'other@form.example', company: 'Nameless GmbH' }, challenge: await solve(run, form.key) }, { expect: 201 })
  const made = (await run.admin.get("/leads?where=email IN ('nameless@form.example','other@form.example')&order=id")).body.records
  assert.deepEqual(made.map((l) => [l.name, l.team?.id]), [['nameless@form.example', team.id], ['Nameless GmbH', team.id]])
  const there = (await run.admin.get('/choices?entity=lead&field=industry')).body.choices.map((c) => ({ key: c.key, label: c.label, color: c.color }))
  await run.admin.call('PUT', '/choices', { body: { entity: 'lead', field: 'industry', choices: [...there, { label: { en: 'Space flight', 'zh-CN': '航天' } }] }, expect: 200 })
  const key = (await run.admin.get('/choices?entity=lead&field=industry')).body.choices.at(-1).key
  const lead = await run.admin.make('leads', { name: 'Orbit', company: 'Orbit AG', industry: key, source: 'web' })
  const done = (await convert(run, lead.id, {})).body
  const account = (await run.admin.get(`/accounts/${done.account.id}`)).body
  assert.deepEqual([account.name, account.industry, account.source], ['Orbit AG', null, 'web'])
  assert.equal((await run.admin.get(`/leads/${lead.id}`)).body.industry, key)
}, { own: true })

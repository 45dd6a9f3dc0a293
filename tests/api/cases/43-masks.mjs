// What is shown of what one may not see: masked fields, looking at them, references to hidden records, and the duplicate that
// is there but not for you (src/permit/permit.md, PERMIT-17 … PERMIT-19).
import { Client, signIn } from '../harness.mjs'

const q = encodeURIComponent
const renew = async (run) => run.contract.read((await run.admin.get('/openapi.json', { unchecked: true })).body)
let serial = 0

/** Two people: `me` with a role of their own, which reads what is theirs, and `other`. */
async function build(run) {
  const mark = `m${Date.now().toString(36)}${serial++}`
  const a = run.admin
  const role = await a.make('roles', { name: `Masks ${mark}`, key: `masks_${mark}` })
  const reach = (read) => Object.fromEntries(['read', 'create', 'update', 'delete', 'export', 'import', 'bulk', 'assign', 'share', 'merge', 'convert'].map((v) => [v, read]))
  const right = await a.make('role_rights', { role: role.id, entity: '*', ...reach('own') })
  const person = async (name, more) => (await a.make('users', { name: `${name} ${mark}`, login: `${name}-${mark}`, state: 'active', ...more })).id
  const me = await person('me', { role: role.key })
  const other = await person('other', {})
  await a.post(`/users/${me}/password`, { password: 'first password' }, { expect: 204 })
  const { client } = await signIn(run, `me-${mark}`, 'first password')
  const field = async (entity, name, access) => {
    const made = await a.make('role_fields', { role: role.id, entity, field: name, access })
    await renew(run)
    return made
  }
  return { mark, a, role, right, me, other, client, field, otherName: `other ${mark}` }
}

const PHONE = '13812348000'
const EMAIL = 'zhang.wei@example.com'

it('masks: a masked value is shown with its middle masked on every way, and nothing is asked of it', async (run, assert) => {
  const h = await build(run)
  const account = await h.a.make('accounts', { name: `Firm ${h.mark}`, phone: PHONE, tax_number: null, city: '上海浦东', owner: h.me })
  const contact = await h.a.make('contacts', { name: `Zhang ${h.mark}`, email: EMAIL, account: account.id, owner: h.me })
  await h.a.patch(`/accounts/${account.id}`, { phone: '010-66668888' }, { expect: 200 })
  await h.a.patch(`/accounts/${account.id}`, { phone: PHONE }, { expect: 200 })
  const rows = [await h.field('account', 'phone', 'masked'), await h.field('contact', 'email', 'masked'), await h.field('account', 'city', 'sealed')]
  const clear = [PHONE, '1234', EMAIL, 'hang.wei', '上海浦东', '66668888']
  const bare = (text, way) => { for (const value of clear) assert.ok(!text.includes(value), `${way} shows ${value}`) }
  const get = async (path) => {
    const reply = await h.client.get(path)
    bare(reply.text, path)
    return reply.body
  }
  const masked = { phone: '138****8000', city: '上***东' }
  const look = (r) => ({ phone: r.phone, city: r.city })
  assert.deepEqual(look(await get(`/accounts/${account.id}`)), masked)
  assert.equal((await get(`/contacts/${contact.id}`)).email, 'z***@example.com')
  assert.deepEqual(look((await get(`/accounts?where=${q(`id = '${account.id}'`)}`)).records[0]), masked)
  assert.deepEqual(look((await get(`/accounts?select=phone,city&where=${q(`id = '${account.id}'`)}`)).records[0]), masked)
  assert.equal((await get(`/contacts?select=account.phone&where=${q(`id = '${contact.id}'`)}`)).records[0].account.phone, '138****8000')
  assert.equal((await get(`/accounts/${account.id}/contacts`)).records[0].email, 'z***@example.com')
  const query = async (text) => (await h.client.post('/query', { query: text }, { expect: 200 }))
  bare((await query(`SELECT phone p, city FROM account WHERE id = '${account.id}'`)).text, 'query')
  // history and timeline
  const history = (await get(`/accounts/${account.id}/history`)).changes.filter((c) => c.fields.phone)
  assert.deepEqual(history.map((c) => [c.fields.phone.old, c.fields.phone.new]), [['010****8888', '138****8000'], ['138****8000', '010****8888'], [null, '138****8000']])
  await get(`/accounts/${account.id}/timeline`)
  // a list by the name of the column, a page of it, the export
  const job = (await h.client.post('/exports', { entity: 'account', where: `id = '${account.id}'`, select: 'name,phone,city,contacts' .split(',').slice(0, 3).join(','), format: 'csv' }, { expect: 202 })).body.job
  let done
  do done = (await h.client.get(`/jobs/${job}`)).body
  while (done.state === 'queued' || done.state === 'running')
  assert.equal(done.state, 'done')
  const csv = (await h.client.call('GET', `/files/${done.result.file}`, { unchecked: true })).text
  assert.ok(csv.includes('138****8000') && csv.includes('上***东'), csv)
  bare(csv, 'export')

  // nothing is asked of it: neither a condition nor an order, group, sum, semi-join, or a path through it
  for (const where of [`phone = '${PHONE}'`, "phone LIKE '138%'", 'phone != null', `NOT phone = '1'`, `phone IN ('${PHONE}')`, `id IN (SELECT account FROM contact WHERE account.phone = '${PHONE}')`])
    await h.client.call('GET', `/accounts?where=${q(where)}`, { expect: 400 })
  await h.client.call('GET', `/contacts?where=${q(`account.phone = '${PHONE}'`)}`, { expect: 400 })
  for (const order of ['phone', 'city DESC']) await h.client.call('GET', `/accounts?order=${q(order)}`, { expect: 400 })
  for (const text of ['SELECT phone, COUNT(id) n FROM account GROUP BY phone', 'SELECT COUNT_DISTINCT(phone) n FROM account', 'SELECT COUNT(phone) n FROM account', 'SELECT phone p FROM account ORDER BY p', 'SELECT COUNT(id) n FROM account HAVING COUNT(phone) > 1'])
    await h.client.post('/query', { query: text }, { expect: 400 })
  // search finds it neither by the whole number nor by its beginning, and still by what may be read
  for (const text of [PHONE, '1381234', EMAIL, 'zhang.wei', '上海浦东']) {
    const hits = (await get(`/search?q=${q(text)}`)).hits.map((x) => x.id)
    assert.ok(!hits.includes(account.id) && !hits.includes(contact.id), `found by ${text}`)
  }
  assert.ok((await get(`/search?q=${q(`Firm ${h.mark}`)}`)).hits.some((x) => x.id === account.id))
  assert.ok((await h.a.get(`/search?q=${PHONE}`)).body.hits.some((x) => x.id === account.id))
  // nor the duplicate check: not by the number typed elsewhere, not by the record's own
  const lead = await h.a.make('leads', { name: `Lead ${h.mark}`, company: `Other ${h.mark}`, phone: PHONE, owner: h.me })
  const like = async (body) => (await h.client.post('/duplicates', body, { expect: 200 })).body.duplicates
  assert.deepEqual((await like({ entity: 'lead', record: { name: 'x', phone: PHONE } })).filter((d) => d.id === account.id), [])
  assert.deepEqual((await like({ entity: 'account', id: account.id })).filter((d) => d.id === lead.id), [])
  // nor does what a conversion would do show it
  const phones = await h.field('lead', 'phone', 'sealed')
  const preview = await h.client.post(`/leads/${lead.id}/convert`, { contact: {}, account: {}, preview: true }, { expect: 200 })
  bare(preview.text, 'the preview of a conversion')
  assert.ok(preview.text.includes('138****8000'))
  await h.a.del(`/role_fields/${phones.id}`, { expect: 204 })
  // it is not written: not its mask, not another value; the rest of a record is
  for (const phone of ['138****8000', '13900000000', null]) await h.client.call('PATCH', `/accounts/${account.id}`, { body: { phone }, expect: 422 })
  await h.client.call('POST', '/accounts', { body: { name: `New ${h.mark}`, phone: PHONE }, expect: 422 })
  await h.client.call('PATCH', `/accounts/${account.id}`, { body: { website: 'https://firm.example' }, expect: 200 })
  assert.equal((await h.a.get(`/accounts/${account.id}`)).body.phone, PHONE)
  // meta says so
  const meta = (await h.client.get('/meta')).body.entities.find((e) => e.name === 'account').fields
  const of = (name) => (({ masked, revealable, readonly, sortable, operators, search }) => ({ masked, revealable, readonly, sortable, operators, search }))(meta.find((f) => f.name === name))
  assert.deepEqual(of('phone'), { masked: true, revealable: true, readonly: true, sortable: false, operators: [], search: false })
  assert.equal(of('city').revealable, false)

  // one is looked at, which is written down; a sealed one is not
  const reveal = (path, body, expect) => h.client.call('POST', `${path}/reveal`, { body, expect })
  assert.deepEqual((await reveal(`/accounts/${account.id}`, { field: 'phone' }, 200)).body, { field: 'phone', value: PHONE })
  assert.equal((await reveal(`/contacts/${contact.id}`, { field: 'email' }, 200)).body.value, EMAIL)
  bare((await reveal(`/accounts/${account.id}`, { field: 'city' }, 403)).text, 'a refusal')
  for (const field of ['website', 'employees', 'nothing', 'name']) assert.ok([200, 422].includes((await reveal(`/accounts/${account.id}`, { field })).status), field)
  const theirs = await h.a.make('accounts', { name: `Theirs ${h.mark}`, phone: PHONE, owner: h.other })
  await reveal(`/accounts/${theirs.id}`, { field: 'phone' }, 404)
  const events = (await h.a.get(`/security_events?kind=unmasked&user=${h.me}`)).body.events
  assert.deepEqual(events.map((e) => [e.by.id, e.detail]), [[h.me, { record: `contact/${contact.id}`, field: 'email' }], [h.me, { record: `account/${account.id}`, field: 'phone' }]])
  const strange = await h.client.call('POST', `/accounts/${account.id}/reveal`, { body: { field: 'phone' }, headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' } })
  assert.equal(strange.status, 403)

  // several roles add up: masked beside sealed may be looked at, read only beside masked is open
  const more = await h.a.make('roles', { name: `More ${h.mark}`, key: `more_${h.mark}` })
  await h.a.make('role_rights', { role: more.id, entity: 'account', read: 'own' })
  const city = await h.a.make('role_fields', { role: more.id, entity: 'account', field: 'city', access: 'masked' })
  await h.a.make('role_fields', { role: more.id, entity: 'account', field: 'phone', access: 'readonly' })
  await h.a.make('user_roles', { user: h.me, role: more.id })
  await renew(run)
  const both = (await h.client.get(`/accounts/${account.id}`)).body
  assert.deepEqual(look(both), { phone: PHONE, city: '上***东' })
  assert.equal((await reveal(`/accounts/${account.id}`, { field: 'city' }, 200)).body.value, '上海浦东')
  await h.client.call('PATCH', `/accounts/${account.id}`, { body: { phone: '1' }, expect: 422 })
  await h.a.patch(`/role_fields/${city.id}`, { access: 'hidden' }, { expect: 200 })
  await reveal(`/accounts/${account.id}`, { field: 'city' }, 403)
  // what cannot be masked is refused, so that nobody believes it is
  for (const [entity, field] of [['account', 'name'], ['account', 'employees'], ['account', 'description'], ['account', 'owner']])
    await h.a.call('POST', '/role_fields', { body: { role: h.role.id, entity, field, access: 'masked' }, expect: 422 })
  for (const row of rows) await h.a.del(`/role_fields/${row.id}`, { expect: 204 })
  await renew(run)
}, { own: true })

it('masks: a reference to what one may not see says that there is one, and nothing else, on every way', async (run, assert) => {
  const h = await build(run)
  const hidden = await h.a.make('accounts', { name: `Secret ${h.mark}`, owner: h.other, industry: 'energy' })
  const second = await h.a.make('accounts', { name: `Secret too ${h.mark}`, owner: h.other, industry: 'energy' })
  const seen = await h.a.make('accounts', { name: `Seen ${h.mark}`, owner: h.me, parent: hidden.id })
  const contact = async (name, account) => (await h.a.make('contacts', { name: `${name} ${h.mark}`, account, owner: h.me })).id
  const a = await contact('A', hidden.id), b = await contact('B', second.id), c = await contact('C', seen.id), d = await contact('D', null)
  const mine = `id IN ('${a}','${b}','${c}','${d}')`
  const task = await h.a.make('activities', { kind: 'task', subject: `Call ${h.mark}`, about: `account/${hidden.id}`, owner: h.me })
  await h.a.patch(`/contacts/${d}`, { account: hidden.id }, { expect: 200 })
  await h.a.patch(`/contacts/${d}`, { account: null }, { expect: 200 })
  const bare = (text, way) => { for (const value of ['Secret', `"${hidden.id}"`, `/${hidden.id}`, `"${second.id}"`]) assert.ok(!text.includes(value), `${way} shows ${value}: ${text.slice(0, 400)}`) }
  const get = async (path) => {
    const reply = await h.client.get(path)
    bare(reply.text, path)
    return reply.body
  }
  const query = async (text) => {
    const reply = await h.client.post('/query', { query: text }, { expect: 200 })
    bare(reply.text, text)
    return reply.body.records
  }
  const HIDDEN = { hidden: true }
  const account = { id: seen.id, name: `Seen ${h.mark}` }
  assert.deepEqual((await get(`/contacts/${a}`)).account, HIDDEN)
  assert.deepEqual((await get(`/contacts/${c}`)).account, account)
  assert.deepEqual((await get(`/accounts/${seen.id}`)).parent, HIDDEN)
  assert.deepEqual((await get(`/activities/${task.id}`)).about, HIDDEN)
  const list = async (path) => (await get(path)).records
  assert.deepEqual((await list(`/contacts?where=${q(mine)}&order=id`)).map((r) => r.account), [HIDDEN, HIDDEN, account, null])
  assert.deepEqual((await list(`/contacts?where=${q(mine)}&order=id&select=account`)).map((r) => r.account), [HIDDEN, HIDDEN, account, null])
  // a path through it finds nothing, not even the id
  assert.deepEqual((await list(`/contacts?where=${q(mine)}&order=id&select=account.name,account.id`)).map((r) => r.account), [null, null, account, null])
  assert.deepEqual((await list(`/contacts?where=${q(mine)}&order=id&select=${q('account,account.industry')}`)).map((r) => r.account), [HIDDEN, HIDDEN, { ...account, industry: null }, null])
  assert.deepEqual(await list(`/activities?where=${q(`about = 'account/${hidden.id}'`)}`), [])
  assert.deepEqual((await list(`/activities?where=${q(`id = '${task.id}'`)}`)).map((r) => r.about), [HIDDEN])
  // it is equal to nothing, so that ids cannot be tried
  const ids = async (where) => (await list(`/contacts?where=${q(`${mine} AND (${where})`)}&order=id`)).map((r) => r.id)
  for (const [where, expected] of [
    [`account = '${hidden.id}'`, []], [`account IN ('${hidden.id}','${second.id}')`, []], [`account IN ('${hidden.id}','${seen.id}')`, [c]],
    [`account.id = '${hidden.id}'`, []], [`account != '${hidden.id}'`, [a, b, c, d]], [`account NOT IN ('${hidden.id}')`, [a, b, c, d]], [`account NOT IN ('${seen.id}')`, [a, b, d]],
    [`NOT account = '${hidden.id}'`, [a, b, c, d]], ['account = null', [d]], ['account != null', [a, b, c]], [`account = '${seen.id}'`, [c]],
    [`account.industry = 'energy'`, []], [`account IN (SELECT account FROM contact WHERE id = '${a}')`, []], [`account IN (SELECT account FROM contact WHERE id = '${c}')`, [c]],
  ]) {
    assert.deepEqual(await ids(where), expected, where)
    assert.equal((await h.client.get(`/contacts?where=${q(`${mine} AND (${where})`)}&count=exact&limit=1`)).body.count, expected.length, `count: ${where}`)
  }
  // grouped, they are one group
  const groups = await query(`SELECT account, COUNT(id) n FROM contact WHERE ${mine} GROUP BY account ORDER BY COUNT(id) DESC`)
  assert.deepEqual(groups.map((g) => JSON.stringify([g.account, g.n])).sort(), [JSON.stringify([HIDDEN, 2]), JSON.stringify([null, 1]), JSON.stringify([account, 1])].sort())
  assert.deepEqual(await query(`SELECT COUNT_DISTINCT(account) n FROM contact WHERE ${mine}`), [{ n: 1 }])
  // history, timeline, export
  const changes = (await get(`/contacts/${d}/history`)).changes.filter((x) => x.fields.account)
  assert.deepEqual(changes.map((x) => [x.fields.account.old, x.fields.account.new]), [[HIDDEN, null], [null, HIDDEN]])
  await get(`/contacts/${d}/timeline`)
  await get(`/accounts/${seen.id}/timeline`)
  for (const format of ['csv', 'json']) {
    const job = (await h.client.post('/exports', { entity: 'contact', where: mine, select: 'name,account', format }, { expect: 202 })).body.job
    let done
    do done = (await h.client.get(`/jobs/${job}`)).body
    while (done.state === 'queued' || done.state === 'running')
    assert.equal(done.state, 'done')
    bare((await h.client.call('GET', `/files/${done.result.file}`, { unchecked: true })).text, format)
  }
  // who edits such a record does not lose it, and cannot point at what they do not see
  await h.client.call('PATCH', `/contacts/${a}`, { body: { title: 'Buyer' }, expect: 200 })
  await h.client.call('PATCH', `/contacts/${a}`, { body: { account: HIDDEN }, expect: 422 })
  await h.client.call('PATCH', `/contacts/${c}`, { body: { account: hidden.id }, expect: 422 })
  assert.equal((await h.a.get(`/contacts/${a}`)).body.account.id, hidden.id)
  // the moment it is shared it has a name
  const share = await h.a.make('shares', { about: `account/${hidden.id}`, user: h.me, access: 'read' })
  assert.deepEqual((await h.client.get(`/contacts/${a}`)).body.account, { id: hidden.id, name: `Secret ${h.mark}` })
  assert.deepEqual((await h.client.get(`/contacts?where=${q(`account = '${hidden.id}'`)}`)).body.records.map((r) => r.id), [a])
  assert.equal((await h.client.get(`/activities/${task.id}`)).body.about.name, `Secret ${h.mark}`)
  await h.a.del(`/shares/${share.id}`, { expect: 204 })
  assert.deepEqual((await get(`/contacts/${a}`)).account, HIDDEN)
}, { own: true })

it('masks: a name made of names is not shown, chosen by or sorted by where one of those is hidden', async (run, assert) => {
  const h = await build(run)
  await h.a.make('role_rights', { role: h.role.id, entity: 'campaign', read: 'all' })
  await renew(run)
  const campaign = await h.a.make('campaigns', { name: `Fair ${h.mark}` })
  const [mine, theirs] = [await h.a.make('contacts', { name: `Aaron ${h.mark}`, owner: h.me }), await h.a.make('contacts', { name: `Zelda ${h.mark}`, owner: h.other })]
  const [a, z] = [await h.a.make('campaign_members', { campaign: campaign.id, contact: mine.id }), await h.a.make('campaign_members', { campaign: campaign.id, contact: theirs.id })]
  const get = async (path) => {
    const reply = await h.client.get(path)
    assert.equal(reply.status, 200, path)
    assert.ok(!reply.text.includes('Zelda'), `${path} shows it: ${reply.text}`)
    return reply.body
  }
  const of = (more) => `/campaign_members?where=${q(`campaign = '${campaign.id}'${more}`)}`
  assert.equal((await get(`/campaign_members/${a.id}`)).name, `Aaron ${h.mark}`)
  assert.equal((await get(`/campaign_members/${z.id}`)).name, '***')
  assert.deepEqual((await get(`${of('')}&order=name`)).records.map((r) => r.name), ['***', `Aaron ${h.mark}`])
  assert.deepEqual((await get(of(` AND name LIKE '%${h.mark}%'`))).records.map((r) => r.id), [a.id])
  assert.deepEqual((await get(of(` AND name = 'Zelda ${h.mark}'`))).records, [])
  assert.deepEqual((await get(of(` AND name > 'Z'`))).records, [])
  const groups = (await h.client.post('/query', { query: `SELECT name n, COUNT(id) k FROM campaign_member WHERE campaign = '${campaign.id}' GROUP BY name ORDER BY name` }, { expect: 200 })).text
  assert.ok(groups.includes('***') && !groups.includes('Zelda'), groups)
  await get(`/campaigns/${campaign.id}/campaign_members`)
  await get(`/search?q=${q(`Zelda ${h.mark}`)}`.replaceAll('Zelda', 'Zeld'))
  const share = await h.a.make('shares', { about: `contact/${theirs.id}`, user: h.me, access: 'read' })
  assert.equal((await h.client.get(`/campaign_members/${z.id}`)).body.name, `Zelda ${h.mark}`)
  await h.a.del(`/shares/${share.id}`, { expect: 204 })
  assert.equal((await h.a.get(`/campaign_members/${z.id}`)).body.name, `Zelda ${h.mark}`)
}, { own: true })

it('masks: a duplicate that one may not see is there, and whose it is, and nothing else', async (run, assert) => {
  const h = await build(run)
  const team = await h.a.make('teams', { name: `Queue ${h.mark}` })
  const phone = '13777001234', email = `${h.mark}@dup.example`
  const lead = await h.a.make('leads', { name: `Hush ${h.mark}`, company: `Quiet ${h.mark}`, phone, email, city: 'Xiamen', owner: h.other })
  const like = async (record) => {
    const reply = await h.client.post('/duplicates', { entity: 'lead', record }, { expect: 200 })
    for (const value of ['Hush', 'Quiet', 'Xiamen', `"${lead.id}"`]) assert.ok(!reply.text.includes(value), `shows ${value}`)
    return reply.body.duplicates
  }
  assert.deepEqual(await like({ name: 'x', phone: '+86 137 7700 1234' }), [{ entity: 'lead', hidden: true, owner: h.otherName, score: 90, reasons: [{ kind: 'phone' }] }])
  assert.deepEqual((await like({ name: 'x', email })).map((d) => [d.hidden, d.owner]), [[true, h.otherName]])
  assert.deepEqual(await like({ name: 'x', phone: '13777001235' }), [])
  await h.a.post(`/leads/${lead.id}/assign`, { team: team.id }, { expect: 200 })
  assert.deepEqual((await like({ name: 'x', phone })).map((d) => d.owner), [`Queue ${h.mark}`])
  // not of a kind that one may not read at all, and not by a field that is hidden or masked
  const field = await h.field('lead', 'phone', 'masked')
  assert.deepEqual(await like({ name: 'x', phone }), [])
  await h.a.del(`/role_fields/${field.id}`, { expect: 204 })
  const none = await h.a.make('role_rights', { role: h.role.id, entity: 'lead', read: 'none' })
  assert.deepEqual((await h.client.post('/duplicates', { entity: 'contact', record: { name: 'x', phone } }, { expect: 200 })).body.duplicates, [])
  await h.a.del(`/role_rights/${none.id}`, { expect: 204 })
  await h.a.del(`/leads/${lead.id}`, { expect: 204 })
  assert.deepEqual(await like({ name: 'x', phone }), [])
  await renew(run)
}, { own: true })

it('masks: who sees a record sees what was done about it, where it is asked for by that record, and changes nothing of it', async (run, assert) => {
  const h = await build(run)
  const make = (owner, about, name) => h.a.make('activities', { kind: 'visit', subject: `${name} ${h.mark}`, about, owner, done_at: '2026-03-01T08:00:00Z' })
  const mine = await h.a.make('accounts', { name: `Mine ${h.mark}`, owner: h.me })
  const theirs = await h.a.make('accounts', { name: `Theirs ${h.mark}`, owner: h.other })
  const seen = await make(h.other, `account/${mine.id}`, 'Seen')
  const unseen = await make(h.other, `account/${theirs.id}`, 'Unseen')
  const own = await make(h.me, `account/${theirs.id}`, 'Own')
  const loose = await make(h.other, null, 'Loose')
  const second = await make(h.other, `activity/${seen.id}`, 'Second')
  const all = { seen, unseen, own, loose, second }
  const nameOf = (id) => Object.keys(all).find((k) => all[k].id === id)
  const status = async (path, method = 'GET', body = undefined) => (await h.client.call(method, path, { body })).status
  // by its id, its history, search; one level: what is about what is about it is not
  for (const [name, expected] of [['seen', 200], ['own', 200], ['unseen', 404], ['loose', 404], ['second', 404]]) {
    assert.equal(await status(`/activities/${all[name].id}`), expected, name)
    assert.equal(await status(`/activities/${all[name].id}/history`), expected, `history of ${name}`)
    const hits = (await h.client.get(`/search?q=${q(`${name} ${h.mark}`)}&in=activity`)).body.hits.map((x) => nameOf(x.id))
    assert.equal(hits.includes(name), expected === 200, `search for ${name}`)
  }
  // by the record: timeline, related list and its count, a condition on it
  const timeline = (await h.client.get(`/accounts/${mine.id}/timeline`)).body.changes.filter((c) => c.kind === 'visit')
  assert.deepEqual(timeline.map((c) => nameOf(c.record.id)), ['seen'])
  const list = async (path) => (await h.client.get(path)).body.records.map((r) => nameOf(r.id)).sort()
  assert.deepEqual(await list(`/accounts/${mine.id}/activities`), ['seen'])
  assert.equal((await h.client.get(`/accounts/${mine.id}/related`)).body.related.find((r) => r.entity === 'activity')?.count, 1)
  const anyOf = `id IN (${Object.values(all).map((x) => `'${x.id}'`).join(',')})`
  for (const [where, expected] of [[`about = 'account/${mine.id}'`, ['seen']], [`about IN ('account/${mine.id}','account/${theirs.id}')`, ['seen']], [anyOf, ['own', 'seen']], [`kind = 'visit' AND ${anyOf}`, ['own', 'seen']]]) {
    assert.deepEqual(await list(`/activities?where=${q(where)}`), expected, where)
    assert.equal((await h.client.get(`/activities?where=${q(where)}&count=exact`)).body.count, expected.length, `count: ${where}`)
    assert.deepEqual((await h.client.post('/query', { query: `SELECT COUNT() FROM activity WHERE ${where}` }, { expect: 200 })).body.count, expected.length, `query: ${where}`)
  }
  // not asked for by a record, one's own reach holds
  for (const where of [`subject LIKE '%${h.mark}'`, `NOT id IN ('1') AND subject LIKE '%${h.mark}'`, `subject LIKE '%${h.mark}' AND (about = 'account/${mine.id}' OR kind = 'visit')`])
    assert.deepEqual(await list(`/activities?where=${q(where)}`), ['own'], where)
  // seeing is not changing, and not exporting
  assert.equal(await status(`/activities/${seen.id}`, 'PATCH', { subject: 'x' }), 403)
  assert.equal(await status(`/activities/${seen.id}`, 'DELETE'), 403)
  assert.equal(await status(`/activities/${unseen.id}`, 'PATCH', { subject: 'x' }), 404)
  // a share opens what was done as well, and takes it along when it goes
  const share = await h.a.make('shares', { about: `account/${theirs.id}`, user: h.me, access: 'read' })
  assert.equal(await status(`/activities/${unseen.id}`), 200)
  assert.deepEqual(await list(`/accounts/${theirs.id}/activities`), ['own', 'unseen'])
  await h.a.del(`/shares/${share.id}`, { expect: 204 })
  assert.equal(await status(`/activities/${unseen.id}`), 404)
  // a role that reads no activities reads none of these either
  await h.a.make('role_rights', { role: h.role.id, entity: 'activity', read: 'none' })
  assert.ok([403, 404].includes(await status(`/activities/${seen.id}`)))
  assert.deepEqual((await h.client.get(`/accounts/${mine.id}/timeline`)).body.changes.filter((c) => c.kind === 'visit'), [])
}, { own: true })

it('masks: what an action copies is copied, and is as closed where it goes (PERMIT-24)', async (run, assert) => {
  const h = await build(run)
  const own = {}
  for (const entity of ['lead', 'contact']) own[entity] = (await h.a.post('/fields', { entity, type: 'text', label: { en: 'Carried' }, name: 'x_carried' }, { expect: 201 })).body.name
  await renew(run)
  const lead = await h.a.make('leads', { name: `Zhang ${h.mark}`, company: `Quiet ${h.mark}`, phone: PHONE, email: EMAIL, budget: 987654, [own.lead]: 'Undercover', owner: h.me })
  const open = await h.client.get(`/leads/${lead.id}`)
  for (const value of [PHONE, EMAIL, 'Quiet', '987654', 'Undercover']) assert.ok(open.text.includes(value), `${value} is open before`)
  const rows = [await h.field('lead', 'phone', 'masked'), await h.field('lead', 'email', 'sealed'), await h.field('lead', 'company', 'hidden'), await h.field('lead', 'budget', 'hidden'), await h.field('lead', own.lead, 'hidden')]
  const bare = (text, way) => { for (const value of [PHONE, EMAIL, 'Quiet', '987654', 'Undercover']) assert.ok(!text.includes(value), `${way} shows ${value}`) }
  const get = async (path) => {
    const reply = await h.client.call('GET', path, { expect: 200 })
    bare(reply.text, path)
    return reply.body
  }
  const body = { account: {}, contact: {}, opportunity: { stage: 'prospecting' } }
  bare((await h.client.post(`/leads/${lead.id}/convert`, { ...body, preview: true }, { expect: 200 })).text, 'the preview')
  const done = await h.client.post(`/leads/${lead.id}/convert`, body, { expect: 200 })
  bare(done.text, 'the conversion')
  const [account, contact, deal] = ['account', 'contact', 'opportunity'].map((e) => done.body[e].id)
  // nothing is lost
  const all = async (path) => (await h.a.get(path)).body
  const person = await all(`/contacts/${contact}`)
  assert.deepEqual([person.phone, person.email, person[own.contact]], [PHONE, EMAIL, 'Undercover'])
  assert.equal((await all(`/opportunities/${deal}`)).amount, 987654)
  assert.equal((await all(`/accounts/${account}`)).phone, PHONE)
  assert.equal((await all(`/accounts/${account}`)).name, `Zhang ${h.mark}`, 'called by what may be seen')
  // and nothing is opened, on any way
  const seen = await get(`/contacts/${contact}`)
  assert.deepEqual([seen.phone, seen.email, own.contact in seen], ['138****8000', 'z***@example.com', false])
  assert.ok(!('amount' in (await get(`/opportunities/${deal}`))) && !('amount_base' in (await get(`/opportunities/${deal}`))))
  assert.equal((await get(`/accounts/${account}`)).phone, '138****8000')
  for (const path of [`/accounts/${account}/history`, `/contacts/${contact}/history`, `/opportunities/${deal}/history`, `/accounts/${account}/timeline`, `/contacts/${contact}/timeline`, `/opportunities/${deal}/timeline`,
    `/opportunity_changes?where=${q(`opportunity = '${deal}'`)}`, `/opportunities/${deal}/opportunity_changes`, `/contacts?where=${q(`id = '${contact}'`)}`, `/opportunities?where=${q(`id = '${deal}'`)}`]) await get(path)
  bare((await h.client.call('GET', `/views/account_summary?account=${account}`)).text, 'the summary')
  for (const [path, where] of [['contacts', `phone = '${PHONE}'`], ['contacts', `email = '${EMAIL}'`], ['opportunities', 'amount = 987654'], ['opportunity_changes', 'amount = 987654'], ['accounts', `phone LIKE '138%'`]])
    await h.client.call('GET', `/${path}?where=${q(where)}`, { expect: 400 })
  for (const text of [PHONE, EMAIL, 'Undercover']) assert.deepEqual((await h.client.get(`/search?q=${q(text)}`)).body.hits.filter((x) => [account, contact, deal].includes(x.id)), [])
  await h.client.call('POST', `/contacts/${contact}/reveal`, { body: { field: 'phone' }, expect: 200 })
  await h.client.call('POST', `/contacts/${contact}/reveal`, { body: { field: 'email' }, expect: 403 })
  const meta = (await h.client.get('/meta')).body.entities.find((e) => e.name === 'contact').fields
  assert.deepEqual([meta.find((f) => f.name === 'phone').masked, meta.some((f) => f.name === own.contact)], [true, false])
  // merging takes along what is not seen, and does not open it; it is not chosen by it either
  const [stays, goes] = [await h.a.make('contacts', { name: `Stays ${h.mark}`, owner: h.me }), await h.a.make('contacts', { name: `Goes ${h.mark}`, phone: PHONE, email: EMAIL, owner: h.me })]
  await h.client.post(`/contacts/${stays.id}/merge`, { with: [goes.id], choose: { phone: goes.id } }, { expect: 422 })
  bare((await h.client.post(`/contacts/${stays.id}/merge`, { with: [goes.id] }, { expect: 200 })).text, 'merging')
  assert.deepEqual([(await all(`/contacts/${stays.id}`)).phone, (await get(`/contacts/${stays.id}`)).phone, (await get(`/contacts/${stays.id}`)).email], [PHONE, '138****8000', 'z***@example.com'])
  // a line takes no price that one may not see
  const product = await h.a.make('products', { name: `Priced ${h.mark}`, price: 4321 })
  await h.a.make('role_rights', { role: h.role.id, entity: 'product', read: 'all' })
  const price = async () => (await all(`/opportunity_lines/${(await h.client.post('/opportunity_lines', { opportunity: deal, product: product.id, quantity: 1 }, { expect: 201 })).body.id}`)).price
  assert.equal(await price(), 4321)
  const closed = await h.field('product', 'price', 'hidden')
  assert.equal(await price(), null)
  await h.a.del(`/role_fields/${closed.id}`, { expect: 204 })
  // with another role that closes none of it all is open again
  const more = await h.a.make('roles', { name: `More ${h.mark}`, key: `more_${h.mark}` })
  await h.a.make('user_roles', { user: h.me, role: more.id })
  await renew(run)
  assert.equal((await h.client.get(`/contacts/${contact}`)).body.phone, PHONE)
  for (const row of rows) await h.a.del(`/role_fields/${row.id}`, { expect: 204 })
  await renew(run)
}, { own: true })

it('masks: of masked values one person looks at so many within an hour (PERMIT-25)', async (run, assert) => {
  const h = await build(run)
  const ids = []
  for (let i = 0; i < 4; i++) ids.push((await h.a.make('accounts', { name: `Look ${i} ${h.mark}`, phone: PHONE, city: 'Bonn', owner: h.me })).id)
  const row = await h.field('account', 'phone', 'masked')
  assert.equal((await h.a.get('/settings/sign_in')).body.looks_an_hour, 60)
  for (const wrong of [0, -1, 10001, 'x', 1.5]) await h.a.patch('/settings/sign_in', { looks_an_hour: wrong }, { expect: 422 })
  assert.equal((await h.a.patch('/settings/sign_in', { looks_an_hour: 3 }, { expect: 200 })).body.looks_an_hour, 3)
  const look = (i, field = 'phone', client = h.client, headers = {}) => client.call('POST', `/accounts/${ids[i % 4]}/reveal`, { body: { field }, headers })
  // all at once: no two are counted as one
  const replies = await Promise.all(Array.from({ length: 9 }, (_, i) => look(i)))
  assert.deepEqual(replies.map((r) => r.status).sort(), [200, 200, 200, 429, 429, 429, 429, 429, 429])
  for (const r of replies.filter((x) => x.status === 429)) {
    assert.equal(r.body.code, 'looks_spent')
    assert.ok(!r.text.includes(PHONE))
    const after = Number(r.headers.get('retry-after'))
    assert.ok(after > 3000 && after <= 3601, `Retry-After ${after}`)
  }
  assert.match((await look(0, 'phone', h.client, { 'accept-language': 'zh-CN' })).body.detail, /^一小时内最多查看 3 个|^That is 3 masked values/)
  const events = async (kind) => (await h.a.get(`/security_events?kind=${kind}&user=${h.me}`)).body.events
  assert.equal((await events('unmasked')).length, 3)
  assert.deepEqual((await events('unmask_refused')).map((e) => [e.user.id, e.by.id, e.detail]), [[h.me, h.me, { most: 3 }]], 'once an hour')
  // neither by a token of one's own nor by the answer that was kept; what is not masked is not counted; another person is not stopped
  const token = new Client(run, { token: (await h.client.post('/tokens', { name: 'more' }, { expect: 201 })).body.token })
  assert.equal((await look(1, 'phone', token)).status, 429)
  assert.equal((await look(1, 'city')).status, 200)
  assert.equal((await look(1, 'phone', h.a)).status, 200)
  const key = { 'idempotency-key': `look-${h.mark}` }
  assert.equal((await look(2, 'phone', h.client, key)).status, 429)
  await h.a.patch('/settings/sign_in', { looks_an_hour: 4 }, { expect: 200 })
  assert.equal((await look(2, 'phone', h.client, key)).body.value, PHONE)
  assert.equal((await look(2, 'phone')).status, 429)
  await h.a.patch('/settings/sign_in', { looks_an_hour: null }, { expect: 200 })
  assert.equal((await look(3)).status, 200)
  await h.a.patch('/settings/sign_in', { looks_an_hour: 60 }, { expect: 200 })
  await h.a.del(`/role_fields/${row.id}`, { expect: 204 })
  await renew(run)
}, { own: true })

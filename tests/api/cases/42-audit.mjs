// What has happened is told of, can be filtered and taken out, and is altered by nothing but an erasure (HIST-1, HIST-2).
import { Client } from '../harness.mjs'

async function job(client, path, body) {
  const { job: id } = (await client.post(path, body, { expect: 202 })).body
  for (let i = 0; i < 600; i++) {
    const j = (await client.get(`/jobs/${id}`)).body
    if (!['queued', 'running'].includes(j.state)) return j
    await new Promise((r) => setTimeout(r, 50))
  }
  throw new Error('the job does not end')
}
/** By a token of the shell: signing in counts, and others need it. */
const as = (run, login) => new Client(run, { token: run.server.cli('token', 'create', '--user', login, '--name', 'au').stdout.trim().split('\n').pop() })
const newest = async (run, query) => (await run.admin.get(`/security_events?${query}&limit=1`)).body.events[0]

it('audit: exports, imports and what is done to many at once are told of, with whom, what and how many', async (run, assert) => {
  const me = (await run.admin.get('/me')).body
  const two = async () => (await run.admin.get('/security_events?kind=bulk&limit=2')).body.events // newest first: the end, the beginning
  await run.admin.post('/accounts/bulk', { rows: ['Au one', 'Au two', 'Au three'].map((name) => ({ do: 'create', record: { name, city: 'Auditville' } })) })
  const [ended, bulk] = await two()
  assert.deepEqual([bulk.detail.what, bulk.detail.of, bulk.detail.rows, bulk.by.id], ['bulk', 'account', 3, me.id])
  assert.deepEqual([ended.detail.what, ended.detail.of, ended.detail.changed, ended.detail.refused, ended.detail.operation], ['done', 'account', 3, 0, bulk.detail.operation])
  await run.admin.post('/accounts/bulk', { rows: [{ do: 'create', record: { name: 'Au apart' } }, { do: 'create', record: {} }] })
  assert.deepEqual([(await two())[0].detail.changed, (await two())[0].detail.refused], [1, 1])

  const out = await job(run.admin, '/exports', { entity: 'account', where: "city = 'Auditville'", select: 'name', format: 'csv' })
  const taken = await newest(run, 'kind=export')
  assert.deepEqual([taken.detail.of, taken.detail.rows, taken.detail.where, taken.detail.format, taken.by.id], ['account', 3, "city = 'Auditville'", 'csv', me.id])
  const file = await run.admin.call('GET', `/files/${out.result.file}`)
  assert.match(decodeURIComponent(file.headers.get('content-disposition')), new RegExp(`account \\d{4}-\\d\\d-\\d\\d \\d\\d\\.\\d\\d ${me.name}\\.csv$`))
  assert.equal(file.text.replace(/^\uFEFF/, '').trim().split(/\r?\n/).length, 4) // the file itself holds records and nothing else

  await job(run.admin, '/changes', { entity: 'account', where: "city = 'Auditville'", do: 'update', record: { city: 'Elsewhere' } })
  const [over, changed] = await two()
  assert.deepEqual([changed.detail.what, changed.detail.of, changed.detail.rows, changed.detail.where], ['change', 'account', 3, "city = 'Auditville'"])
  assert.deepEqual([over.detail.what, over.detail.of, over.detail.changed, over.detail.refused, over.detail.operation, over.by.id], ['done', 'account', 3, 0, changed.detail.operation, me.id])
  await run.admin.post(`/operations/${changed.detail.operation}/undo`, {})
  const undone = await newest(run, 'kind=bulk')
  assert.deepEqual([undone.detail.what, undone.detail.operation, undone.detail.restored], ['undo', changed.detail.operation, 3])

  const form = new FormData()
  form.append('file', new Blob(['name,city\nAu four,Auditville\n']), 'firms.csv')
  const sent = (await run.admin.call('POST', '/files', { raw: form, expect: 201 })).body
  await job(run.admin, '/imports', { entity: 'account', file: sent.id })
  const lines = (await run.admin.get('/security_events?kind=import&limit=2')).body.events
  assert.deepEqual(lines.map((e) => e.detail.what), ['done', 'begun'])
  assert.deepEqual([lines[0].detail.of, lines[0].detail.file, lines[0].detail.created, lines[0].detail.operation], ['account', 'firms.csv', 1, lines[1].detail.operation])
}, { own: true })

it('audit: every change of who may what is told of', async (run, assert) => {
  const role = await run.admin.make('roles', { key: 'au_role', name: 'Au role' })
  const right = await run.admin.make('role_rights', { role: role.id, entity: 'account', read: 'own' })
  await run.admin.patch(`/role_rights/${right.id}`, { read: 'all', export: 'own' })
  const e = await newest(run, `kind=rights&record=${right.id}`)
  assert.equal(e.entity, 'role_right')
  assert.match(e.detail.fields, /read: own → all/)
  assert.match(e.detail.fields, /export: .* → own/)
  const u = await run.admin.make('users', { name: 'Au person', login: 'au-person', state: 'active', role: 'au_role' })
  const field = await run.admin.make('role_fields', { role: role.id, entity: 'account', field: 'phone', access: 'hidden' })
  const further = await run.admin.make('user_roles', { user: u.id, role: role.id })
  assert.equal((await newest(run, `kind=rights&record=${field.id}`)).detail.what, 'create')
  assert.equal((await newest(run, `kind=rights&record=${further.id}`)).user.id, u.id)
  await run.admin.patch(`/users/${u.id}`, { role: 'read_only' })
  assert.match((await newest(run, `kind=rights&record=${u.id}`)).detail.fields, /role: Au role → /)
  const acc = await run.admin.make('accounts', { name: 'Au shared' })
  const share = await run.admin.make('shares', { about: `account/${acc.id}`, user: u.id })
  assert.equal((await newest(run, `kind=rights&record=${share.id}`)).user.id, u.id)
  await run.admin.del(`/shares/${share.id}`)
  assert.equal((await newest(run, `kind=rights&record=${share.id}`)).detail.what, 'delete')
  const about = (await run.admin.get(`/security_events?user=${u.id}&kind=rights&entity=user_role`)).body.events
  assert.deepEqual(about.map((x) => x.record.id), [further.id])
  await run.admin.del(`/user_roles/${further.id}`)
}, { own: true })

it('audit: the lists are taken out as CSV, which is told of; others take out their own alone', async (run, assert) => {
  const acc = await run.admin.make('accounts', { name: 'Au =CMD()', city: 'Before' })
  await run.admin.patch(`/accounts/${acc.id}`, { city: 'After' })
  const changes = await run.admin.call('POST', `/changes/export?record=${acc.id}`)
  assert.match(changes.headers.get('content-type'), /^text\/csv/)
  assert.match(changes.headers.get('content-disposition'), /changes \d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d/)
  const lines = changes.text.trim().split('\r\n')
  assert.equal(lines[0], 'at,by,what,entity,record,record_name,about,operation,field,old,new')
  assert.ok(lines.some((l) => l.endsWith(',city,Before,After')), changes.text)
  const told = await newest(run, 'kind=export')
  assert.deepEqual([told.detail.of, told.detail.rows, told.detail.where], ['changes', lines.length - 1, `record=${acc.id}`])
  const events = await run.admin.call('POST', '/security_events/export?kind=export')
  assert.equal(events.text.split('\r\n')[0], 'at,kind,person,by,entity,record,record_name,address,agent,detail')
  assert.ok(events.text.includes('of: changes; rows:'))

  const u = await run.admin.make('users', { name: 'Au reader', login: 'au-reader', state: 'active', role: 'member' })
  await run.admin.post(`/users/${u.id}/password`, { password: 'a long enough word' }, { expect: 204 })
  const client = as(run, 'au-reader')
  await client.call('POST', '/changes/export', { expect: 403 })
  const own = await client.call('POST', '/security_events/export')
  assert.ok(own.text.includes('password_set') && !own.text.includes('of: changes'))
  await client.call('POST', `/security_events/export?user=${(await run.admin.get('/me')).body.id}`, { expect: 403 })
}, { own: true })

it('audit: one person’s data are handed out and erased, by administrators, once confirmed', async (run, assert) => {
  const c = await run.admin.make('contacts', { name: 'Au Erased', mobile: '13900001111', email: 'au-erased@secret.example' })
  const lead = await run.admin.make('leads', { name: 'Au Erased', company: 'Au Ltd', mobile: '13900001111' })
  await run.admin.make('activities', { kind: 'call', subject: 'Au call', about: `contact/${c.id}` })
  const all = (await run.admin.post(`/contacts/${c.id}/personal_data`, {})).body
  assert.deepEqual([all.records[0].entity, all.records[0].record.mobile, all.related[0].entity], ['contact', c.mobile, 'activity'])
  const taken = await newest(run, `kind=export&record=${c.id}`)
  assert.deepEqual([taken.detail.what, taken.entity], ['personal_data', 'contact'])

  const u = await run.admin.make('users', { name: 'Au director', login: 'au-director', state: 'active', role: 'sales_director' })
  const client = as(run, 'au-director')
  await client.call('POST', `/contacts/${c.id}/personal_data`, { expect: 403 })
  await client.call('POST', `/contacts/${c.id}/erase`, { body: { preview: true }, expect: 403 })

  const preview = (await run.admin.post(`/contacts/${c.id}/erase`, { preview: true })).body
  assert.ok(preview.preview && preview.fields.includes('mobile') && preview.history > 0)
  assert.equal((await run.admin.get(`/contacts/${c.id}`)).body.mobile, c.mobile)
  await run.admin.call('POST', `/contacts/${c.id}/erase`, { body: { confirm: 'au erased' }, expect: 422 })
  await run.admin.post(`/contacts/${c.id}/erase`, { confirm: 'Au Erased' })
  assert.equal((await run.admin.post(`/leads/${lead.id}/personal_data`, {})).body.records[0].entity, 'lead')
  await run.admin.post(`/leads/${lead.id}/erase`, { confirm: 'Au Erased' })
  const now = (await run.admin.get(`/contacts/${c.id}`)).body
  assert.deepEqual([now.mobile, now.email], [null, null])
  const history = await run.admin.get(`/contacts/${c.id}/history`)
  assert.deepEqual(history.body.changes.map((x) => x.what), ['erase', 'create'])
  assert.ok('mobile' in history.body.changes[1].fields)
  for (const text of [history.text, (await run.admin.get(`/changes?record=${c.id}`)).text, (await run.admin.get(`/leads/${lead.id}/history`)).text, (await run.admin.get('/search?q=au-erased')).text])
    assert.ok(!/13900001111|au-erased@|Au Erased/.test(text), text)
  const erased = await newest(run, `kind=erased&record=${c.id}`)
  assert.equal(erased.by.id, (await run.admin.get('/me')).body.id)
  assert.match(erased.detail.fields, /mobile/)
  assert.equal((await run.admin.get('/changes?what=erase&limit=1')).body.changes[0].entity, 'lead')
}, { own: true })

// Every operation of the document × every refusal it names. Made from the document, so a new entity or operation is in it.
import { request } from 'node:http'
import { Client, PASSWORD, signIn } from '../harness.mjs'

const NOWHERE = '888888888'
const fill = (path) => path.replace('{id}', NOWHERE)

function* operations(run) {
  for (const [path, methods] of Object.entries(run.contract.document.paths))
    for (const [method, operation] of Object.entries(methods)) yield { path, method: method.toUpperCase(), operation, has: (s) => String(s) in operation.responses }
}

const bodied = (o) => o.operation.requestBody
const upload = () => {
  const f = new FormData()
  f.append('file', new Blob(['x']), 'x.txt')
  return f
}
const multipart = (o) => bodied(o) && 'multipart/form-data' in o.operation.requestBody.content

async function expectStatus(assert, client, o, status, options) {
  const reply = await client.call(o.method, fill(o.path), { root: true, ...options })
  assert.equal(reply.status, status, `${o.method} ${o.path}: ${reply.status} instead of ${status}: ${reply.text.slice(0, 300)}`)
  return reply
}

it('401 for nobody, before anything else is looked at', async (run, assert) => {
  for (const o of operations(run)) {
    if (!o.has(401) || ['signIn', 'signInCode', 'join'].includes(o.operation.operationId)) continue
    const body = multipart(o) ? { raw: upload() } : bodied(o) ? { raw: '{"garbage', headers: { 'content-type': 'application/json' } } : {}
    const reply = await expectStatus(assert, run.anyone, o, 401, body)
    assert.equal(reply.body.code, 'sign_in')
    assert.match(reply.headers.get('www-authenticate'), /^Bearer/)
  }
}, { own: true })

it('403 for what comes from another origin', async (run, assert) => {
  const { client } = await signIn(run, 'admin', PASSWORD)
  for (const o of operations(run))
    if (o.has(403)) {
      const type = multipart(o) || !bodied(o) ? {} : { 'content-type': 'application/json' }
      const raw = multipart(o) ? upload() : bodied(o) ? '{}' : undefined
      await expectStatus(assert, client, o, 403, { headers: { 'sec-fetch-site': 'cross-site', ...type }, raw })
    }
}, { own: true })

it('400 for a parameter that nobody knows', async (run, assert) => {
  for (const o of operations(run)) {
    if (!o.has(400)) continue
    const body = multipart(o) ? { raw: upload() } : bodied(o) ? { body: {} } : {}
    const path = `${fill(o.path)}?no_such_parameter=1`
    const client = o.operation.security ? run.anyone : run.admin
    const reply = await client.call(o.method, path, { root: true, ...body })
    assert.equal(reply.status, 400, `${o.method} ${path}: ${reply.status}: ${reply.text.slice(0, 300)}`)
  }
}, { own: true })

it('404 for what is not there', async (run, assert) => {
  for (const o of operations(run)) {
    if (!o.has(404) || o.operation.operationId === 'signOut') continue
    const good = { setUserPassword: { password: 'long enough' } }[o.operation.operationId] ?? {}
    const body = bodied(o) && !multipart(o) ? { body: good } : {}
    await expectStatus(assert, run.admin, o, 404, body)
  }
  await run.admin.call('DELETE', '/session', { expect: 404 })
  await run.admin.call('GET', '/planets', { expect: 404 })
  await run.admin.call('GET', '/accounts/abc', { expect: 404 })
  await run.admin.call('GET', '/accounts/0', { expect: 404 })
  await run.admin.call('GET', '/accounts/-1', { expect: 404 })
  await run.admin.call('GET', '/accounts/99999999999999999999', { expect: 404 })
}, { own: true })

it('405 tells what a path knows', async (run, assert) => {
  const reply = await run.admin.call('PUT', '/accounts', { expect: 405 })
  assert.match(reply.headers.get('allow'), /GET/)
}, { own: true })

it('415 for another media type', async (run, assert) => {
  for (const o of operations(run)) {
    if (!o.has(415)) continue
    const client = o.operation.security ? run.anyone : run.admin
    const plain = 'application/x-www-form-urlencoded' in (o.operation.requestBody?.content ?? {}) // what a browser sends without a script
    await expectStatus(assert, client, o, 415, plain ? { raw: 'a=b', headers: { 'content-type': 'text/plain' } } : { raw: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    if (!multipart(o)) await expectStatus(assert, client, o, 415, { raw: '{}', headers: { 'content-type': 'application/json; charset=gbk' } })
  }
}, { own: true })

/** Says that a body of `size` comes, and sends none of it. */
function announce(run, method, path, size, token) {
  const url = new URL(run.server.base + path)
  return new Promise((done, fail) => {
    const headers = { 'content-length': size, 'content-type': 'application/json', connection: 'close' }
    if (token) headers.authorization = `Bearer ${token}`
    const r = request({ host: url.hostname, port: url.port, path: url.pathname, method, headers }, (response) => {
      let text = ''
      response.on('data', (d) => (text += d))
      response.on('end', () => {
        done({ status: response.statusCode, type: (response.headers['content-type'] ?? '').split(';')[0], text })
        r.destroy()
      })
    })
    r.on('error', fail)
    r.flushHeaders()
  })
}

it('413 before a body that is too large is sent', async (run, assert) => {
  for (const o of operations(run)) {
    if (!o.has(413)) continue
    const reply = await announce(run, o.method, fill(o.path), 2 ** 40, run.admin.auth.token)
    assert.equal(reply.status, 413, `${o.method} ${o.path}: ${reply.status}`)
    assert.equal(run.contract.fault(o.method, fill(o.path), reply.status, reply.type, reply.text), null)
  }
}, { own: true })

// ---- what succeeds, for every entity ----

/** A value for each field that must be given; references are made first. */
/** One in which the person has none of it yet. */
async function freePeriod(run, entity) {
  const me = (await run.admin.get('/me')).body.id
  const taken = (await run.admin.get(`/${entity.plural}?where=${encodeURIComponent(`user = '${me}'`)}&limit=200`)).body.records.map((r) => r.period?.key ?? r.period)
  return (await run.admin.get('/fiscal_periods?limit=200')).body.records.find((p) => !taken.includes(p.key)).key
}

export async function sample(run, entity, meta, serial, depth = 0) {
  const record = {}
  const known = {
    contact: { name: `C ${serial}` },
    pipeline_stage: { kind: 'open', probability: 10 },
    campaign_member: {},
    role_right: { entity: 'account' },
    role_field: { entity: 'account', field: 'phone' },
    working_calendar: { monday: '09:00-12:00' },
    assignment_rule: { active: false },
    fiscal_period: { start: `20${30 + (serial % 60)}-01-01`, end: `20${30 + (serial % 60)}-12-31`, kind: 'year' },
    currency_rate: { currency: 'USD', rate: 7.1, date: `2020-01-${String(1 + (serial % 28)).padStart(2, '0')}` },
  }[entity.name] ?? {}
  for (const f of entity.fields) {
    if (known[f.name] !== undefined) {
      record[f.name] = known[f.name]
      continue
    }
    if (!f.required || f.readonly) continue
    const target = meta.entities.find((e) => e.name === f.target)
    if (f.type === 'keyed_reference') record[f.name] = (await run.admin.get(`/${target.plural}?limit=1`)).body.records[0][target.key]
    else if (target && target.name === 'user') record[f.name] = (await run.admin.get('/me')).body.id
    else if (target && depth < 3) record[f.name] = (await run.admin.make(target.plural, await sample(run, target, meta, serial * 31 + 7, depth + 1))).id
    else if (f.choices?.length) record[f.name] = f.choices[0].key
    else if (['integer', 'decimal', 'money', 'percent'].includes(f.type)) record[f.name] = Math.max(1, f.min ?? 1)
    else if (f.type === 'date') record[f.name] = `2031-02-${String(1 + (serial % 28)).padStart(2, '0')}`
    else if (f.type === 'boolean') record[f.name] = true
    else if (f.type === 'email') record[f.name] = `e${serial}@example.com`
    else record[f.name] = `S${serial}`
  }
  if (entity.name === 'share') Object.assign(record, { about: `account/${(await run.admin.make('accounts', { name: `Shared ${serial}` })).id}`, user: (await run.admin.get('/me')).body.id })
  if (entity.name === 'campaign_member') record.contact = (await run.admin.make('contacts', { name: `C ${serial}` })).id
  if (['quota', 'forecast_adjustment'].includes(entity.name)) record.period = await freePeriod(run, entity)
  if (entity.name === 'assignment_rule') record.person = (await run.admin.get('/me')).body.id
  return record
}

it('every entity: made, listed, read, changed, told, related, deleted, restored, in bulk', async (run, assert) => {
  const meta = (await run.admin.get('/meta')).body
  let serial = 100
  const form = await run.admin.make('web_forms', { name: 'Whose attempts are kept' })
  await run.anyone.call('POST', `/forms/${form.key}`, { root: true, body: { values: {} } })
  for (const e of meta.entities) {
    const at = `/${e.plural}`
    const where = (what) => `${e.name}: ${what}`
    if (!e.may.create) { // PERMIT-6: a journal is only read
      const first = (await run.admin.get(`${at}?limit=3&count=estimate`)).body.records[0]
      assert.ok(first, where('nothing was written into it'))
      await run.admin.get(`${at}/${first.id}`)
      for (const what of ['history', 'timeline', 'files', 'followers', 'related']) await run.admin.get(`${at}/${first.id}/${what}`)
      for (const r of e.related) await run.admin.get(`${at}/${first.id}/${r.plural}?via=${r.field}&limit=2`)
      continue
    }
    const made = await run.admin.post(at, await sample(run, e, meta, ++serial))
    assert.equal(made.status, 201, where(made.text.slice(0, 400)))
    const id = made.body.id
    await run.admin.get(`${at}?limit=3&count=estimate`)
    await run.admin.get(`${at}/${id}`)
    const field = e.fields.find((f) => !f.readonly && ['text', 'long_text'].includes(f.type) && f.name !== e.key && f.name !== 'external_id' && !f.unique && !(e.name.startsWith('role_') && ['entity', 'field'].includes(f.name)))
    const change = field ? { [field.name]: `changed ${serial}` } : { external_id: `x${serial}` }
    const changed = await run.admin.patch(`${at}/${id}`, change)
    assert.equal(changed.status, 200, where(changed.text.slice(0, 400)))
    await run.admin.patch(`${at}/${id}`, change, { headers: { 'if-match': '"77"' }, expect: 412 })
    await run.admin.call('DELETE', `${at}/${id}`, { headers: { 'if-match': '"77"' }, expect: 412 })
    for (const what of ['history', 'timeline', 'files', 'followers', 'related']) await run.admin.get(`${at}/${id}/${what}`)
    await run.admin.post(`${at}/${id}/follow`, { follow: true }, { expect: 200 })
    await run.admin.post(`${at}/${id}/reveal`, { field: 'external_id' }, { expect: 200 })
    for (const r of e.related) await run.admin.get(`${at}/${id}/${r.plural}?via=${r.field}&limit=2`)
    // a value that must be unique, as the conflict of a creation, a change and a restoration
    const ext = `u${serial}-${run.engine}`
    await run.admin.patch(`${at}/${id}`, { external_id: ext }, { expect: 200 })
    const twin = await run.admin.post(at, { ...(await sample(run, e, meta, ++serial)), external_id: ext })
    assert.equal(twin.status, 409, where(twin.text.slice(0, 400)))
    const other = await run.admin.make(e.plural, await sample(run, e, meta, ++serial))
    const clash = await run.admin.patch(`${at}/${other.id}`, { external_id: ext })
    assert.equal(clash.status, 409, where(clash.text.slice(0, 400)))
    const gone = await run.admin.call('DELETE', `${at}/${id}`)
    assert.equal(gone.status, 204, where(gone.text.slice(0, 400)))
    await run.admin.patch(`${at}/${other.id}`, { external_id: ext }, { expect: 200 })
    await run.admin.call('POST', `${at}/${id}/restore`, { expect: 409 })
    await run.admin.patch(`${at}/${other.id}`, { external_id: null }, { expect: 200 })
    const back = await run.admin.call('POST', `${at}/${id}/restore`)
    assert.equal(back.status, 200, where(back.text.slice(0, 400)))
    await run.admin.post(`${at}/parse`, { text: '张伟 华为 13800138000' }, { expect: 200 })
    const many = await run.admin.post(`${at}/bulk`, { rows: [{ do: 'update', id, record: change }, { do: 'delete', id: other.id }] }, { expect: 200 })
    assert.deepEqual(many.body.results.map((r) => r.status), [200, 204], where(many.text.slice(0, 400)))
  }
}, { own: true })

it('422 names the member that nobody knows', async (run, assert) => {
  for (const o of operations(run)) {
    if (!o.has(422) || multipart(o) || /^\/(forms|status|rate)\//.test(o.path)) continue
    const client = o.operation.security ? run.anyone : run.admin
    let path = fill(o.path)
    if (path.startsWith('/api/v1/saved_views/')) {
      path = path.replace(NOWHERE, (await run.admin.post('/saved_views', { entity: 'account', name: 'Any' }, { expect: 201 })).body.id)
    } else if (path.includes(NOWHERE) && !path.startsWith('/api/v1/users/')) {
      const plural = path.split('/')[3]
      if (plural === 'fields') continue // there are none yet: 60-settings
      const first = (await run.admin.get(`/${plural}?limit=1`)).body.records[0]
      if (!first) continue
      path = path.replace(NOWHERE, first.id)
    } else if (path.includes(NOWHERE)) {
      path = path.replace(NOWHERE, (await run.admin.get('/me')).body.id)
    }
    const reply = await client.call(o.method, path, { root: true, body: { no_such_member: 1 } })
    assert.equal(reply.status, 422, `${o.method} ${path}: ${reply.status}: ${reply.text.slice(0, 300)}`)
    assert.ok(reply.body.errors.some((e) => e.field === 'no_such_member'), `${o.method} ${path}: ${reply.text.slice(0, 300)}`)
  }
}, { own: true })

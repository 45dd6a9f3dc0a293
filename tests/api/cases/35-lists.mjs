// Views that people keep, and changing all that a condition names.
import { signIn } from '../harness.mjs'

async function member(run, login) {
  const u = await run.admin.make('users', { name: `Lists ${login}`, login, state: 'active' })
  await run.admin.post(`/users/${u.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  return { user: u, client: (await signIn(run, login, 'first password')).client }
}

const of = async (client, entity) => (await client.get(`/saved_views?entity=${entity}`)).body

it('a view is its owner’s until it is shared; shared, everybody reads it and its owner and administrators change it', async (run, assert) => {
  const { user: ann, client: a } = await member(run, 'lists-ann')
  const { client: b } = await member(run, 'lists-bob')
  const list = { where: "city = '上海' AND annual_revenue > 1000000", order: 'annual_revenue DESC', columns: ['name', 'city', 'annual_revenue', 'owner.name'], group: 'industry', widths: { name: 320 }, as: 'split' }
  const made = await a.post('/saved_views', { entity: 'account', name: '上海大客户', ...list }, { expect: 201 })
  const v = made.body
  assert.equal(made.headers.get('location'), `/api/v1/saved_views/${v.id}`)
  assert.equal(made.headers.get('etag'), '"1"')
  assert.deepEqual({ ...v, id: 0, updated_at: 0 }, { id: 0, entity: 'account', name: '上海大客户', owner: { id: ann.id, name: ann.name }, shared: false, may_change: true, version: 1, updated_at: 0, ...list })

  assert.deepEqual((await of(a, 'account')).views.map((x) => x.id), [v.id])
  assert.deepEqual((await of(a, 'lead')).views, [])
  for (const other of [b, run.admin]) {
    assert.equal((await of(other, 'account')).views.filter((x) => x.id === v.id).length, 0)
    await other.call('GET', `/saved_views/${v.id}`, { expect: 404 })
    await other.patch(`/saved_views/${v.id}`, { name: 'mine now' }, { expect: 404 })
    await other.call('DELETE', `/saved_views/${v.id}`, { expect: 404 })
  }

  const shared = (await a.patch(`/saved_views/${v.id}`, { shared: true }, { expect: 200, headers: { 'if-match': '"1"' } })).body
  assert.deepEqual([shared.version, shared.where, shared.widths], [2, list.where, list.widths])
  const seen = (await b.get(`/saved_views/${v.id}`)).body
  assert.deepEqual([seen.may_change, seen.order, seen.owner.id], [false, list.order, ann.id])
  await b.patch(`/saved_views/${v.id}`, { name: 'bob’s' }, { expect: 403 })
  await b.call('DELETE', `/saved_views/${v.id}`, { expect: 403 })
  const changed = (await run.admin.patch(`/saved_views/${v.id}`, { name: 'Big in 上海', order: null, columns: ['name'] }, { expect: 200 })).body
  assert.deepEqual([changed.name, changed.order, changed.columns, changed.where], ['Big in 上海', null, ['name'], list.where])

  await a.patch(`/saved_views/${v.id}`, { name: 'late' }, { expect: 412, headers: { 'if-match': '"1"' } })
  await a.call('DELETE', `/saved_views/${v.id}`, { expect: 412, headers: { 'if-match': '"2"' } })
  await a.del(`/saved_views/${v.id}`)
  await a.call('GET', `/saved_views/${v.id}`, { expect: 404 })
  await a.call('DELETE', `/saved_views/${v.id}`, { expect: 404 })
})

it('what cannot be shown is not kept', async (run, assert) => {
  const keep = (body, expect) => run.admin.post('/saved_views', { entity: 'account', name: 'x', ...body }, { expect })
  assert.equal((await keep({ where: "city = " }, 400)).body.position, 7)
  await keep({ where: 'no_such_field = 1' }, 400)
  await keep({ order: 'city SIDEWAYS' }, 400)
  await keep({ columns: ['name', 'nothing'] }, 400)
  const bad = await run.admin.post('/saved_views', { entity: 'planet', shared: 'yes', columns: 'name', widths: { name: 5 }, as: 'cards', colour: 1 }, { expect: 422 })
  assert.deepEqual(bad.body.errors.map((e) => e.field).sort(), ['as', 'colour', 'columns', 'entity', 'name', 'shared', 'widths'])
  await keep({ name: 'n'.repeat(101) }, 422)
  await keep({ columns: Array(61).fill('name') }, 422)
  await keep({ columns: [7] }, 422)
  await keep({ widths: [] }, 422)
  await run.admin.call('GET', '/saved_views', { expect: 400 })
  await run.admin.call('GET', '/saved_views?entity=planet', { expect: 400 })
  const v = (await keep({ where: "city = 'a'" }, 201)).body
  await run.admin.patch(`/saved_views/${v.id}`, { where: 'city !! 1' }, { expect: 400 })
  await run.admin.patch(`/saved_views/${v.id}`, { entity: 'lead' }, { expect: 422 })
  await run.admin.patch(`/saved_views/${v.id}`, { name: '' }, { expect: 422 })
  assert.equal((await run.admin.get(`/saved_views/${v.id}`)).body.where, "city = 'a'")
  await run.admin.del(`/saved_views/${v.id}`)
})

it('what a module begins with: for oneself, and by an administrator for all', async (run, assert) => {
  const { client: c } = await member(run, 'lists-carl')
  const set = (client, body, expect) => client.post('/saved_views/default', body, { expect })
  const defaults = async (client) => {
    const { default: own, default_of_all: all } = await of(client, 'contact')
    return [own, all]
  }
  assert.deepEqual(await defaults(c), [null, null])
  const v = (await c.post('/saved_views', { entity: 'contact', name: 'first' }, { expect: 201 })).body
  await set(c, { entity: 'contact', view: v.id }, 204)
  assert.deepEqual(await defaults(c), [v.id, null])
  await set(c, { entity: 'contact', view: 'all', everybody: true }, 403)
  await set(run.admin, { entity: 'contact', view: 'all', everybody: true }, 204)
  assert.deepEqual(await defaults(run.admin), [null, 'all'])
  assert.deepEqual(await defaults(c), [v.id, 'all'])
  await set(run.admin, { entity: 'contact', view: v.id }, 422)
  await set(c, { entity: 'lead', view: v.id }, 422)
  await set(c, { entity: 'contact', view: 'nothing' }, 422)
  await c.del(`/saved_views/${v.id}`)
  assert.deepEqual(await defaults(c), [null, 'all'], 'a view that is gone is no default')
  await set(run.admin, { entity: 'contact', everybody: true }, 204)
  assert.deepEqual(await defaults(c), [null, null])
})

async function job(client, id) {
  for (let i = 0; i < 400; i++) {
    const j = (await client.get(`/jobs/${id}`)).body
    if (j.state !== 'queued' && j.state !== 'running') return j
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error('the job does not end')
}

it('all that a condition names is changed as one operation, and undone', async (run, assert) => {
  const rows = Array.from({ length: 450 }, (_, i) => ({ do: 'create', record: { name: `Mass ${i}`, city: 'mass', employees: i } }))
  await run.admin.post('/accounts/bulk', { rows }, { expect: 200 })
  const count = async (where) => (await run.admin.get(`/accounts?where=${encodeURIComponent(where)}&limit=1&count=exact`)).body.count
  const change = async (client, body) => {
    const begun = await client.post('/changes', { entity: 'account', ...body }, { expect: 202 })
    assert.equal(begun.headers.get('location'), `/api/v1/jobs/${begun.body.job}`)
    return job(client, begun.body.job)
  }
  // What is changed no longer matches: the records are those of the start.
  const moved = await change(run.admin, { where: "city = 'mass' AND employees >= 10", do: 'update', record: { city: 'moved' } })
  assert.equal(moved.state, 'done', JSON.stringify(moved))
  assert.deepEqual([moved.result.total, moved.result.changed, moved.result.refused, moved.result.problems], [440, 440, 0, []])
  assert.deepEqual([await count("city = 'moved'"), await count("city = 'mass'")], [440, 10])
  await run.admin.call('POST', `/operations/${moved.result.operation}/undo`, { expect: 200 })
  assert.deepEqual([await count("city = 'moved'"), await count("city = 'mass'")], [0, 450])

  const none = await change(run.admin, { where: "city = 'nowhere'", do: 'update', record: { city: 'x' } })
  assert.deepEqual([none.result.total, none.result.operation], [0, null])
  const refused = await change(run.admin, { where: "city = 'mass'", do: 'update', record: { email: 'no address' } })
  assert.deepEqual([refused.state, refused.result.changed, refused.result.refused, refused.result.problems.length], ['done', 0, 450, 100])
  assert.match(refused.result.problems[0].message, /E-mail|邮箱/)

  // The rights of a single change hold for each: a member deletes what is theirs.
  const { user, client } = await member(run, 'lists-dora')
  await change(run.admin, { where: "city = 'mass' AND employees < 5", do: 'update', record: { owner: user.id } })
  const gone = await change(client, { where: "city = 'mass' AND employees < 8", do: 'delete' })
  assert.deepEqual([gone.result.total, gone.result.changed, gone.result.refused], [8, 5, 3])
  assert.match(gone.result.problems[0].name, /^Mass [567]$/)
  assert.equal(await count("city = 'mass'"), 445)
  await client.post(`/operations/${gone.result.operation}/undo`, undefined, { expect: 200 })
  assert.equal(await count("city = 'mass'"), 450)

  await client.post('/changes', { entity: 'pipeline', do: 'delete' }, { expect: 403 })
  await run.admin.post('/changes', { entity: 'account', do: 'update', where: 'nme = 1', record: { city: 'x' } }, { expect: 400 })
  const bad = await run.admin.post('/changes', { entity: 'planet', do: 'burn', record: 7, colour: 1 }, { expect: 422 })
  assert.deepEqual(bad.body.errors.map((e) => e.field).sort(), ['colour', 'do', 'entity', 'record'])
  await run.admin.post('/changes', { entity: 'account', do: 'update', record: {} }, { expect: 422 })
}, { own: true })

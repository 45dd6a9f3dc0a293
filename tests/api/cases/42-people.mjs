// People come, are away and leave: hand-over, deputies, why somebody sees something, a second step asked by a role
// (src/rooms/people/people.md, src/permit/permit.md).
import { signIn } from '../harness.mjs'

const q = encodeURIComponent
let marks = 0
const mark = () => `p${Date.now().toString(36)}${++marks}`

async function user(run, name, more = {}) {
  const made = await run.admin.make('users', { name, login: name.replaceAll(' ', '-').toLowerCase(), state: 'active', ...more })
  await run.admin.post(`/users/${made.id}/password`, { password: 'first password' }, { expect: 204 })
  return made.id
}
const enter = async (run, name) => (await signIn(run, name.replaceAll(' ', '-').toLowerCase(), 'first password')).client

async function over(client, id) {
  for (let i = 0; i < 600; i++) {
    const j = (await client.get(`/jobs/${id}`)).body
    if (['done', 'failed', 'cancelled'].includes(j.state)) return j
    await new Promise((wake) => setTimeout(wake, 50))
  }
  throw new Error('the job does not end')
}
const ids = async (client, plural, where) => {
  const all = []
  for (let after = ''; ;) {
    const b = (await client.get(`/${plural}?where=${q(where)}&limit=200&select=id,owner${after}`)).body
    all.push(...b.records)
    if (!b.next) return all
    after = `&after=${b.next}`
  }
}

it('PEOPLE-11, PEOPLE-12: what a leaver owns goes to others in turn and by share, and comes back in one undo', async (run, assert) => {
  const m = mark()
  const a = run.admin
  const gone = await user(run, `Gone ${m}`)
  const [one, two, three] = [await user(run, `One ${m}`), await user(run, `Two ${m}`), await user(run, `Three ${m}`)]
  const out = await user(run, `Out ${m}`, { state: 'disabled' })
  const deals = []
  for (let i = 0; i < 7; i++) deals.push(await a.make('opportunities', { name: `Deal ${m} ${i}`, stage: i < 5 ? 'prospecting' : 'won', owner: gone }))
  const account = await a.make('accounts', { name: `Account ${m}`, owner: gone })
  const task = await a.make('activities', { subject: `Task ${m}`, kind: 'task', owner: gone })
  await a.make('account_members', { account: account.id, user: gone })
  await a.patch(`/users/${three}`, { manager: gone }, { expect: 200 })
  const period = (await a.get('/fiscal_periods?limit=1')).body.records[0]
  await a.make('quotas', { user: gone, period: period.key, amount: 5, currency: 'CNY' })
  // what there is
  const look = (await a.get(`/users/${gone}/handover`)).body
  const at = (entity, field = 'owner') => look.parts.find((p) => p.entity === entity && p.field === field)
  assert.deepEqual([at('opportunity').count, at('opportunity').open, at('opportunity').kind, at('opportunity').may], [7, 5, 'owner', true])
  assert.deepEqual([at('account').count, at('account').open], [1, null])
  assert.deepEqual([at('activity').count, at('activity').open], [1, 1])
  assert.deepEqual([at('account_member', 'user').kind, at('user', 'manager').count], ['named', 1])
  assert.deepEqual([at('quota', 'user').kind, at('quota', 'user').may], ['figures', false])
  // what is asked is looked at as a whole
  const bad = await a.call('POST', `/users/${gone}/handover`, { body: { parts: [
    { entity: 'opportunity', to: [{ user: gone }, { user: out }, { user: one, share: 0 }, { user: one }] },
    { entity: 'quota', field: 'user', to: [{ user: one }] }, { entity: 'account', to: [] }, { entity: 'opportunity', to: [{ user: one }] }, { to: [{ user: one }] }] }, expect: 422 })
  assert.deepEqual(bad.body.errors.map((e) => [e.field, e.code]), [
    ['parts[0].to[0].user', 'no_such_record'], ['parts[0].to[1].user', 'person_disabled'], ['parts[0].to[2].share', 'out_of_range'], ['parts[0].to[3].user', 'taken'],
    ['parts[1].entity', 'not_a_choice'], ['parts[2].to', 'out_of_range'], ['parts[3].entity', 'taken'], ['parts[4].entity', 'required']])
  for (const body of [{}, { parts: 7 }, { parts: [] }, { parts: ['x'] }, { parts: [{ entity: 'account', to: [{ user: one }], more: 1 }] }, { parts: [{ entity: 'account', to: [{ user: one }] }], more: 1 }])
    await a.call('POST', `/users/${gone}/handover/preview`, { body, expect: 422 })
  // tried out, then done: the same
  const body = { parts: [
    { entity: 'opportunity', open: true, to: [{ user: one, share: 2 }, { user: two, share: 1 }] }, { entity: 'account', to: [{ user: two }] },
    { entity: 'activity', to: [{ user: one }, { user: two }] }, { entity: 'user', field: 'manager', to: [{ user: two }] }, { entity: 'account_member', field: 'user', to: [{ user: one }] }] }
  const plan = (await a.call('POST', `/users/${gone}/handover/preview`, { body, expect: 200 })).body
  assert.deepEqual(plan.parts.map((p) => [p.entity, p.count, p.to.map((t) => t.count)]), [['opportunity', 5, [3, 2]], ['account', 1, [1]], ['activity', 1, [1, 0]], ['user', 1, [1]], ['account_member', 1, [1]]])
  const begun = await a.call('POST', `/users/${gone}/handover`, { body, expect: 202 })
  const done = await over(a, begun.body.job)
  assert.deepEqual([done.state, done.result.total, done.result.changed, done.result.refused], ['done', 9, 9, 0])
  const owners = async () => Object.fromEntries((await ids(a, 'opportunities', `name LIKE 'Deal ${m}%'`)).map((r) => [r.id, r.owner.id]))
  const now = await owners()
  assert.deepEqual(deals.map((d) => now[d.id]), [one, two, one, one, two, gone, gone])
  assert.equal((await a.get(`/accounts/${account.id}`)).body.owner.id, two)
  assert.equal((await a.get(`/users/${three}`)).body.manager.id, two)
  const told = (await a.get(`/opportunities/${deals[0].id}/history`)).body.changes[0]
  assert.deepEqual([told.operation, told.fields.owner.new.id ?? told.fields.owner.new], [done.result.operation, one])
  // what somebody has changed since stays; all else comes back
  await a.patch(`/accounts/${account.id}`, { city: 'X' }, { expect: 200 })
  const undone = (await a.call('POST', `/operations/${done.result.operation}/undo`, { expect: 200 })).body
  assert.deepEqual([undone.restored, undone.skipped], [8, 1])
  assert.deepEqual(new Set(Object.values(await owners())), new Set([gone]))
  assert.equal((await a.get(`/activities/${task.id}`)).body.owner.id, gone)
  assert.equal((await a.get(`/users/${three}`)).body.manager.id, gone)
}, { own: true })

it('PEOPLE-12: who hands over sees and gives away what they may, and nothing else', async (run, assert) => {
  const m = mark()
  const role = await run.admin.make('roles', { name: `Giver ${m}`, key: `giver_${m}` })
  const right = await run.admin.make('role_rights', { role: role.id, entity: 'account', read: 'all', update: 'all', bulk: 'all', assign: 'below' })
  const lead = await user(run, `Lead ${m}`, { role: role.key })
  const gone = await user(run, `Gone ${m}`)
  const heir = await user(run, `Heir ${m}`)
  const acc = await run.admin.make('accounts', { name: `A ${m}`, owner: gone })
  await run.admin.make('contacts', { name: `C ${m}`, owner: gone })
  const client = await enter(run, `Lead ${m}`)
  const look = (await client.get(`/users/${gone}/handover`)).body
  assert.deepEqual(look.parts.map((p) => [p.entity, p.may]), [['account', true]])
  const start = (parts) => client.call('POST', `/users/${gone}/handover`, { body: { parts } })
  assert.equal((await start([{ entity: 'contact', to: [{ user: heir }] }])).status, 403)
  const refused = await over(client, (await start([{ entity: 'account', to: [{ user: heir }] }])).body.job)
  assert.deepEqual([refused.state, refused.result.changed, refused.result.refused, refused.result.problems.length], ['done', 0, 1, 1])
  await run.admin.patch(`/users/${gone}`, { manager: lead }, { expect: 200 }) // now they are below
  const given = await over(client, (await start([{ entity: 'account', to: [{ user: heir }] }])).body.job)
  assert.deepEqual([given.result.changed, given.result.refused], [1, 0])
  assert.equal((await run.admin.get(`/accounts/${acc.id}`)).body.owner.id, heir)
  await run.admin.patch(`/role_rights/${right.id}`, { bulk: 'none' }, { expect: 200 })
  assert.equal((await start([{ entity: 'account', to: [{ user: heir }] }])).status, 403)
}, { own: true })

it('PEOPLE-11: many records are handed over in pieces, while others write; cancelled it stops and can be undone', async (run, assert) => {
  const m = mark()
  const gone = await user(run, `Much ${m}`)
  const [one, two] = [await user(run, `One ${m}`), await user(run, `Two ${m}`)]
  const N = run.engine === 'sqlite' ? 10000 : 3000 // PostgreSQL has the same pieces; ten thousand take it some 30 s beside the others' writes
  for (let i = 0; i < N; i += 1000) await run.admin.call('POST', '/contacts/bulk', { body: { rows: Array.from({ length: 1000 }, (_, k) => ({ do: 'create', record: { name: `C ${m} ${i + k}`, owner: gone } })) }, expect: 200 })
  const body = { parts: [{ entity: 'contact', to: [{ user: one, share: 3 }, { user: two }] }] }
  const { job } = (await run.admin.call('POST', `/users/${gone}/handover`, { body, expect: 202 })).body
  let slowest = 0
  let writes = 0
  for (let j = { state: 'queued' }; !['done', 'failed', 'cancelled'].includes(j.state); j = (await run.admin.get(`/jobs/${job}`)).body) {
    const began = Date.now()
    await run.admin.make('accounts', { name: `Meanwhile ${m} ${writes++}` })
    slowest = Math.max(slowest, Date.now() - began)
  }
  const done = await over(run.admin, job)
  assert.deepEqual([done.state, done.result.changed, done.result.total], ['done', N, N])
  assert.ok(writes > 3, `${writes} writes passed between the pieces`)
  console.log(`hand-over of ${N} records on ${run.engine}: ${writes} others' writes meanwhile, the slowest took ${slowest} ms`)
  const count = async (u) => (await run.admin.get(`/contacts?where=${q(`owner = '${u}'`)}&count=exact&limit=1`)).body.count
  assert.deepEqual([await count(one), await count(two), await count(gone)], [N * 3 / 4, N / 4, 0])
  const back = (await run.admin.call('POST', `/users/${one}/handover`, { body: { parts: [{ entity: 'contact', to: [{ user: gone }] }] }, expect: 202 })).body.job
  await run.admin.call('DELETE', `/jobs/${back}`, { expect: 204 })
  const stopped = await over(run.admin, back)
  assert.equal(stopped.state, 'cancelled')
  if (stopped.result?.operation) await run.admin.call('POST', `/operations/${stopped.result.operation}/undo`, { expect: 200 })
  assert.deepEqual([await count(one), await count(gone)], [N * 3 / 4, 0])
}, { own: true })

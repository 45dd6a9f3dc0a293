// People come, are away and leave: hand-over, deputies, why somebody sees something, a second step asked by a role
// (src/rooms/people/people.md, src/permit/permit.md).
import { Client, signIn } from '../harness.mjs'
import { codeOf, steadyStep } from '../totp.mjs'

const q = encodeURIComponent
const renew = async (run) => run.contract.read((await run.admin.get('/openapi.json', { unchecked: true })).body)
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
  const N = run.engine === 'sqlite' ? 10000 : 2000 // PostgreSQL has the same pieces; ten thousand take it half a minute beside the others' writes
  for (let i = 0; i < N; i += 1000) await run.admin.call('POST', '/contacts/bulk', { body: { rows: Array.from({ length: 1000 }, (_, k) => ({ do: 'create', record: { name: `C ${m} ${i + k}`, owner: gone } })) }, expect: 200 })
  const body = { parts: [{ entity: 'contact', to: [{ user: one, share: 3 }, { user: two }] }] }
  const { job } = (await run.admin.call('POST', `/users/${gone}/handover`, { body, expect: 202 })).body
  let slowest = 0
  const writes = []
  for (let j = { state: 'queued' }; !['done', 'failed', 'cancelled'].includes(j.state); j = (await run.admin.get(`/jobs/${job}`)).body) {
    const began = Date.now()
    writes.push((await run.admin.make('accounts', { name: `Meanwhile ${m} ${writes.length}` })).id)
    slowest = Math.max(slowest, Date.now() - began)
    await new Promise((wake) => setTimeout(wake, 20))
  }
  const done = await over(run.admin, job)
  assert.deepEqual([done.state, done.result.changed, done.result.total], ['done', N, N])
  assert.ok(writes.length > 3, `${writes.length} writes passed between the pieces`)
  for (const id of writes) await run.admin.call('DELETE', `/accounts/${id}`, { expect: 204 }) // as many as there was time for: others count
  console.log(`hand-over of ${N} records on ${run.engine}: ${writes.length} others' writes meanwhile, the slowest took ${slowest} ms`)
  const count = async (u) => (await run.admin.get(`/contacts?where=${q(`owner = '${u}'`)}&count=exact&limit=1`)).body.count
  assert.deepEqual([await count(one), await count(two), await count(gone)], [N * 3 / 4, N / 4, 0])
  const back = (await run.admin.call('POST', `/users/${one}/handover`, { body: { parts: [{ entity: 'contact', to: [{ user: gone }] }] }, expect: 202 })).body.job
  await run.admin.call('DELETE', `/jobs/${back}`, { expect: 204 })
  const stopped = await over(run.admin, back)
  assert.equal(stopped.state, 'cancelled')
  if (stopped.result?.operation) await run.admin.call('POST', `/operations/${stopped.result.operation}/undo`, { expect: 200 })
  assert.deepEqual([await count(one), await count(gone)], [N * 3 / 4, 0])
}, { own: true })

/** Random, but the same each time: what fails can be run again. */
function dice(seed) {
  let s = seed
  const roll = (n) => { s = (Math.imul(s, 1103515245) + 12345) & 0x7fffffff; return (s >> 8) % n }
  return { roll, one: (list) => list[roll(list.length)] }
}

it('PERMIT-21, PERMIT-22: why somebody may is what the API does, for random people, roles, shares and records', async (run, assert) => {
  const m = mark()
  const a = run.admin
  const { roll, one } = dice(20261128)
  const REACH = ['none', 'own', 'below', 'team', 'team_below', 'all']
  const teams = []
  for (let i = 0; i < 4; i++) teams.push((await a.make('teams', { name: `T${i} ${m}`, parent: i ? one(teams) : null })).id)
  const roles = []
  for (let i = 0; i < 4; i++) {
    const role = await a.make('roles', { name: `R${i} ${m}`, key: `r${i}_${m}` })
    for (const entity of ['*', ...(roll(2) ? ['account'] : []), ...(roll(2) ? ['opportunity_line'] : [])])
      await a.make('role_rights', { role: role.id, entity, read: REACH[1 + roll(5)], update: one(REACH), delete: one(REACH), assign: one(REACH), share: one(REACH), create: one(REACH) })
    roles.push(role)
  }
  const closed = [await a.make('role_fields', { role: roles[0].id, entity: 'account', field: 'website', access: 'hidden' }), await a.make('role_fields', { role: roles[0].id, entity: 'account', field: 'employees', access: 'readonly' })]
  await renew(run)
  const people = []
  for (let i = 0; i < 8; i++) {
    const name = `U${i} ${m}`
    const id = await user(run, name, { team: roll(4) ? one(teams) : null, manager: people.length && roll(2) ? one(people).id : null, role: i ? one(roles).key : roles[0].key })
    if (roll(3) === 0) await a.call('POST', '/user_roles', { body: { user: id, role: one(roles).id } })
    people.push({ id, client: await enter(run, name), name })
  }
  for (let i = 1; i < 8; i += 3) await a.patch(`/users/${people[i].id}`, { state: 'absent', deputy: people[(i + 2) % 8].id }, { expect: 200 })
  const KINDS = { account: ['accounts', (n) => ({ name: n })], opportunity: ['opportunities', (n) => ({ name: n, stage: 'prospecting' })], case: ['cases', (n) => ({ subject: n, kind: 'feedback' })], activity: ['activities', (n) => ({ subject: n, kind: 'task' })] }
  const records = []
  for (const [entity, [plural, make]] of Object.entries(KINDS))
    for (let i = 0; i < 5; i++) records.push({ entity, plural, id: (await a.make(plural, { ...make(`${entity} ${m} ${i}`), owner: i ? one(people).id : null })).id })
  for (const r of records.filter((x) => x.entity === 'opportunity').slice(0, 3)) records.push({ entity: 'opportunity_competitor', plural: 'opportunity_competitors', id: (await a.make('opportunity_competitors', { opportunity: r.id, competitor: (await a.make('competitors', { name: `K ${m} ${r.id}` })).id })).id })
  for (let i = 0; i < 14; i++) {
    const r = one(records.filter((x) => x.entity !== 'opportunity_competitor'))
    await a.make('shares', { about: `${r.entity}/${r.id}`, access: one(['read', 'change']), until: one([null, '2020-01-01', '2090-01-01']), ...(roll(2) ? { user: one(people).id } : { team: one(teams) }) })
  }
  for (let i = 0; i < 4; i++) await a.call('POST', '/account_members', { body: { account: one(records.filter((x) => x.entity === 'account')).id, user: one(people).id } })
  // each person × each record: the explanation and the deed
  const met = {}
  const readers = new Map(records.map((r) => [r.id, []]))
  const known = new Map(records.map((r) => [r.id, new Map()]))
  for (const p of people) {
    for (const r of records) {
      const said = (await a.get(`/access?user=${p.id}&entity=${r.entity}&record=${r.id}`)).body
      const may = Object.fromEntries(said.record.map((v) => [v.verb, v]))
      const where = (v) => `${p.name} ${v} ${r.entity} ${r.id}: ${JSON.stringify(may[v])}`
      const expected = (v, good) => (!may[v].seen ? 404 : may[v].may ? good : 403)
      for (const v of said.record) met[v.why] = (met[v.why] ?? 0) + 1
      if (may.read.may) readers.get(r.id).push(p.id)
      known.get(r.id).set(p, may)
      // a kind that one may not read at all is 403 before any record is looked for
      const none = said.kinds[0].verbs.find((v) => v.verb === 'read').may ? 404 : 403
      const want = (v, good) => { const s = expected(v, good); return s === 404 ? [404, none] : [s] }
      assert.ok(want('read', 200).includes((await p.client.call('GET', `/${r.plural}/${r.id}`)).status), where('read'))
      const change = r.entity === 'opportunity_competitor' ? { strengths: p.name } : { description: p.name }
      assert.ok(want('update', 200).includes((await p.client.call('PATCH', `/${r.plural}/${r.id}`, { body: change })).status), where('update'))
      if (!may.delete.may) assert.ok(want('delete', 204).includes((await p.client.call('DELETE', `/${r.plural}/${r.id}`)).status), where('delete'))
      if (r.entity !== 'opportunity_competitor' && !may.assign.may) assert.ok(want('assign', 200).includes((await p.client.call('POST', `/${r.plural}/${r.id}/assign`, { body: { owner: p.id } })).status), where('assign'))
      if (r.entity === 'account' && r === records[1]) { // the fields
        const kind = said.kinds[0].fields
        const shown = may.read.may ? Object.keys((await p.client.get(`/accounts/${r.id}`)).body) : []
        if (may.read.may) assert.equal(shown.includes('website'), !kind.some((f) => f.field === 'website' && f.access === 'hidden'))
      }
    }
  }
  for (const why of ['all', 'own', 'below', 'team', 'deputy', 'shared', 'not_reached']) assert.ok(met[why] > 0, `${why} was met: ${JSON.stringify(met)}`)
  // who may see it is who may see it
  for (const r of records.filter((x) => x.entity !== 'opportunity_competitor')) {
    const seen = (await a.get(`/access/people?entity=${r.entity}&record=${r.id}`)).body
    assert.equal(seen.next, null)
    const mine = seen.people.map((x) => x.user.id).filter((id) => people.some((p) => p.id === id))
    assert.deepEqual(mine.sort(), readers.get(r.id).sort(), `${r.entity} ${r.id}`)
  }
  // what may be done is done; deleting comes last
  let deeds = 0
  for (const r of records.filter((x) => x.entity !== 'opportunity_competitor')) {
    const doers = { assign: null, delete: null }
    for (const v of Object.keys(doers)) for (const p of people) {
      const of = (name) => known.get(r.id).get(p)[name].may
      if (of(v) && (v === 'delete' || of('update'))) doers[v] ??= p
    }
    if (doers.assign) { deeds++; await doers.assign.client.call('POST', `/${r.plural}/${r.id}/assign`, { body: { owner: (await a.get(`/${r.plural}/${r.id}`)).body.owner?.id ?? people[0].id }, expect: 200 }) }
    if (doers.delete) { deeds++; await doers.delete.client.call('DELETE', `/${r.plural}/${r.id}`, { expect: 204 }) }
  }
  assert.ok(deeds > 10)
  for (const f of closed) await a.del(`/role_fields/${f.id}`)
  await renew(run)
  console.log(`access: ${people.length} people × ${records.length} records on ${run.engine}, reasons ${JSON.stringify(met)}`)
}, { own: true })

it('PERMIT-22: one asks about oneself, an administrator about anybody; a token, a person who is gone, a record that is hidden', async (run, assert) => {
  const m = mark()
  const role = await run.admin.make('roles', { name: `Own ${m}`, key: `own_${m}` })
  await run.admin.make('role_rights', { role: role.id, entity: '*', read: 'own', update: 'own', share: 'own' })
  const [me, peer] = [await user(run, `Me ${m}`, { role: role.key }), await user(run, `Peer ${m}`, { role: role.key })]
  const client = await enter(run, `Me ${m}`)
  const mine = (await run.admin.make('accounts', { name: `Mine ${m}`, owner: me })).id
  const theirs = (await run.admin.make('accounts', { name: `Theirs ${m}`, owner: peer })).id
  const verb = (body, name) => body.record.find((v) => v.verb === name)
  assert.equal(verb((await client.get(`/access?entity=account&record=${mine}`)).body, 'read').why, 'own')
  await client.call('GET', `/access?entity=account&record=${theirs}`, { expect: 404 }) // as if it did not exist
  await client.call('GET', `/access/people?entity=account&record=${theirs}`, { expect: 404 })
  await client.call('GET', `/access?user=${peer}`, { expect: 403 })
  await client.call('GET', '/access?entity=nothing', { expect: 404 })
  await client.call('GET', '/access?user=x', { expect: 400 })
  await client.call('GET', '/access/people', { expect: 400 })
  const kinds = (await client.get('/access')).body.kinds
  const at = (entity, v) => kinds.find((x) => x.entity === entity).verbs.find((y) => y.verb === v)
  assert.deepEqual([at('account', 'read').reach, at('account', 'read').roles.map((r) => r.name), at('account', 'delete').may, at('role', 'update').why, at('opportunity_change', 'update').why], ['own', [`Own ${m}`], false, 'reserved', 'journal'])
  // fields that the role closes, each as it is
  const closed = []
  for (const [field, access] of [['website', 'hidden'], ['employees', 'readonly'], ['phone', 'masked']]) closed.push(await run.admin.make('role_fields', { role: role.id, entity: 'account', field, access }))
  await renew(run)
  const fields = (await client.get('/access?entity=account')).body.kinds[0].fields.map((f) => [f.field, f.access])
  assert.deepEqual(fields.filter((f) => ['website', 'employees', 'phone'].includes(f[0])).sort(), [['employees', 'readonly'], ['phone', 'masked'], ['website', 'hidden']])
  for (const f of closed) await run.admin.del(`/role_fields/${f.id}`)
  await renew(run)
  // a share, with until when and by whom
  await run.admin.make('shares', { about: `account/${theirs}`, user: me, until: '2090-01-01' })
  const shared = verb((await run.admin.get(`/access?user=${me}&entity=account&record=${theirs}`)).body, 'read')
  assert.deepEqual([shared.may, shared.why, shared.share.until, shared.owner.id], [true, 'shared', '2090-01-01', peer])
  const people = (await run.admin.get(`/access/people?entity=account&record=${theirs}`)).body.people
  assert.deepEqual(people.filter((p) => [me, peer].includes(p.user.id)).map((p) => [p.user.id, p.why, p.changes]), [[me, 'shared', false], [peer, 'own', true]])
  // a manager's reach, in names
  await run.admin.patch(`/role_rights/${(await run.admin.get(`/role_rights?where=${q(`role = '${role.id}'`)}`)).body.records[0].id}`, { read: 'below' }, { expect: 200 })
  await run.admin.patch(`/users/${peer}`, { manager: me }, { expect: 200 })
  const below = verb((await client.get(`/access?entity=account&record=${theirs}`)).body, 'read')
  assert.deepEqual([below.why, below.people], ['below', [`Peer ${m}`]])
  // with a token's narrower rights
  const token = (await client.call('POST', '/tokens', { body: { name: 'narrow', read_only: true, entities: ['contact'] }, expect: 201 })).body
  const narrow = (await client.get(`/access?token=${token.id}&entity=account&record=${mine}`)).body
  assert.deepEqual([narrow.token.name, verb(narrow, 'read').may, verb(narrow, 'read').why], ['narrow', false, 'token'])
  // who is out may nothing
  await run.admin.patch(`/users/${me}`, { state: 'disabled' }, { expect: 200 })
  const out = (await run.admin.get(`/access?user=${me}&entity=account&record=${mine}`)).body
  assert.deepEqual([out.enters, out.record.some((v) => v.may), out.kinds[0].verbs.some((v) => v.may)], [false, false, false])
}, { own: true })

it('PEOPLE-14: for who is absent the deputy reads, changes, hears and is given; it ends with the absence', async (run, assert) => {
  const m = mark()
  const a = run.admin
  const role = await a.make('roles', { name: `Rep ${m}`, key: `rep_${m}` })
  await a.make('role_rights', { role: role.id, entity: '*', read: 'own', create: 'own', update: 'own', delete: 'own', assign: 'own' })
  const away = await user(run, `Away ${m}`, { role: role.key })
  const [stand, last] = [await user(run, `Stand ${m}`, { role: role.key }), await user(run, `Last ${m}`, { role: role.key })]
  const [client, third] = [await enter(run, `Stand ${m}`), await enter(run, `Last ${m}`)]
  const acc = (await a.make('accounts', { name: `Acc ${m}`, owner: away })).id
  const deal = (await a.make('opportunities', { name: `Deal ${m}`, stage: 'prospecting', owner: away })).id
  const line = (await a.make('opportunity_competitors', { opportunity: deal, competitor: (await a.make('competitors', { name: `K ${m}` })).id })).id
  const status = async (c, method, path, body) => (await c.call(method, path, { body })).status
  const list = async (c) => (await c.get(`/accounts?where=${q(`name LIKE 'Acc ${m}%'`)}&order=name&count=exact`)).body.count
  assert.deepEqual([await status(client, 'GET', `/accounts/${acc}`), await list(client)], [404, 0])
  await a.patch(`/users/${away}`, { state: 'absent', deputy: stand }, { expect: 200 })
  assert.deepEqual([await status(client, 'GET', `/accounts/${acc}`), await list(client)], [200, 1])
  assert.equal(await status(client, 'PATCH', `/accounts/${acc}`, { city: 'Wuhan' }), 200)
  assert.equal(await status(client, 'PATCH', `/opportunity_competitors/${line}`, { strengths: 'x' }), 200) // its parts come along
  assert.equal(await status(client, 'DELETE', `/accounts/${acc}`), 403)
  assert.equal(await status(client, 'POST', `/accounts/${acc}/assign`, { owner: stand }), 403)
  assert.equal((await client.get(`/search?q=${q(`Acc ${m}`)}`)).body.hits.length, 1)
  assert.deepEqual([await status(third, 'GET', `/accounts/${acc}`)], [404])
  // what comes for the absent person is told to both
  const told = async (c) => (await c.get('/notices')).body.notices.map((n) => n.text)
  await a.make('leads', { name: `Handed ${m}`, company: 'X', owner: away })
  assert.ok((await told(client)).some((t) => t.startsWith(`For Away ${m}: `) && t.includes(`Handed ${m}`)), JSON.stringify(await told(client)))
  // rules: to the deputy where a person is named; a team's absent members are left out
  const rule = await a.make('assignment_rules', { name: `R ${m}`, condition: `company = '${m}'`, way: 'person', person: away })
  const given = async () => (await a.make('leads', { name: `Ruled ${m}`, company: m, owner: null })).owner?.id ?? null
  assert.equal(await given(), stand)
  // the deputy is absent as well
  await a.patch(`/users/${stand}`, { state: 'absent', deputy: last }, { expect: 200 })
  assert.deepEqual([await status(third, 'GET', `/accounts/${acc}`), await list(third), await given()], [200, 1, last])
  assert.equal((await a.patch(`/users/${last}`, { state: 'absent', deputy: away }, { expect: 422 })).body.errors[0].code, 'circle')
  await a.patch(`/users/${last}`, { state: 'disabled' }, { expect: 200 })
  assert.equal(await given(), null) // nobody is there: the next rule, if there is one
  await a.patch(`/users/${away}`, { state: 'active' }, { expect: 200 })
  assert.deepEqual([await status(client, 'GET', `/accounts/${acc}`), await list(client), await given()], [404, 0, away])
  await a.patch(`/assignment_rules/${rule.id}`, { active: false }, { expect: 200 })
}, { own: true })

it('PEOPLE-13, PEOPLE-9: a second step asked by a role: set up before anything else, kept, and asked of open sessions at once', async (run, assert) => {
  const m = mark()
  const a = run.admin
  const role = await a.make('roles', { name: `Strict ${m}`, key: `strict_${m}`, second_step: true })
  await a.make('role_rights', { role: role.id, entity: '*', read: 'all' })
  const plain = await a.make('roles', { name: `Plain ${m}`, key: `plain_${m}` })
  await a.make('role_rights', { role: plain.id, entity: '*', read: 'all' })
  const id = await user(run, `Strict ${m}`, { role: plain.key })
  const client = await enter(run, `Strict ${m}`)
  await client.get('/accounts')
  const more = await a.make('user_roles', { user: id, role: role.id }) // a further role asks as well
  assert.equal((await client.call('GET', '/accounts', { expect: 403 })).body.code, 'second_step_required')
  assert.equal((await client.get('/me')).body.must_set_second_step, true)
  await a.del(`/user_roles/${more.id}`)
  await client.get('/accounts')
  await a.patch(`/users/${id}`, { role: role.key }, { expect: 200 })
  await client.call('GET', '/accounts', { expect: 403 })
  await a.patch(`/roles/${role.id}`, { second_step: false }, { expect: 200 })
  await client.get('/accounts')
  await a.patch(`/roles/${role.id}`, { second_step: true }, { expect: 200 })
  for (const [method, path, body] of [['GET', '/accounts'], ['POST', '/tokens', { name: 'way around' }], ['GET', '/events'], ['POST', '/me/calendar'], ['POST', '/query', { query: 'SELECT name FROM user' }]])
    await client.call(method, path, { body, expect: 403 })
  const again = await enter(run, `Strict ${m}`)
  await again.call('GET', '/accounts', { expect: 403 })
  const offer = (await again.post('/me/totp', { password: 'first password' }, { expect: 200 })).body
  const step = await steadyStep()
  const done = await again.post('/me/totp/confirm', { code: codeOf(offer.secret, step) }, { expect: 200 })
  const inside = new Client(run, { cookie: done.headers.getSetCookie().map((c) => /^zhike_session=([^;]*)/.exec(c)?.[1]).find(Boolean) })
  await inside.get('/accounts')
  assert.equal((await inside.post('/me/totp/off', { password: 'first password' }, { expect: 409 })).body.code, 'second_step_kept')
  assert.equal((await inside.get('/me/totp')).body.required, true)
  await client.call('GET', '/me', { expect: 401 }) // sessions that were opened without it
  await a.patch(`/roles/${role.id}`, { second_step: false }, { expect: 200 })
  await inside.post('/me/totp/off', { password: 'first password' }, { expect: 204 })
  // more rights by a further role: whoever is signed in signs in anew
  const administrator = (await a.get(`/roles?where=${q("key = 'administrator'")}`)).body.records[0]
  const risen = await enter(run, `Strict ${m}`)
  const link = await a.make('user_roles', { user: id, role: administrator.id })
  await risen.call('GET', '/me', { expect: 401 })
  const events = (await a.get(`/security_events?user=${id}&kind=rights`)).body.events
  assert.ok(events.length >= 3, JSON.stringify(events))
  await a.del(`/user_roles/${link.id}`)
}, { own: true })

it('PEOPLE-8: with the person end the calendar, what waits and what runs in their name; invited and absent people', async (run, assert) => {
  const m = mark()
  const a = run.admin
  const id = await user(run, `Busy ${m}`, { role: 'administrator' })
  const client = await enter(run, `Busy ${m}`)
  const N = 2000
  for (let i = 0; i < N; i += 1000) await a.call('POST', '/contacts/bulk', { body: { rows: Array.from({ length: 1000 }, (_, k) => ({ do: 'create', record: { name: `B ${m} ${i + k}` } })) }, expect: 200 })
  const feed = (await client.call('POST', '/me/calendar', { expect: 200 })).body.path
  await run.anyone.call('GET', feed, { root: true, expect: 200, unchecked: true })
  const start = async (title) => (await client.call('POST', '/changes', { body: { entity: 'contact', where: `name LIKE 'B ${m}%'`, do: 'update', record: { title } }, expect: 202 })).body.job
  const [runs, waits] = [await start('first'), await start('second')]
  const changed = async (title) => (await a.get(`/contacts?where=${q(`name LIKE 'B ${m}%' AND title = '${title}'`)}&count=exact&limit=1`)).body.count
  for (let i = 0; i < 2000 && !(await changed('first')); i++) await new Promise((wake) => setTimeout(wake, 2))
  await a.patch(`/users/${id}`, { state: 'disabled' }, { expect: 200 })
  const at = await changed('first') // nothing is written after the answer
  await client.call('GET', '/me', { expect: 401 })
  await run.anyone.call('GET', feed, { root: true, expect: 404, unchecked: true })
  const [one, two] = [await over(a, runs), await over(a, waits)]
  assert.equal(await changed('first'), at)
  assert.equal(await changed('second'), 0)
  assert.ok(one.state !== 'done' || at === N, `${one.state}, ${at} of ${N}`)
  assert.equal(two.state, 'cancelled')
  await a.patch(`/users/${id}`, { state: 'active' }, { expect: 200 }) // nothing revives
  await run.anyone.call('GET', feed, { root: true, expect: 404, unchecked: true })
  await a.patch(`/users/${id}`, { role: 'member' }, { expect: 200 })
  // an invited person has no way in but the link; an absent one comes in as always
  await a.patch(`/users/${id}`, { state: 'invited' }, { expect: 200 })
  await run.anyone.call('POST', '/session', { body: { login: `busy-${m}`, password: 'first password' }, expect: 401 })
  await a.patch(`/users/${id}`, { state: 'absent' }, { expect: 200 })
  await (await enter(run, `Busy ${m}`)).get('/me')
}, { own: true })

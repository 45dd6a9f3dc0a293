// Who sees and does what: kinds of record × verbs × reach × ways to a record, made from the tables, each compared with what
// a slow and obvious checker says (src/permit/permit.md).
import { signIn } from '../harness.mjs'
import { upload } from '../hostile/house.mjs'

const q = encodeURIComponent
const renew = async (run) => run.contract.read((await run.admin.get('/openapi.json', { unchecked: true })).body)
const REACHES = ['none', 'own', 'below', 'team', 'team_below', 'all']
const VERBS = ['read', 'create', 'update', 'delete', 'export', 'import', 'bulk', 'assign', 'share', 'merge', 'convert']
const OWNERS = ['me', 'peer', 'below', 'managed', 'stranger']
/** The checker: whose records a reach holds. */
const held = {
  none: [],
  own: ['me'],
  below: ['me', 'below', 'managed'],
  team: ['me', 'peer'],
  team_below: ['me', 'peer', 'below', 'managed'],
  all: OWNERS,
}
/** Records that stand alone and have an owner, with what is needed to make one. */
const KINDS = {
  accounts: (n) => ({ name: `Rights ${n}` }),
  contacts: (n) => ({ name: `Rights ${n}` }),
  leads: (n) => ({ name: `Rights ${n}`, company: `Firm ${n}` }),
  opportunities: (n) => ({ name: `Rights ${n}`, stage: 'prospecting' }),
  campaigns: (n) => ({ name: `Rights ${n}` }),
  competitors: (n) => ({ name: `Rights ${n}` }),
  cases: (n) => ({ subject: `Rights ${n}`, kind: 'feedback' }),
  activities: (n) => ({ subject: `Rights ${n}`, kind: 'task' }),
}
/** Parts of them, which are asked about by what they are a part of. */
const PARTS = {
  opportunity_competitors: { whole: 'opportunities', make: (id, other) => ({ opportunity: id, competitor: other }), field: 'opportunity', change: { strengths: 'x' } },
  campaign_costs: { whole: 'campaigns', make: (id) => ({ campaign: id, name: 'Stand', amount: 5 }), field: 'campaign', change: { name: 'Stand 2' } },
}

let house = null

/** The people, the role that is written anew for each cell, and one record of each kind for each of them. */
async function build(run) {
  if (house?.run === run) return house
  const mark = `r${Date.now().toString(36)}`
  const a = run.admin
  const north = (await a.make('teams', { name: `North ${mark}` })).id
  const under = (await a.make('teams', { name: `North-1 ${mark}`, parent: north })).id
  const south = (await a.make('teams', { name: `South ${mark}` })).id
  const role = await a.make('roles', { name: `Cell ${mark}`, key: `cell_${mark}` })
  const row = await a.make('role_rights', { role: role.id, entity: '*' })
  const person = async (name, team, more = {}) => (await a.make('users', { name: `${name} ${mark}`, login: `${name}-${mark}`, state: 'active', team, ...more })).id
  const people = { me: await person('me', north, { role: role.key }) }
  people.peer = await person('peer', north)
  people.below = await person('below', under)
  people.managed = await person('managed', south, { manager: people.me })
  people.stranger = await person('stranger', south)
  await a.post(`/users/${people.me}/password`, { password: 'first password' }, { expect: 204 })
  const { client } = await signIn(run, `me-${mark}`, 'first password')
  const rival = (await a.make('competitors', { name: `Rival ${mark}` })).id
  const records = {}
  for (const [plural, make] of Object.entries(KINDS)) {
    records[plural] = {}
    for (const who of OWNERS) records[plural][who] = (await a.make(plural, { ...make(`${mark} ${who}`), owner: people[who] })).id
  }
  for (const [plural, part] of Object.entries(PARTS)) {
    records[plural] = {}
    for (const who of OWNERS) records[plural][who] = (await a.make(plural, part.make(records[part.whole][who], rival))).id
  }
  const set = async (rights) => {
    const body = Object.fromEntries(VERBS.map((v) => [v, rights[v] ?? rights.rest ?? 'none']))
    await a.patch(`/role_rights/${row.id}`, body, { expect: 200 })
  }
  house = { run, mark, people, client, records, set, role, row }
  return house
}

const whereIds = (ids) => `id IN (${Object.values(ids).map((id) => `'${id}'`).join(', ')})`
const ownersOf = (ids, list) => OWNERS.filter((who) => list.includes(ids[who]))

/** Every way to a record that reads, by name; each answers whose records it showed. */
const ways = {
  list: async (h, plural, ids) => ownersOf(ids, (await h.client.get(`/${plural}?where=${q(whereIds(ids))}&limit=50`)).body.records.map((r) => r.id)),
  'list by another order': async (h, plural, ids) => ownersOf(ids, (await h.client.get(`/${plural}?where=${q(whereIds(ids))}&order=${q('created_at DESC')}&limit=50`)).body.records.map((r) => r.id)),
  'page by page': async (h, plural, ids) => {
    const seen = []
    for (let after = ''; ;) {
      const b = (await h.client.get(`/${plural}?where=${q(whereIds(ids))}&order=updated_at&limit=1${after}`)).body
      seen.push(...b.records.map((r) => r.id))
      if (!b.next) return ownersOf(ids, seen)
      after = `&after=${b.next}`
    }
  },
  'by id': async (h, plural, ids) => {
    const seen = []
    for (const who of OWNERS) {
      const reply = await h.client.call('GET', `/${plural}/${ids[who]}`)
      if (reply.status === 200) seen.push(who)
      else if (reply.status !== 404) throw new Error(`${plural} by id: ${reply.status}`)
    }
    return seen
  },
  history: async (h, plural, ids) => {
    const seen = []
    for (const who of OWNERS) if ((await h.client.call('GET', `/${plural}/${ids[who]}/history`)).status === 200) seen.push(who)
    return seen
  },
}
/** And those that count. */
const counts = {
  'exact count': async (h, plural, ids) => (await h.client.get(`/${plural}?where=${q(whereIds(ids))}&count=exact&limit=1`)).body.count,
  query: async (h, plural, ids, entity) => (await h.client.post('/query', { query: `SELECT COUNT() FROM ${entity} WHERE ${whereIds(ids)}` }, { expect: 200 })).body.count,
  grouped: async (h, plural, ids, entity) => {
    const rows = (await h.client.post('/query', { query: `SELECT created_by, COUNT(id) n FROM ${entity} WHERE ${whereIds(ids)} GROUP BY created_by` }, { expect: 200 })).body.records
    return rows.reduce((sum, r) => sum + r.n, 0)
  },
}

const wholeOf = (plural) => PARTS[plural]?.whole
async function entityOf(run, plural) {
  const meta = (await run.admin.get('/meta')).body
  return meta.entities.find((e) => e.plural === plural).name
}

it('rights: what is read is what the checker holds, on every way, for every kind and reach', async (run, assert) => {
  const h = await build(run)
  const names = {}
  for (const plural of Object.keys(h.records)) names[plural] = await entityOf(run, plural)
  let cells = 0
  for (const reach of REACHES) {
    await h.set({ read: reach })
    for (const plural of Object.keys(h.records)) {
      const ids = h.records[plural]
      if (reach === 'none') {
        assert.equal((await h.client.call('GET', `/${plural}`)).status, 403, `${plural}: a kind that one may not see at all`)
        for (const who of OWNERS) assert.ok([403, 404].includes((await h.client.call('GET', `/${plural}/${ids[who]}`)).status))
        cells += 2
        continue
      }
      for (const [way, ask] of Object.entries(ways)) {
        assert.deepEqual(await ask(h, plural, ids), held[reach], `${plural}, ${reach}, ${way}`)
        cells++
      }
      for (const [way, ask] of Object.entries(counts)) {
        assert.equal(await ask(h, plural, ids, names[plural]), held[reach].length, `${plural}, ${reach}, ${way}`)
        cells++
      }
    }
  }
  console.log(`rights: ${cells} cells of kind × reach × way`)
}, { own: true })

it('rights: what hangs together does not give away what is hidden', async (run, assert) => {
  const h = await build(run)
  for (const reach of REACHES.slice(1)) {
    await h.set({ read: reach })
    const names = (await h.client.get(`/search?q=${q(`Rights ${h.mark}`)}&limit=50`)).body.hits
    const hits = names.map((hit) => hit.id)
    for (const plural of ['accounts', 'contacts', 'leads', 'opportunities', 'campaigns', 'competitors', 'cases'])
      for (const who of OWNERS)
        if (hits.includes(h.records[plural][who])) assert.ok(held[reach].includes(who), `search shows ${plural} of ${who} to ${reach}`)
    // a semi-join and a path go no further than a list
    const opportunities = h.records.opportunities
    const semi = (await h.client.get(`/opportunities?where=${q(`id IN (SELECT opportunity FROM opportunity_competitor WHERE ${whereIds(h.records.opportunity_competitors)})`)}&limit=50`)).body.records.map((r) => r.id)
    assert.deepEqual(ownersOf(opportunities, semi), held[reach], `semi-join, ${reach}`)
    // related lists, timelines
    for (const who of OWNERS) {
      const seen = held[reach].includes(who)
      assert.equal((await h.client.call('GET', `/opportunities/${opportunities[who]}/opportunity_competitors`)).status, seen ? 200 : 404, `related, ${reach}, ${who}`)
      assert.equal((await h.client.call('GET', `/accounts/${h.records.accounts[who]}/timeline`)).status, seen ? 200 : 404, `timeline, ${reach}, ${who}`)
    }
  }
}, { own: true })

it('rights: what is changed and deleted is what the checker holds; 403 for what one sees, 404 for what one does not', async (run, assert) => {
  const h = await build(run)
  const expected = (reads, does, who) => (!held[reads].includes(who) ? 404 : held[does].includes(who) ? 200 : 403)
  for (const [reads, does] of [['all', 'none'], ['all', 'own'], ['all', 'team'], ['all', 'team_below'], ['team_below', 'own'], ['own', 'all'], ['below', 'below']]) {
    await h.set({ read: reads, update: does, assign: 'all' })
    for (const plural of Object.keys(h.records)) {
      for (const who of OWNERS) {
        const change = PARTS[plural]?.change ?? { [plural === 'competitors' ? 'strengths' : 'description']: `by ${reads}/${does}` }
        const reply = await h.client.call('PATCH', `/${plural}/${h.records[plural][who]}`, { body: change })
        assert.equal(reply.status, expected(reads, does, who), `PATCH ${plural} of ${who}, read ${reads}, update ${does}: ${reply.text.slice(0, 200)}`)
      }
    }
    await h.set({ read: reads, delete: does })
    for (const plural of Object.keys(KINDS))
      for (const who of OWNERS)
        if (expected(reads, does, who) !== 200) {
          const reply = await h.client.call('DELETE', `/${plural}/${h.records[plural][who]}`)
          assert.equal(reply.status, expected(reads, does, who), `DELETE ${plural} of ${who}, read ${reads}, delete ${does}`)
        }
  }
  // and what may be deleted is
  await h.set({ read: 'all', delete: 'team' })
  for (const plural of Object.keys(KINDS)) {
    const one = await run.admin.make(plural, { ...KINDS[plural](`${h.mark} gone`), owner: h.people.peer })
    await h.client.del(`/${plural}/${one.id}`, { expect: 204 })
  }
}, { own: true })

it('rights: a file is put on a record, and taken off it, by who may change it (PERMIT-23)', async (run, assert) => {
  const h = await build(run)
  const about = {}
  for (const plural of Object.keys(h.records)) about[plural] = await entityOf(run, plural)
  const put = (plural, who, client = h.client) => upload(client, `${who}.txt`, 'x', `${about[plural]}/${h.records[plural][who]}`)
  const expected = (reads, does, who) => (!held[reads].includes(who) ? 422 : held[does].includes(who) ? 201 : 403)
  let cells = 0
  for (const [reads, does] of [['all', 'none'], ['all', 'own'], ['team_below', 'team'], ['own', 'all']]) {
    await h.set({ read: reads, update: does })
    for (const plural of Object.keys(h.records))
      for (const who of OWNERS) {
        const reply = await put(plural, who)
        assert.equal(reply.status, expected(reads, does, who), `${plural} of ${who}, read ${reads}, update ${does}: ${reply.text.slice(0, 200)}`)
        if (reply.status === 422) assert.deepEqual(reply.body.errors.map((e) => [e.field, e.code]), [['about', 'no_such_record']])
        const list = await h.client.call('GET', `/${plural}/${h.records[plural][who]}/files`)
        assert.equal(list.status, reply.status === 422 ? 404 : 200)
        if (list.status === 200) assert.deepEqual([list.body.may_add, list.body.files.some((f) => f.may_remove)], [reply.status === 201, reply.status === 201])
        if (reply.status === 201) await h.client.del(`/files/${reply.body.id}`, { expect: 204 })
        cells++
      }
  }
  // what was refused is not there
  await h.set({ read: 'all' })
  for (const plural of Object.keys(h.records)) assert.deepEqual((await h.client.get(`/${plural}/${h.records[plural].peer}/files`)).body.files, [], plural)
  // a right that goes takes the file along: to take off, then to read, also what one has put there oneself
  await h.set({ read: 'all', update: 'all' })
  const mine = (await put('accounts', 'peer')).body.id, theirs = (await put('accounts', 'peer', run.admin)).body.id
  const status = async (id, method = 'GET', path = '/info') => (await h.client.call(method, `/files/${id}${path}`)).status
  assert.deepEqual((await h.client.get(`/accounts/${h.records.accounts.peer}/files`)).body.files.map((f) => [f.id, f.may_remove]), [[theirs, false], [mine, true]])
  assert.equal(await status(theirs, 'DELETE', ''), 403, 'another person’s')
  await h.set({ read: 'all', update: 'own' })
  assert.equal((await h.client.get(`/files/${mine}/info`)).body.may_remove, false)
  assert.equal(await status(mine, 'DELETE', ''), 403)
  await h.set({ read: 'own', update: 'own' })
  for (const id of [mine, theirs]) {
    assert.equal(await status(id), 404)
    assert.equal(await status(id, 'GET', ''), 404)
    assert.equal(await status(id, 'DELETE', ''), 404)
  }
  // shared to be read it is read, shared to be changed it is changed
  const share = await run.admin.make('shares', { about: `account/${h.records.accounts.peer}`, user: h.people.me, access: 'read' })
  assert.equal(await status(mine), 200)
  assert.equal((await put('accounts', 'peer')).status, 403)
  await run.admin.patch(`/shares/${share.id}`, { access: 'change' }, { expect: 200 })
  assert.equal((await put('accounts', 'peer')).status, 201)
  assert.equal(await status(mine, 'DELETE', ''), 204)
  await run.admin.del(`/shares/${share.id}`, { expect: 204 })
  console.log(`rights: ${cells} cells of kind × owner × reach for files`)
}, { own: true })

it('rights: what still needs a record is told by its kind where one sees it, else not at all', async (run, assert) => {
  const h = await build(run)
  const rights = Object.fromEntries(VERBS.map((v) => [v, 'all']))
  const row = await run.admin.make('role_rights', { role: h.role.id, entity: 'product', ...rights })
  await h.set({ read: 'own', update: 'own' })
  const product = (await run.admin.make('products', { name: `Needed ${h.mark}` })).id
  const line = (of) => run.admin.make('opportunity_lines', { opportunity: h.records.opportunities[of], product, quantity: 1, price: 1 })
  const label = (await run.admin.get('/meta')).body.entities.find((e) => e.name === 'opportunity_line').plural_label
  const words = Object.values(label)
  const refused = async () => (await h.client.del(`/products/${product}`, { expect: 409 })).body
  await line('stranger')
  const unseen = await refused()
  assert.equal(unseen.code, 'in_use')
  assert.ok(!words.some((w) => unseen.detail.includes(w)) && !/\d/.test(unseen.detail), unseen.detail)
  await line('stranger')
  assert.equal((await refused()).detail, unseen.detail, 'however many')
  await line('me')
  const seen = (await refused()).detail
  assert.ok(words.some((w) => seen.includes(w)), seen)
  await run.admin.del(`/role_rights/${row.id}`, { expect: 204 })
}, { own: true })

it('rights: one makes records for whom the reach holds, and gives away what one may assign', async (run, assert) => {
  const h = await build(run)
  for (const [create, assign] of [['own', 'none'], ['team', 'own'], ['all', 'all']]) {
    await h.set({ read: 'all', create, update: 'all', assign })
    for (const plural of Object.keys(KINDS)) {
      for (const who of OWNERS) {
        const made = await h.client.call('POST', `/${plural}`, { body: { ...KINDS[plural](`${h.mark} made ${create} ${who}`), owner: h.people[who] } })
        assert.equal(made.status, held[create].includes(who) ? 201 : 403, `POST ${plural} for ${who}, create ${create}: ${made.text.slice(0, 200)}`)
      }
      for (const who of ['me', 'peer', 'stranger']) {
        const one = await run.admin.make(plural, { ...KINDS[plural](`${h.mark} given ${assign} ${who}`), owner: h.people[who] })
        const to = h.people[who === 'peer' ? 'below' : 'peer']
        const given = await h.client.call('PATCH', `/${plural}/${one.id}`, { body: { owner: to } })
        assert.equal(given.status, held[assign].includes(who) ? 200 : 403, `assign ${plural} of ${who}, assign ${assign}: ${given.text.slice(0, 200)}`)
      }
    }
  }
  // the same for many at once
  await h.set({ read: 'all', update: 'own', bulk: 'all' })
  const rows = OWNERS.map((who) => ({ do: 'update', id: h.records.accounts[who], record: { city: 'X' } }))
  const bulk = (await h.client.post('/accounts/bulk', { rows }, { expect: 200 })).body
  assert.deepEqual(bulk.results.map((r) => r.status ?? (r.error ? r.error.status : 200)), OWNERS.map((who) => (who === 'me' ? 200 : 403)))
}, { own: true })

it('rights: several roles add up, and a right that goes is gone with the next request', async (run, assert) => {
  const h = await build(run)
  await h.set({ read: 'own' })
  const more = await run.admin.make('roles', { name: `More ${h.mark}`, key: `more_${h.mark}` })
  const row = await run.admin.make('role_rights', { role: more.id, entity: 'account', read: 'team' })
  const seen = () => ways.list(h, 'accounts', h.records.accounts)
  assert.deepEqual(await seen(), held.own)
  const link = await run.admin.make('user_roles', { user: h.people.me, role: more.id })
  assert.deepEqual(await seen(), held.team)
  assert.deepEqual(await ways.list(h, 'contacts', h.records.contacts), held.own)
  await run.admin.patch(`/role_rights/${row.id}`, { read: 'below' }, { expect: 200 })
  assert.deepEqual(await seen(), held.below)
  await run.admin.del(`/user_roles/${link.id}`, { expect: 204 })
  assert.deepEqual(await seen(), held.own)
  // a person moves: the team's records come and go with it
  await h.set({ read: 'team' })
  await run.admin.patch(`/users/${h.people.stranger}`, { team: (await run.admin.get(`/users/${h.people.me}`)).body.team.id }, { expect: 200 })
  assert.deepEqual(await seen(), ['me', 'peer', 'stranger'])
  await run.admin.patch(`/users/${h.people.stranger}`, { team: null }, { expect: 200 })
  assert.deepEqual(await seen(), held.team)
}, { own: true })

it('rights: what is shared is seen by whom it is shared with, on every way, and changed where that is said', async (run, assert) => {
  const h = await build(run)
  const soon = new Date(Date.now() + 2 * 86400e3).toISOString().slice(0, 10)
  const past = new Date(Date.now() - 3 * 86400e3).toISOString().slice(0, 10)
  const team = (await run.admin.get(`/users/${h.people.me}`)).body.team.id
  for (const reach of ['own', 'team']) {
    await h.set({ read: reach, update: reach, share: 'own' })
    for (const plural of ['accounts', 'opportunities', 'cases', 'leads']) {
      const ids = h.records[plural]
      const about = `${await entityOf(run, plural)}/${ids.stranger}`
      const with_ = [...held[reach], 'stranger']
      const status = async (who, method = 'GET', body = undefined) => (await h.client.call(method, `/${plural}/${ids[who]}`, { body })).status
      for (const [to, access] of [[{ user: h.people.me }, 'read'], [{ team }, 'read'], [{ user: h.people.me }, 'change']]) {
        assert.equal(await status('stranger'), 404)
        const share = await run.admin.make('shares', { about, access, until: soon, ...to })
        for (const [way, ask] of Object.entries(ways)) assert.deepEqual(await ask(h, plural, ids), with_, `${plural}, ${reach}, ${way}`)
        for (const [way, ask] of Object.entries(counts)) assert.equal(await ask(h, plural, ids, about.split('/')[0]), with_.length, `${plural}, ${reach}, ${way}`)
        assert.equal(await status('stranger', 'PATCH', { description: 'shared' }), access === 'change' ? 200 : 403)
        assert.equal(await status('stranger', 'DELETE'), 403)
        await run.admin.patch(`/shares/${share.id}`, { until: past }, { expect: 200 })
        assert.equal(await status('stranger'), 404, 'over')
        await run.admin.patch(`/shares/${share.id}`, { until: null }, { expect: 200 })
        assert.equal(await status('stranger'), 200)
        await run.admin.del(`/shares/${share.id}`, { expect: 204 })
      }
      assert.deepEqual(await ways.list(h, plural, ids), held[reach])
    }
    // who is on the team of an account or a deal
    for (const [plural, of] of [['accounts', 'account'], ['opportunities', 'opportunity']]) {
      const ids = h.records[plural]
      const member = await run.admin.make(`${of}_members`, { [of]: ids.stranger, user: h.people.me })
      assert.deepEqual(await ways.list(h, plural, ids), [...held[reach], 'stranger'], `on the team, ${plural}`)
      await h.client.call('PATCH', `/${plural}/${ids.stranger}`, { body: { description: 'by the team' }, expect: 200 })
      if (of === 'opportunity') assert.deepEqual(await ways.list(h, 'opportunity_competitors', h.records.opportunity_competitors), [...held[reach], 'stranger'], 'its parts come along')
      await run.admin.del(`/${of}_members/${member.id}`, { expect: 204 })
      assert.deepEqual(await ways.list(h, plural, ids), held[reach])
    }
  }
  // one shares what one may share, with one person or one team, and only what has an owner
  await h.set({ read: 'all', create: 'all', share: 'own', delete: 'own' })
  const mine = await h.client.call('POST', '/shares', { body: { about: `account/${h.records.accounts.me}`, user: h.people.stranger }, expect: 201 })
  await h.client.call('DELETE', `/shares/${mine.body.id}`, { expect: 204 })
  await h.client.call('POST', '/shares', { body: { about: `account/${h.records.accounts.peer}`, user: h.people.stranger }, expect: 403 })
  await run.admin.call('POST', '/shares', { body: { about: `account/${h.records.accounts.me}` }, expect: 422 })
  await run.admin.call('POST', '/shares', { body: { about: `account/${h.records.accounts.me}`, user: h.people.peer, team }, expect: 422 })
  await run.admin.call('POST', '/shares', { body: { about: `user/${h.people.me}`, user: h.people.peer }, expect: 422 })
}, { own: true })

it('rights: a hidden field is nowhere, a read-only one is not written', async (run, assert) => {
  const h = await build(run)
  await h.set({ rest: 'all' })
  const id = h.records.accounts.me
  await run.admin.patch(`/accounts/${id}`, { phone: '13912345678', website: 'https://hidden.example', tax_number: null }, { expect: 200 })
  const hidden = await run.admin.make('role_fields', { role: h.role.id, entity: 'account', field: 'phone', access: 'hidden' })
  const fixed = await run.admin.make('role_fields', { role: h.role.id, entity: 'account', field: 'website', access: 'readonly' })
  await renew(run)
  const record = (await h.client.get(`/accounts/${id}`)).body
  assert.ok(!('phone' in record))
  assert.equal(record.website, 'https://hidden.example')
  const listed = (await h.client.get(`/accounts?where=${q(`id = '${id}'`)}`)).body.records[0]
  assert.ok(!('phone' in listed))
  for (const path of [`/accounts?where=${q("phone = '13912345678'")}`, '/accounts?order=phone', '/accounts?select=name,phone']) await h.client.call('GET', path, { expect: 400 })
  await h.client.post('/query', { query: 'SELECT phone FROM account' }, { expect: 400 })
  await h.client.post('/query', { query: 'SELECT account.phone FROM contact' }, { expect: 400 })
  assert.ok(!(await h.client.get(`/accounts/${id}/history`)).text.includes('13912345678'))
  const found = (await h.client.get(`/search?q=13912345678`)).body.hits
  for (const hit of found) assert.ok(!(hit.snippet ?? '').includes('13912345678'))
  const meta = (await h.client.get('/meta')).body.entities.find((e) => e.name === 'account')
  assert.ok(!meta.fields.some((f) => f.name === 'phone'))
  assert.equal(meta.fields.find((f) => f.name === 'website').readonly, true)
  for (const body of [{ phone: '13900000000' }, { website: 'https://other.example' }]) await h.client.call('PATCH', `/accounts/${id}`, { body, expect: 422 })
  await run.admin.del(`/role_fields/${hidden.id}`, { expect: 204 })
  await run.admin.del(`/role_fields/${fixed.id}`, { expect: 204 })
  await renew(run)
  assert.equal((await h.client.get(`/accounts/${id}`)).body.phone, '13912345678')
}, { own: true })

it('rights: nobody makes themselves an administrator', async (run, assert) => {
  const h = await build(run)
  const rights = Object.fromEntries(VERBS.map((v) => [v, 'all']))
  const rows = []
  for (const entity of ['user', 'role', 'role_right', 'role_field', 'user_role', 'team']) rows.push(await run.admin.make('role_rights', { role: h.role.id, entity, ...rights }))
  const administrator = (await run.admin.get(`/roles?where=${q("key = 'administrator'")}`)).body.records[0]
  await h.client.call('PATCH', `/users/${h.people.me}`, { body: { role: 'administrator' }, expect: 422 })
  for (const body of [{ email: 'mine@example.com' }, { login: 'mine' }]) await h.client.call('PATCH', `/users/${h.people.peer}`, { body, expect: 422 }) // where a link for a new password would go
  await h.client.call('POST', '/user_roles', { body: { user: h.people.me, role: administrator.id }, expect: 403 })
  await h.client.call('PATCH', `/role_rights/${h.row.id}`, { body: { read: 'all' }, expect: 403 })
  await h.client.call('POST', '/roles', { body: { name: 'Mine', key: 'mine' }, expect: 403 })
  await h.client.call('PATCH', `/users/${h.people.peer}`, { body: { name: 'Renamed' }, expect: 200 }) // what the role does say holds
  await h.client.call('POST', '/users', { body: { name: 'New', role: 'administrator' }, expect: 422 })
  await run.admin.call('PATCH', `/roles/${administrator.id}`, { body: { administrator: false }, expect: 422 })
  await run.admin.call('DELETE', `/roles/${administrator.id}`, { expect: 409 })
  for (const r of rows) await run.admin.del(`/role_rights/${r.id}`, { expect: 204 })
}, { own: true })

it('rights: the ready roles hold what their names say', async (run, assert) => {
  const h = await build(run)
  const as = (key) => run.admin.patch(`/users/${h.people.me}`, { role: key }, { expect: 200 })
  const sees = (plural) => ways.list(h, plural, h.records[plural])
  await as('salesperson')
  assert.deepEqual(await sees('accounts'), held.own)
  assert.deepEqual(await sees('competitors'), held.all)
  assert.deepEqual(await sees('campaigns'), held.all)
  await h.client.call('PATCH', `/competitors/${h.records.competitors.peer}`, { body: { threat: 'high' }, expect: 403 })
  await as('sales_manager')
  assert.deepEqual(await sees('opportunities'), held.team_below)
  await as('sales_director')
  assert.deepEqual(await sees('opportunities'), held.all)
  await h.client.call('POST', '/teams', { body: { name: 'No' }, expect: 403 })
  await as('marketer')
  await h.client.call('PATCH', `/leads/${h.records.leads.stranger}`, { body: { description: 'x' }, expect: 200 })
  await h.client.call('PATCH', `/opportunities/${h.records.opportunities.stranger}`, { body: { description: 'x' }, expect: 403 })
  await as('service_agent')
  await h.client.call('PATCH', `/cases/${h.records.cases.stranger}`, { body: { description: 'x' }, expect: 200 })
  assert.deepEqual(await sees('opportunities'), held.own)
  await as('read_only')
  assert.deepEqual(await sees('accounts'), held.all)
  for (const plural of Object.keys(KINDS)) await h.client.call('POST', `/${plural}`, { body: KINDS[plural](`${h.mark} no`), expect: 403 })
  await as(h.role.key)
}, { own: true })

// Random organisations, roles, shares and records; random questions of the query language; each answer compared with what a
// slow checker works out from the lists alone. A seed makes all of it: ZHIKE_TEST_SEED draws the same again, ZHIKE_TEST_ALL=1
// draws twenty houses instead of one.
import { signIn } from '../harness.mjs'
import { everything, q, random, seed } from '../hostile/house.mjs'

const KINDS = ['account', 'contact', 'opportunity']
const PLURAL = { account: 'accounts', contact: 'contacts', opportunity: 'opportunities', opportunity_competitor: 'opportunity_competitors' }
const REACHES = ['none', 'own', 'below', 'team', 'team_below', 'all']
const CITIES = ['Aachen', 'Bern', 'Chur', "D'Arc", 'Ein % Ort']
/** What may be asked of each kind, by path; a path goes through references. */
const FIELDS = {
  account: { text: ['name', 'city', 'parent.city', 'parent.parent.city', 'owner.name'], number: ['employees', 'parent.employees'] },
  contact: { text: ['name', 'department', 'account.city', 'account.name', 'account.parent.city', 'account.owner.name'], number: ['account.employees'] },
  opportunity: { text: ['name', 'next_step', 'account.city', 'account.parent.name', 'owner.name'], number: ['amount', 'account.employees'] },
  opportunity_competitor: { text: ['opportunity.name', 'opportunity.next_step', 'opportunity.account.city'], number: ['opportunity.amount'] },
}
const TARGET = { account: 'account', parent: 'account', owner: 'user', opportunity: 'opportunity' }

/** People, roles, records, shares: as plain lists, which is all the checker reads, and as records on the server. */
async function build(run, dice, mark) {
  const a = run.admin
  const w = { mark, teams: [], users: [], roles: [], records: { account: [], contact: [], opportunity: [], opportunity_competitor: [] }, shares: [], members: [], by: new Map() }
  for (let i = 0; i < 6; i++) {
    const parent = i && dice.below(3) ? dice.pick(w.teams).id : null
    w.teams.push({ id: (await a.make('teams', { name: `T${i} ${mark}`, parent })).id, parent })
  }
  for (let i = 0; i < 4; i++) {
    const role = await a.make('roles', { name: `R${i} ${mark}`, key: `r${i}_${mark}` })
    const read = Object.fromEntries(KINDS.map((k) => [k, dice.pick(REACHES)]))
    for (const k of KINDS) await a.make('role_rights', { role: role.id, entity: k, read: read[k] })
    await a.make('role_rights', { role: role.id, entity: 'competitor', read: 'all' })
    w.roles.push({ id: role.id, key: role.key, read })
  }
  for (let i = 0; i < 9; i++) {
    const [team, manager] = [dice.below(5) ? dice.pick(w.teams).id : null, i && dice.below(3) ? dice.pick(w.users).id : null]
    const [main, ...more] = dice.some(w.roles, 1 + dice.below(2))
    const user = await a.make('users', { name: `u${i} ${mark}`, login: `u${i}-${mark}`, state: 'active', team, manager, role: main.key })
    for (const r of more) await a.make('user_roles', { user: user.id, role: r.id })
    w.users.push({ id: user.id, entity: 'user', name: user.name, team, manager, roles: [main, ...more] })
  }
  const someone = () => dice.pick(w.users).id
  const keep = async (kind, list) => {
    const { results } = (await a.post(`/${PLURAL[kind]}/bulk`, { rows: list.map((record) => ({ do: 'create', record })), atomic: true }, { expect: 200 })).body
    results.forEach((r, i) => w.records[kind].push({ ...list[i], id: r.id, entity: kind }))
  }
  const maybe = (value) => (dice.below(4) ? value : null)
  for (let part = 0; part < 3; part++) // so that some have parents among those before
    await keep('account', Array.from({ length: 14 }, (_, i) => ({ name: `a${part}${String.fromCharCode(97 + i)} ${mark}`, city: maybe(dice.pick(CITIES)), employees: maybe(dice.below(9)), owner: someone(), parent: part && dice.below(2) ? dice.pick(w.records.account).id : null })))
  await keep('contact', Array.from({ length: 40 }, (_, i) => ({ name: `c${String.fromCharCode(97 + (i % 26))}${i > 25 ? 2 : 1} ${mark}`, department: maybe(dice.pick(CITIES)), account: maybe(dice.pick(w.records.account).id), owner: someone() })))
  await keep('opportunity', Array.from({ length: 40 }, (_, i) => ({ name: `o${String.fromCharCode(97 + (i % 26))}${i > 25 ? 2 : 1} ${mark}`, stage: 'prospecting', next_step: maybe(dice.pick(CITIES)), amount: maybe(dice.below(9)), currency: 'CNY', account: maybe(dice.pick(w.records.account).id), owner: someone() })))
  const rivals = []
  for (let i = 0; i < 2; i++) rivals.push((await a.make('competitors', { name: `Rival ${i} ${mark}` })).id)
  await keep('opportunity_competitor', dice.some(w.records.opportunity, 20).map((o) => ({ opportunity: o.id, competitor: dice.pick(rivals) })))
  const day = (n) => new Date(Date.now() + n * 86400e3).toISOString().slice(0, 10)
  for (let i = 0; i < 24; i++) {
    const about = dice.pick(w.records[dice.pick(KINDS)])
    const to = dice.below(2) ? { user: someone() } : { team: dice.pick(w.teams).id }
    const until = dice.pick([null, day(5), day(-5)])
    await a.make('shares', { about: `${about.entity}/${about.id}`, until, access: dice.pick(['read', 'change']), ...to })
    w.shares.push({ record: about.id, ...to, over: until === day(-5) })
  }
  for (let i = 0; i < 8; i++) {
    const of = dice.pick(['account', 'opportunity'])
    const [record, user] = [dice.pick(w.records[of]).id, someone()]
    if (w.members.some((m) => m.record === record && m.user === user)) continue
    await a.make(`${of}_members`, { [of]: record, user })
    w.members.push({ record, user })
  }
  for (const r of [...w.users, ...Object.values(w.records).flat()]) w.by.set(r.id, r)
  return w
}

// ---- the checker ----

const above = (w, person) => (person.manager ? [person.manager, ...above(w, w.by.get(person.manager))] : [])
const teamsAbove = (w, team) => {
  const parent = w.teams.find((t) => t.id === team)?.parent
  return parent ? [parent, ...teamsAbove(w, parent)] : []
}
const reaches = {
  none: () => false,
  own: (w, who, owner) => owner.id === who.id,
  below: (w, who, owner) => owner.id === who.id || above(w, owner).includes(who.id) || (who.team !== null && teamsAbove(w, owner.team).includes(who.team)),
  team: (w, who, owner) => owner.id === who.id || (who.team !== null && owner.team === who.team),
  team_below: (w, who, owner) => reaches.team(w, who, owner) || reaches.below(w, who, owner),
  all: () => true,
}
const enters = (who, kind) => kind === 'user' || who.roles.some((r) => r.read[kind] !== 'none')

function sees(w, who, r) {
  if (r.entity === 'user') return true
  if (r.entity === 'opportunity_competitor') return sees(w, who, w.by.get(r.opportunity))
  if (!enters(who, r.entity)) return false
  if (who.roles.some((role) => reaches[role.read[r.entity]](w, who, w.by.get(r.owner)))) return true
  const shared = w.shares.some((s) => s.record === r.id && !s.over && (s.user === who.id || (s.team && s.team === who.team)))
  return shared || w.members.some((m) => m.record === r.id && m.user === who.id)
}

function read(w, who, r, path) {
  const [first, ...rest] = path.split('.')
  if (!rest.length) return r[first] ?? null
  const next = r[first] ? w.by.get(r[first]) : null
  return next && sees(w, who, next) ? read(w, who, next, rest.join('.')) : null
}

const fold = (v) => (typeof v === 'string' ? v.toLowerCase() : v)
function compare(a, b) {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1
  return fold(a) < fold(b) ? -1 : fold(a) > fold(b) ? 1 : 0
}
const like = (v, pattern) => new RegExp(`^${pattern.replace(/\\(.)|[%_]|[^\w]/gs, (m, escaped) => (escaped ? `\\${escaped}` : m === '%' ? '.*' : m === '_' ? '.' : `\\${m}`))}$`, 'is').test(v)

// ---- questions: the text and what it means, side by side ----

const quote = (s) => `'${s.replace(/['\\]/g, '\\$&')}'`

function test(dice, w, who, kind) {
  const open = (path) => path.split('.').slice(0, -1).every((step) => enters(who, TARGET[step]))
  const numbers = FIELDS[kind].number.filter(open)
  if (numbers.length && dice.below(3) === 0) {
    const [path, op, n] = [dice.pick(numbers), dice.pick(['=', '!=', '<', '<=', '>', '>=']), dice.below(9)]
    const does = { '=': (v) => v === n, '!=': (v) => v !== n, '<': (v) => v !== null && v < n, '<=': (v) => v !== null && v <= n, '>': (v) => v !== null && v > n, '>=': (v) => v !== null && v >= n }[op]
    return { text: `${path} ${op} ${n}`, holds: (r) => does(read(w, who, r, path)) }
  }
  const path = dice.pick(FIELDS[kind].text.filter(open))
  const value = dice.below(4) ? dice.pick(CITIES) : dice.pick(Object.values(w.records).flat().filter((r) => r.name)).name
  const at = (r) => read(w, who, r, path)
  switch (dice.below(7)) {
    case 0: return { text: `${path} = ${quote(value.toUpperCase())}`, holds: (r) => at(r) !== null && fold(at(r)) === fold(value) }
    case 1: return { text: `${path} != ${quote(value)}`, holds: (r) => at(r) === null || fold(at(r)) !== fold(value) }
    case 2: return { text: `${path} = null`, holds: (r) => at(r) === null }
    case 3: return { text: `${path} != null`, holds: (r) => at(r) !== null }
    case 4: {
      const pattern = dice.pick(['a%', '%r%', '%\\%%', '_e%', '%o_'])
      return { text: `${path} LIKE ${quote(pattern).replace(/\\\\/g, '\\')}`, holds: (r) => at(r) !== null && like(at(r), pattern) }
    }
    case 5: {
      const list = [value, dice.pick(CITIES)]
      return { text: `${path} IN (${list.map(quote).join(', ')})`, holds: (r) => at(r) !== null && list.some((v) => fold(v) === fold(at(r))) }
    }
    default: {
      const list = [value, dice.pick(CITIES)]
      return { text: `${path} NOT IN (${list.map(quote).join(', ')})`, holds: (r) => at(r) === null || !list.some((v) => fold(v) === fold(at(r))) }
    }
  }
}

function semiJoin(dice, w, who, kind, depth) {
  if (kind !== 'account') return null
  const of = dice.pick(['contact', 'opportunity'])
  if (!enters(who, of)) return null
  const [inner, not] = [condition(dice, w, who, of, depth + 1), dice.below(2)]
  const ids = () => new Set(w.records[of].filter((r) => sees(w, who, r) && inner.holds(r)).map((r) => r.account))
  return { text: `id ${not ? 'NOT ' : ''}IN (SELECT account FROM ${of} WHERE ${inner.text})`, holds: (r) => ids().has(r.id) !== Boolean(not) }
}

function condition(dice, w, who, kind, depth = 0) {
  const one = () => condition(dice, w, who, kind, depth + 1)
  switch (depth < 3 ? dice.below(7) : 6) {
    case 0: case 1: {
      const [a, b] = [one(), one()]
      return { text: `(${a.text} AND ${b.text})`, holds: (r) => a.holds(r) && b.holds(r) }
    }
    case 2: {
      const [a, b] = [one(), one()]
      return { text: `(${a.text} OR ${b.text})`, holds: (r) => a.holds(r) || b.holds(r) }
    }
    case 3: {
      const a = one()
      return { text: `NOT (${a.text})`, holds: (r) => !a.holds(r) }
    }
    case 4: return semiJoin(dice, w, who, kind, depth) ?? test(dice, w, who, kind)
    default: return test(dice, w, who, kind)
  }
}

function order(dice, w, who, kind) {
  const open = (path) => path.split('.').slice(0, -1).every((step) => enters(who, TARGET[step]))
  const paths = dice.some([...FIELDS[kind].text, ...FIELDS[kind].number].filter(open), 1 + dice.below(2))
  const keys = paths.map((path) => ({ path, down: dice.below(2), nulls: dice.pick([null, 'FIRST', 'LAST']) }))
  const text = keys.map((k) => `${k.path}${k.down ? ' DESC' : ''}${k.nulls ? ` NULLS ${k.nulls}` : ''}`).join(', ')
  const by = (a, b) => {
    for (const k of keys) {
      const [x, y] = [read(w, who, a, k.path), read(w, who, b, k.path)]
      if ((x === null) !== (y === null)) return (x === null) === (k.nulls ? k.nulls === 'FIRST' : !k.down) ? -1 : 1
      const c = compare(x, y)
      if (c) return k.down ? -c : c
    }
    return 0
  }
  return { text, keys, by }
}

/** Every question limits itself to this house: its names end with the mark, parts are named by theirs. */
const inside = (w, kind) => (kind === 'opportunity_competitor' ? `opportunity.name LIKE '% ${w.mark}'` : `name LIKE '% ${w.mark}'`)

async function ask(w, who, client, dice, assert) {
  const kind = dice.pick(Object.keys(FIELDS))
  const whole = kind === 'opportunity_competitor' ? 'opportunity' : kind
  if (!enters(who, whole)) {
    assert.equal((await client.call('GET', `/${PLURAL[kind]}`)).status, 403)
    assert.equal((await client.post('/query', { query: `SELECT COUNT() FROM ${kind}` })).status, 403)
    return
  }
  const where = condition(dice, w, who, kind)
  const sort = order(dice, w, who, kind)
  const wanted = w.records[kind].filter((r) => sees(w, who, r) && where.holds(r))
  const text = `${inside(w, kind)} AND ${where.text}`
  const about = `${kind} WHERE ${text} ORDER BY ${sort.text}; user ${who.name}; ZHIKE_TEST_SEED=${seed}`
  const shown = []
  for (let after = ''; ;) {
    const page = (await client.get(`/${PLURAL[kind]}?where=${q(text)}&order=${q(sort.text)}&limit=${5 + dice.below(30)}${after}`)).body
    shown.push(...page.records.map((r) => r.id))
    if (!page.next) break
    after = `&after=${page.next}`
  }
  assert.deepEqual([...shown].sort(), wanted.map((r) => r.id).sort(), about)
  const now = shown.map((id) => w.by.get(id))
  for (let i = 1; i < now.length; i++) assert.ok(sort.by(now[i - 1], now[i]) <= 0, `order at ${i}: ${about}`)
  assert.equal((await client.post('/query', { query: `SELECT COUNT() FROM ${kind} WHERE ${text}` }, { expect: 200 })).body.count, wanted.length, `count: ${about}`)

  const open = (path) => path.split('.').slice(0, -1).every((step) => enters(who, TARGET[step]))
  const [by, sum] = [dice.pick(FIELDS[kind].text.filter(open)), FIELDS[kind].number.filter(open).find((p) => p !== 'amount' && p !== 'opportunity.amount')]
  const least = dice.below(3)
  const rows = (await client.post('/query', { query: `SELECT ${by} g, COUNT(id) n${sum ? `, SUM(${sum}) s` : ''} FROM ${kind} WHERE ${text} GROUP BY ${by} HAVING COUNT(id) > ${least} LIMIT 2000` })).body.records
  const groups = new Map()
  for (const r of wanted) {
    const [g, v] = [read(w, who, r, by), sum ? read(w, who, r, sum) : null]
    const had = groups.get(fold(g)) ?? { n: 0, s: null }
    groups.set(fold(g), { n: had.n + 1, s: v === null ? had.s : (had.s ?? 0) + v })
  }
  const listed = (list) => list.map((x) => JSON.stringify(x)).sort()
  const told = rows.map((r) => [fold(r.g ?? by.split('.').reduce((o, k) => o?.[k], r) ?? null), r.n, sum ? r.s : null])
  assert.deepEqual(listed(told), listed([...groups].filter(([, x]) => x.n > least).map(([g, x]) => [g, x.n, x.s])), `groups by ${by}: ${about}`)
}

it('random organisations: random questions are answered as a slow checker answers them', async (run, assert) => {
  console.log(`random organisations: ZHIKE_TEST_SEED=${seed}`)
  const dice = random()
  const [houses, questions] = everything ? [20, 60] : [1, 20]
  let asked = 0
  for (let n = 0; n < houses; n++) {
    const w = await build(run, dice, `z${Date.now().toString(36)}${n}`)
    for (const who of dice.some(w.users, everything ? 9 : 5)) {
      const login = `${who.name.split(' ')[0]}-${w.mark}`
      await run.admin.post(`/users/${who.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
      const { client } = await signIn(run, login, 'first password')
      for (let i = 0; i < questions; i++) await ask(w, who, client, dice, assert)
      // by id, and in search, as in the lists
      for (const r of dice.some(Object.values(w.records).flat(), 20)) {
        const status = (await client.call('GET', `/${PLURAL[r.entity]}/${r.id}`)).status
        assert.equal(status === 200, sees(w, who, r), `${r.entity} ${r.id}: ${status}; ZHIKE_TEST_SEED=${seed}`)
        if (r.name) assert.equal((await client.get(`/search?q=${q(r.name)}&in=${r.entity}`)).body.hits.some((h) => h.id === r.id), sees(w, who, r), `search ${r.name}; ZHIKE_TEST_SEED=${seed}`)
      }
      asked += questions
    }
  }
  console.log(`random organisations: ${asked} questions in ${houses} houses (ZHIKE_TEST_SEED=${seed})`)
}, { own: true })

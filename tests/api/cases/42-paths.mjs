// Every way to a record that 41-rights does not walk: kinds of record × reach × way, each compared with what a slow and obvious
// checker says; and every call of the document with an id that is hidden, which must answer as with one that never was.
// A drawn sample; ZHIKE_TEST_ALL=1 walks everything, ZHIKE_TEST_SEED draws the same again.
import { PASSWORD, signIn } from '../harness.mjs'
import { OWNERS, REACHES, build, everything, held, job, listen, q, random, seed, until, upload } from '../hostile/house.mjs'
import { sample } from './40-matrix.mjs'

const ABSENT = '888888888888'
/** What can be told apart of each owner's record of a kind: a word that stands nowhere else. */
const word = (h, plural, who) => `Zq${plural.slice(0, 3)}${who}${h.mark}`
const phone = (n) => `1390${String(1000000 + n)}`
let serial = 0

const KINDS = {
  accounts: (w, n) => ({ name: w, phone: phone(n), email: `a${n}@w${n}.example` }),
  contacts: (w, n) => ({ name: w, phone: phone(n), email: `c${n}@w${n}.example` }),
  leads: (w, n) => ({ name: w, company: `${w} Firm`, phone: phone(n) }),
  opportunities: (w) => ({ name: w, stage: 'prospecting', amount: 7 }),
  campaigns: (w) => ({ name: w }),
  competitors: (w, n) => ({ name: w, website: `https://w${n}.example` }),
  cases: (w) => ({ subject: w, kind: 'feedback' }),
  activities: (w) => ({ subject: w, kind: 'task' }),
}
const ENTITY = { accounts: 'account', contacts: 'contact', leads: 'lead', opportunities: 'opportunity', campaigns: 'campaign', competitors: 'competitor', cases: 'case', activities: 'activity' }
const title = (plural) => (['cases', 'activities'].includes(plural) ? 'subject' : 'name')

/** One record of a kind for each owner, with a file about it; made once. */
async function house(run) {
  const h = await build(run, 'p')
  if (h.records) return h
  h.records = {}
  h.files = {}
  h.numbers = {}
  for (const [plural, make] of Object.entries(KINDS)) {
    h.records[plural] = {}
    h.files[plural] = {}
    h.numbers[plural] = {}
    for (const who of OWNERS) {
      h.numbers[plural][who] = ++serial
      const one = await run.admin.make(plural, { ...make(word(h, plural, who), serial), owner: h.people[who] })
      h.records[plural][who] = one.id
      h.files[plural][who] = (await upload(run.admin, `${word(h, plural, who)}.txt`, word(h, plural, who), `${ENTITY[plural]}/${one.id}`)).body.id
    }
  }
  return h
}

const ownersOf = (h, plural, ids) => OWNERS.filter((who) => ids.includes(h.records[plural][who]))
/** Whose records answer with this status where the others answer 404. */
async function whoAnswers(h, ask, status, otherwise = 404, assert) {
  const seen = []
  for (const who of OWNERS) {
    const reply = await ask(who)
    if (reply.status === status) seen.push(who)
    else assert.equal(reply.status, otherwise, reply.text.slice(0, 300))
  }
  return seen
}
const whereAll = (h, plural) => `id IN (${OWNERS.map((who) => `'${h.records[plural][who]}'`).join(', ')})`
/** Whose word stands in a text: the word of anybody else's in it is a leak by itself. */
const named = (h, plural, text) => OWNERS.filter((who) => text.includes(word(h, plural, who)))

/** Ways: each answers whose records it showed, or null where the kind has no such way. */
const ways = {
  search: async (h, plural) => {
    if (plural === 'activities') return null // found by what they are about
    const seen = []
    for (const who of OWNERS) {
      const reply = await h.client.get(`/search?q=${q(word(h, plural, who))}`)
      if (ownersOf(h, plural, reply.body.hits.map((x) => x.id)).includes(who)) seen.push(who)
      else if (reply.text.includes(word(h, plural, who))) throw new Error(`search tells of ${who}: ${reply.text}`)
    }
    return seen
  },
  'search by the beginning': async (h, plural) => {
    if (plural === 'activities') return null
    return ownersOf(h, plural, (await h.client.get(`/search?q=${q(`Zq${plural.slice(0, 3)}`)}&in=${ENTITY[plural]}&limit=100`)).body.hits.map((x) => x.id))
  },
  'duplicate check': async (h, plural) => {
    const fields = { accounts: 'phone', contacts: 'phone', leads: 'phone' }
    if (!fields[plural]) return null
    const seen = []
    for (const who of OWNERS) {
      const found = (await h.client.post('/duplicates', { entity: ENTITY[plural], record: { [fields[plural]]: phone(h.numbers[plural][who]) } }, { expect: 200 })).body.duplicates
      seen.push(...ownersOf(h, plural, found.map((d) => d.id)))
    }
    return seen
  },
  'duplicate check of the record': (h, plural, assert) => whoAnswers(h, (who) => h.client.call('POST', '/duplicates', { body: { entity: ENTITY[plural], id: h.records[plural][who] } }), 200, 404, assert),
  'read a line': async (h, plural) => {
    if (!['accounts', 'contacts'].includes(plural)) return null
    const seen = []
    for (const who of OWNERS) {
      const reply = await h.client.post('/cases/parse', { text: `${word(h, plural, who)} 发票不对` }, { expect: 200 })
      if (reply.body.parts.some((p) => p.value === h.records[plural][who])) seen.push(who)
    }
    return seen
  },
  'export as CSV': async (h, plural) => named(h, plural, await exported(h, { entity: ENTITY[plural], where: whereAll(h, plural), format: 'csv' })),
  'export of a SELECT': async (h, plural) => named(h, plural, await exported(h, { query: `SELECT ${title(plural)} FROM ${ENTITY[plural]} WHERE ${whereAll(h, plural)}`, format: 'json' })),
  'files of the record': (h, plural, assert) => whoAnswers(h, (who) => h.client.call('GET', `/${plural}/${h.records[plural][who]}/files`), 200, 404, assert),
  'the bytes of its file': (h, plural, assert) => whoAnswers(h, (who) => h.client.call('GET', `/files/${h.files[plural][who]}`), 200, 404, assert),
  'about its file': (h, plural, assert) => whoAnswers(h, (who) => h.client.call('GET', `/files/${h.files[plural][who]}/info`), 200, 404, assert),
  'upload to the record': (h, plural, assert) => whoAnswers(h, (who) => upload(h.client, 'mine.txt', 'mine', `${ENTITY[plural]}/${h.records[plural][who]}`), 201, 422, assert),
  timeline: (h, plural, assert) => whoAnswers(h, (who) => h.client.call('GET', `/${plural}/${h.records[plural][who]}/timeline`), 200, 404, assert),
  followers: (h, plural, assert) => whoAnswers(h, (who) => h.client.call('GET', `/${plural}/${h.records[plural][who]}/followers`), 200, 404, assert),
  follow: (h, plural, assert) => whoAnswers(h, (who) => h.client.call('POST', `/${plural}/${h.records[plural][who]}/follow`, { body: { follow: false } }), 200, 404, assert),
  'what hangs on it': (h, plural, assert) => whoAnswers(h, (who) => h.client.call('GET', `/${plural}/${h.records[plural][who]}/related`), 200, 404, assert),
  'many at once': async (h, plural) => {
    const rows = OWNERS.map((who) => ({ do: 'update', id: h.records[plural][who], record: {} }))
    const { results } = (await h.client.post(`/${plural}/bulk`, { rows }, { expect: 200 })).body
    return OWNERS.filter((who, i) => results[i].status === 200)
  },
  'change by a condition': async (h, plural) => {
    const field = plural === 'competitors' ? 'strengths' : 'description'
    const done = await job(h.client, (await h.client.post('/changes', { entity: ENTITY[plural], where: whereAll(h, plural), do: 'update', record: { [field]: `by ${++serial}` } }, { expect: 202 })).body)
    if (done.state !== 'done') throw new Error(JSON.stringify(done))
    const changed = (await h.run.admin.get(`/${plural}?where=${q(`${whereAll(h, plural)} AND version > 0`)}&select=${field}`)).body.records
    const seen = ownersOf(h, plural, changed.filter((r) => r[field] === `by ${serial}`).map((r) => r.id))
    if (done.total !== seen.length) throw new Error(`the job counts ${done.total} of ${seen.length}`)
    return seen
  },
  'merge with': async (h, plural, assert) => {
    if (!['accounts', 'contacts', 'leads'].includes(plural)) return null
    const mine = (await h.client.post(`/${plural}`, { ...KINDS[plural](`Keeps ${++serial}`, serial) }, { expect: 201 })).body
    // a field that is none ends it before anything is merged, behind the question who may be seen
    return whoAnswers(h, (who) => h.client.call('POST', `/${plural}/${mine.id}/merge`, { body: { with: [h.records[plural][who]], choose: { no_such_field: h.records[plural][who] } } }).then((r) => ({ ...r, status: r.body.errors?.some((e) => e.field === 'with') ? 404 : r.status })), 422, 404, assert)
  },
  'refer to it': async (h, plural, assert) => {
    const referring = { accounts: ['contacts', 'account'], contacts: ['cases', 'contact'], campaigns: ['leads', 'campaign'] }[plural]
    if (!referring) return null
    return whoAnswers(h, (who) => h.client.call('POST', `/${referring[0]}`, { body: { ...KINDS[referring[0]](`Refers ${++serial}`, serial), [referring[1]]: h.records[plural][who] } }), 201, 422, assert)
  },
  'write about it': (h, plural, assert) => whoAnswers(h, (who) => h.client.call('POST', '/activities', { body: { kind: 'note', subject: `Note ${++serial}`, about: `${ENTITY[plural]}/${h.records[plural][who]}` } }), 201, 422, assert),
  'share it': (h, plural, assert) => whoAnswers(h, (who) => h.client.call('POST', '/shares', { body: { about: `${ENTITY[plural]}/${h.records[plural][who]}`, user: h.people.peer, until: '2020-01-01' } }), 201, 422, assert),
  board: async (h, plural) => {
    const by = { opportunities: 'stage', leads: 'status', cases: 'status', campaigns: 'status' }[plural]
    if (!by) return null
    const lanes = (await h.client.post('/query', { query: `SELECT ${by}, COUNT(id) n FROM ${ENTITY[plural]} WHERE ${whereAll(h, plural)} GROUP BY ${by}` }, { expect: 200 })).body.records
    const cards = []
    for (const lane of lanes) cards.push(...(await h.client.get(`/${plural}?where=${q(`${whereAll(h, plural)} AND ${by} = '${lane[by].key ?? lane[by]}'`)}`)).body.records.map((r) => r.id))
    const told = lanes.reduce((sum, l) => sum + l.n, 0)
    if (told !== cards.length) throw new Error(`the board counts ${told} and shows ${cards.length}`)
    return ownersOf(h, plural, cards)
  },
  estimate: async (h, plural) => {
    const n = (await h.client.get(`/${plural}?where=${q(whereAll(h, plural))}&count=estimate&limit=1`)).body.count
    return OWNERS.filter((who) => held[h.reach].includes(who)).length === n ? held[h.reach] : [`an estimate of ${n}`]
  },
  'dotted path': async (h, plural) => {
    if (plural !== 'accounts') return null
    const seen = (await h.client.post('/query', { query: `SELECT id, account.name FROM contact WHERE ${whereAll(h, 'hanging')} AND account.name != null` }, { expect: 200 })).body.records
    return named(h, plural, JSON.stringify(seen))
  },
  'condition on a dotted path': async (h, plural) => {
    if (plural !== 'accounts') return null
    const seen = []
    for (const who of OWNERS) {
      const n = (await h.client.post('/query', { query: `SELECT COUNT() FROM contact WHERE account.name = '${word(h, plural, who)}'` }, { expect: 200 })).body.count
      if (n) seen.push(who)
    }
    return seen
  },
  'order by a dotted path': async (h, plural) => {
    if (plural !== 'accounts') return null
    // what is hidden is null, so it comes first, by id, wherever its name would stand
    const rows = (await h.client.post('/query', { query: `SELECT id, account.name FROM contact WHERE ${whereAll(h, 'hanging')} ORDER BY account.name` }, { expect: 200 })).body.records
    const shown = OWNERS.filter((who) => held[h.reach].includes(who)).map((who) => word(h, plural, who)).sort()
    const order = rows.map((r) => r.account?.name ?? null)
    return JSON.stringify(order) === JSON.stringify([...Array(OWNERS.length - shown.length).fill(null), ...shown]) ? held[h.reach] : order
  },
  'group by a dotted path': async (h, plural) => {
    if (plural !== 'accounts') return null
    const rows = await h.client.post('/query', { query: `SELECT account.name, COUNT(id) n FROM contact WHERE ${whereAll(h, 'hanging')} GROUP BY account.name` }, { expect: 200 })
    return named(h, plural, rows.text)
  },
  'import that names it': async (h, plural) => {
    if (plural !== 'accounts') return null
    const names = [...OWNERS.map((who) => word(h, plural, who)), `Nobody ${h.mark}`]
    const done = await imported(h, { entity: 'contact' }, ['name,account', ...names.map((n) => `I ${++serial},${n}`)])
    const report = (await h.client.call('GET', `/files/${done.result.rejected_file}`)).text
    const said = names.map((n) => report.split('\n').find((line) => line.includes(n))?.replaceAll(n, 'NAME').replace(/^I \d+/, 'I') ?? null)
    for (const [i, who] of OWNERS.entries()) if (said[i] && said[i].trim() !== said.at(-1).trim()) throw new Error(`the import tells of ${who}: ${said[i]} / ${said.at(-1)}`)
    return OWNERS.filter((who, i) => !said[i])
  },
  'import that meets it': async (h, plural) => {
    if (plural !== 'accounts') return null
    const done = await imported(h, { entity: 'account', match: 'name', dry_run: true }, ['name,city', ...OWNERS.map((who) => `${word(h, plural, who)},C${++serial}`)])
    const { updated, created, rejected } = done.result
    if (created + updated !== OWNERS.length || rejected) throw new Error(JSON.stringify(done.result))
    return updated === held[h.reach].length ? held[h.reach] : [`${updated} updated`]
  },
  'import that leaves what is there': async (h, plural) => {
    if (plural !== 'accounts') return null
    const done = await imported(h, { entity: 'account', match: 'name', skip_existing: true, dry_run: true }, ['name,city', ...OWNERS.map((who) => `${word(h, plural, who)},C${++serial}`)])
    return done.result.skipped === held[h.reach].length ? held[h.reach] : [`${done.result.skipped} skipped`]
  },
  'campaign of chosen people': async (h, plural) => {
    if (!['contacts', 'leads'].includes(plural)) return null
    const campaign = (await h.client.post('/campaigns', { name: `Chosen ${++serial}` }, { expect: 201 })).body.id
    await h.client.call('POST', `/campaigns/${campaign}/add_members`, { body: { entity: ENTITY[plural], ids: OWNERS.map((who) => h.records[plural][who]) } })
    const members = (await h.run.admin.get(`/campaign_members?where=${q(`campaign = '${campaign}'`)}`)).body.records
    return ownersOf(h, plural, members.map((m) => m[ENTITY[plural]].id))
  },
  summary: (h, plural, assert) => (plural !== 'accounts' ? null : whoAnswers(h, (who) => h.client.call('GET', `/views/account_summary?account=${h.records[plural][who]}`), 200, 404, assert)),
  'tree of accounts': (h, plural, assert) => (plural !== 'accounts' ? null : whoAnswers(h, (who) => h.client.call('GET', `/views/account_tree?account=${h.records[plural][who]}`), 200, 404, assert)),
  'working clock': (h, plural, assert) => (plural !== 'cases' ? null : whoAnswers(h, (who) => h.client.call('GET', `/views/case_clock?case=${h.records[plural][who]}`), 200, 404, assert)),
  'addresses of a case': (h, plural, assert) => (plural !== 'cases' ? null : whoAnswers(h, (who) => h.client.call('GET', `/views/case_links?case=${h.records[plural][who]}`), 200, 404, assert)),
  'convert into it': async (h, plural, assert) => {
    if (plural !== 'accounts') return null
    return whoAnswers(h, async (who) => {
      const lead = (await h.client.post('/leads', { name: `Into ${++serial}` }, { expect: 201 })).body.id
      return h.client.call('POST', `/leads/${lead}/convert`, { body: { account: h.records[plural][who], preview: true } })
    }, 200, 422, assert)
  },
}

async function exported(h, body) {
  const done = await job(h.client, (await h.client.post('/exports', body, { expect: 202 })).body)
  if (done.state !== 'done') throw new Error(JSON.stringify(done))
  return (await h.client.call('GET', `/files/${done.result.file}`)).text
}
async function imported(h, body, lines) {
  const file = (await upload(h.client, 'rows.csv', lines.join('\n'))).body.id
  const done = await job(h.client, (await h.client.post('/imports', { ...body, file }, { expect: 202 })).body)
  if (done.state !== 'done') throw new Error(JSON.stringify(done))
  return done
}

it('paths: what each way shows is what the checker holds, for every kind and reach', async (run, assert) => {
  const h = await house(run)
  if (!h.records.hanging) { // contacts of mine, each of another owner's account
    h.records.hanging = {}
    for (const who of OWNERS) h.records.hanging[who] = (await run.admin.make('contacts', { name: `Hangs ${who}`, account: h.records.accounts[who], owner: h.people.me })).id
  }
  const dice = random()
  const kinds = everything ? Object.keys(KINDS) : ['accounts', ...dice.some(Object.keys(KINDS).slice(1), 2)]
  const reaches = everything ? REACHES : ['own', dice.pick(['below', 'team', 'team_below'])]
  let cells = 0
  const wrong = []
  for (const reach of reaches) {
    await h.set({ read: reach, rest: 'all' })
    h.reach = reach
    for (const plural of kinds)
      for (const [way, ask] of Object.entries(ways)) {
        const seen = await Promise.resolve(ask(h, plural, assert)).catch((e) => [`failed: ${e.message}`])
        if (seen === null) continue
        if (JSON.stringify(seen) !== JSON.stringify(held[reach])) wrong.push(`${plural}, ${reach}, ${way}: ${seen}`)
        cells++
      }
  }
  assert.deepEqual(wrong, [], `ZHIKE_TEST_SEED=${seed}`)
  console.log(`paths: ${cells} cells of kind × reach × way walked, ${Object.keys(ways).length} ways (ZHIKE_TEST_SEED=${seed})`)
}, { own: true })

/** What is left of an answer when ids, and what differs with each request, are taken out. */
function bare(reply, id) {
  const out = (text) => text.replace(new RegExp(`(?<!"status":)(?<=%27|%22|%2F|\\D)(${id}|${ABSENT})(?!\\d)`, 'g'), 'ID')
  const text = out(reply.text).replace(/"request_id":"[^"]*"/, '').replace(/\d{4}-\d\d-\d\dT[\d:.%A]+Z/g, 'T')
  const headers = [...reply.headers].filter(([name]) => !['date', 'content-length', 'x-request-id'].includes(name)).map(([name, value]) => `${name}: ${out(value)}`)
  return JSON.stringify({ status: reply.status, headers, text })
}
/** Where two answers begin to differ. */
function difference(a, b) {
  let i = 0
  while (i < a.length && a[i] === b[i]) i++
  return a === b ? null : `${a.slice(0, 12)} ${a.slice(Math.max(0, i - 40), i + 120)} ≠ ${b.slice(0, 12)} ${b.slice(Math.max(0, i - 40), i + 120)}`
}

const TIMES = { at: '2031-01-01T00:00:00Z' }
/** Bodies that get behind the first look at them, with the id where one can stand. */
const bodies = (plural, id, h) => ({
  assign: [{ owner: h.people.me }],
  merge: [{ with: [id] }],
  convert: [{}, { preview: true }],
  follow: [{ follow: true }],
  answer: [{ text: 'x' }],
  plan_return_visit: [{ due_at: TIMES.at }],
  add_members: [{ entity: 'contact', ids: [id] }],
})

it('paths: a call with an id that is hidden answers as with one that never was', async (run, assert) => {
  const h = await house(run)
  await h.set({ read: 'own', rest: 'all' })
  const meta = (await run.admin.get('/meta')).body
  const hidden = {}
  let n = 500
  for (const e of meta.entities) {
    let id = h.records[e.plural]?.stranger
    if (!id && e.may.create) {
      const body = await sample(run, e, meta, ++n)
      if (e.fields.some((f) => f.name === 'owner')) body.owner = h.people.stranger
      for (const f of e.fields) if (f.name in body && h.records[`${f.target}s`] && body[f.name]) body[f.name] = h.records[`${f.target}s`].stranger
      const made = await run.admin.call('POST', `/${e.plural}`, { body })
      id = made.body?.id
    }
    if (id && (await h.client.call('GET', `/${e.plural}/${id}`)).status === 404) hidden[e.plural] = id
  }
  let pairs = 0
  const told = []
  const same = async (method, path, id, options = {}) => {
    const put = (x) => JSON.parse(JSON.stringify(options).replaceAll(id, x))
    const there = await h.client.call(method, path.replaceAll('{id}', id), { ...options, unchecked: true }) // 40-matrix looks at the shapes
    const not = await h.client.call(method, path.replaceAll('{id}', ABSENT), { ...put(ABSENT), unchecked: true })
    const differ = difference(bare(there, id), bare(not, id))
    if (differ) told.push(`${method} ${path} ${JSON.stringify(options).slice(0, 200)}: ${differ}`)
    pairs++
  }
  for (const [path, methods] of Object.entries(run.contract.document.paths)) {
    const plural = path.split('/')[3]
    if (!path.includes('{id}') || !hidden[plural]) continue
    for (const method of Object.keys(methods)) {
      const action = path.split('/')[5]
      const own = methods[method].requestBody ? [{}, { no_such_member: 1 }, ...(bodies(plural, hidden[plural], h)[action] ?? [])] : [undefined]
      if (!action && method === 'patch') own.push({ external_id: 'x' })
      for (const body of own) await same(method.toUpperCase(), path.replace('/api/v1', ''), hidden[plural], body === undefined ? {} : { body })
      if (method === 'delete' || (!action && method === 'patch')) await same(method.toUpperCase(), path.replace('/api/v1', ''), hidden[plural], { headers: { 'if-match': '"1"' }, ...(method === 'patch' ? { body: {} } : {}) })
      if (!action && method === 'get') await same('GET', `${path.replace('/api/v1', '')}?deleted=true`, hidden[plural])
    }
  }
  // as a value of each parameter of each view, and of a body
  for (const [path, methods] of Object.entries(run.contract.document.paths)) {
    if (!path.startsWith('/api/v1/views/')) continue
    for (const p of (methods.get.parameters ?? []).filter((x) => !['limit', 'days', 'at', 'after'].includes(x.name)))
      for (const plural of ['accounts', 'campaigns', 'cases', 'competitors', 'campaign_members', 'web_forms'])
        if (hidden[plural]) await same('GET', `${path.replace('/api/v1', '')}?${p.name}=${hidden[plural]}`.replaceAll(hidden[plural], '{id}'), hidden[plural])
  }
  for (const e of meta.entities.filter((x) => hidden[x.plural])) {
    const id = hidden[e.plural]
    await same('POST', `/${e.plural}/bulk`, id, { body: { rows: [{ do: 'update', id, record: { external_id: 'x' } }, { do: 'delete', id }, { do: 'restore', id }, { do: 'update', id, version: 1, record: {} }], atomic: true } })
    await same('POST', '/duplicates', id, { body: { entity: e.name, id } })
    await same('POST', '/notices/read', id, { body: { about: `${e.name}/${id}` } })
    await same('GET', `/changes?entity=${e.name}&record={id}`, id)
    await same('POST', '/shares', id, { body: { about: `${e.name}/${id}`, user: h.people.peer } })
    await same('POST', '/activities', id, { body: { kind: 'note', subject: 'x', about: `${e.name}/${id}` } })
    await same('POST', '/query', id, { body: { query: `SELECT id FROM ${e.name} WHERE id = '${id}'` } })
    for (const f of e.fields.filter((x) => hidden[meta.entities.find((t) => t.name === x.target)?.plural] && !x.readonly)) {
      const target = hidden[meta.entities.find((t) => t.name === f.target).plural]
      await same('POST', `/${e.plural}`, target, { body: { [f.name]: target } })
    }
  }
  assert.deepEqual(told, [])
  console.log(`paths: ${pairs} pairs of hidden and absent, ${Object.keys(hidden).length} kinds hidden`)
}, { own: true })

it('paths: what belongs to another person is not there: operations, jobs, files, views, mappings, tokens, sessions', async (run, assert) => {
  const h = await house(run)
  await h.set({ rest: 'all', read: 'own' })
  const them = h.stranger
  const mine = h.records.accounts
  const ops = (await them.post('/accounts/bulk', { rows: [{ do: 'update', id: mine.stranger, record: { city: 'Theirs' } }] }, { expect: 200 })).body.operation
  const work = (await them.post('/exports', { entity: 'account', format: 'csv' }, { expect: 202 })).body
  const file = (await job(them, work)).result.file
  const loose = (await upload(them, 'loose.txt', 'theirs')).body.id
  const view = (await them.post('/saved_views', { entity: 'account', name: 'Theirs' }, { expect: 201 })).body.id
  const mapping = (await them.post('/mappings', { entity: 'account', name: 'Theirs', map: {} }, { expect: 200 })).body.id
  const token = (await them.post('/tokens', { name: 'Theirs' }, { expect: 201 })).body.id
  const session = (await them.get('/sessions')).body.sessions[0].id
  const calls = [
    ['GET', `/operations/${ops}`], ['POST', `/operations/${ops}/undo`], ['GET', `/jobs/${work.job}`], ['DELETE', `/jobs/${work.job}`],
    ['GET', `/files/${file}`], ['GET', `/files/${file}/info`], ['DELETE', `/files/${file}`], ['GET', `/files/${loose}`], ['DELETE', `/files/${loose}`],
    ['GET', `/saved_views/${view}`], ['PATCH', `/saved_views/${view}`, { name: 'Mine' }], ['DELETE', `/saved_views/${view}`], ['DELETE', `/mappings/${mapping}`], ['DELETE', `/tokens/${token}`], ['DELETE', `/sessions/${session}`],
  ]
  for (const [method, path, body] of calls) {
    const [there, not] = [await h.client.call(method, path, { body }), await h.client.call(method, path.replace(/\d+/, ABSENT), { body })]
    assert.equal(there.status, 404, `${method} ${path}: ${there.text}`)
    assert.equal(difference(bare(there, path.match(/\d+/)[0]), bare(not, path.match(/\d+/)[0])), null, `${method} ${path}`)
  }
  for (const [path, list] of [['/operations?limit=200', 'operations'], ['/jobs?limit=200', 'jobs'], ['/saved_views?entity=account', 'views'], ['/mappings', 'mappings'], ['/tokens', 'tokens'], ['/sessions', 'sessions']])
    assert.ok(!(await h.client.get(path)).body[list].some((x) => [ops, work.job, view, mapping, token, session].includes(x.id)), path)
  await h.client.post('/imports', { entity: 'account', file: loose }, { expect: 422 })
  // another person's key is another key
  const key = { 'idempotency-key': `same-${h.mark}` }
  const theirs = await them.post('/accounts', { name: word(h, 'key', 'stranger') }, { headers: key, expect: 201 })
  const own = await h.client.post('/accounts', { name: word(h, 'key', 'stranger') }, { headers: key, expect: 201 })
  assert.notEqual(own.body.id, theirs.body.id)
  assert.equal(own.headers.get('idempotency-replayed'), null)
  // and under a key of one's own comes what one was told, not what there is now
  await run.admin.patch(`/accounts/${own.body.id}`, { name: 'Renamed since', owner: h.people.stranger }, { expect: 200 })
  const again = await h.client.post('/accounts', { name: word(h, 'key', 'stranger') }, { headers: key, expect: 201 })
  assert.equal(again.body.name, word(h, 'key', 'stranger'))
  await h.set({ rest: 'all', read: 'own' })
}, { own: true })

it('paths: the recycle bin, events and notices know no more than a list', async (run, assert) => {
  const h = await house(run)
  const ids = {}
  await h.set({ rest: 'all' })
  for (const who of OWNERS) {
    ids[who] = (await run.admin.make('accounts', { name: word(h, 'bin', who), owner: h.people[who] })).id
    await h.client.call('POST', `/accounts/${ids[who]}/follow`, { body: { follow: true }, expect: 200 })
  }
  const reach = everything ? REACHES : ['own', random().pick(['below', 'team', 'team_below'])]
  for (const r of reach) {
    await h.set({ rest: 'all', read: r })
    await h.client.post('/notices/read', { all: true })
    const stream = await listen(run, h.client)
    for (const who of OWNERS) {
      await run.admin.patch(`/accounts/${ids[who]}`, { city: `C${++serial}` }, { expect: 200 })
      await run.admin.make('activities', { kind: 'note', subject: `@me-${h.mark} ${word(h, 'bin', who)}`, about: `account/${ids[who]}`, owner: h.people.stranger })
    }
    for (const who of OWNERS) await run.admin.del(`/accounts/${ids[who]}`)
    const last = await run.admin.make('accounts', { name: 'last', owner: h.people.me })
    await until(() => stream.text.includes(`"id":"${last.id}"`), 'the last event')
    stream.close()
    await stream.done
    assert.deepEqual(OWNERS.filter((who) => stream.text.includes(`"${ids[who]}"`)), held[r], `events, ${r}`)
    const told = await h.client.get('/notices?limit=200')
    const fresh = told.body.notices.filter((x) => !x.read)
    assert.deepEqual(OWNERS.filter((who) => JSON.stringify(fresh).includes(`"${ids[who]}"`)), held[r], `notices, ${r}`)
    assert.ok(fresh.every((x) => x.about), `a notice about nothing, ${r}: ${JSON.stringify(fresh.find((x) => !x.about))}`)
    assert.equal(told.body.unread, fresh.length, `unread, ${r}`)
    assert.deepEqual(OWNERS.filter((who) => told.text.includes(word(h, 'bin', who))), held[r], `words of notices, ${r}`)
    const bin = (await h.client.get(`/accounts?deleted=true&where=${q(`id IN (${OWNERS.map((who) => `'${ids[who]}'`).join(', ')})`)}&count=exact`)).body
    assert.deepEqual(OWNERS.filter((who) => bin.records.some((x) => x.id === ids[who])), held[r], `bin, ${r}`)
    assert.equal(bin.count, held[r].length)
    for (const who of OWNERS) {
      const seen = held[r].includes(who)
      assert.equal((await h.client.call('GET', `/accounts/${ids[who]}?deleted=true`)).status, seen ? 200 : 404, `${who} in the bin, ${r}`)
      const back = await h.client.call('POST', `/accounts/${ids[who]}/restore`)
      assert.equal(back.status, seen ? 200 : 404, `${who} out of the bin, ${r}`)
      if (!seen) await run.admin.post(`/accounts/${ids[who]}/restore`, undefined, { expect: 200 })
    }
  }
}, { own: true })

it('paths: nothing of what is hidden stands in any answer that takes no id', async (run, assert) => {
  const h = await house(run)
  await h.set({ rest: 'all', read: 'own' })
  const secrets = Object.keys(KINDS).map((plural) => word(h, plural, 'stranger'))
  let calls = 0
  const told = []
  for (const [path, methods] of Object.entries(run.contract.document.paths)) {
    if (path.includes('{') || !methods.get || path === '/api/v1/events' || /\/oidc\/|metrics|jobs/.test(path)) continue
    const names = (methods.get.parameters ?? []).map((p) => p.name)
    const by = (methods.get.parameters ?? []).find((p) => p.name === 'by')?.schema.enum ?? [null]
    for (const one of by) {
      const parameters = [...(one ? [`by=${one}`] : []), ...(names.includes('user') && path.includes('/views/') ? [`user=${h.people.me}`] : []), ...(names.includes('count') ? ['count=exact', 'limit=200'] : [])]
      const reply = await h.client.call('GET', `${path}?${parameters.join('&')}`, { root: true })
      assert.ok(reply.status < 500, `${path}: ${reply.text.slice(0, 300)}`)
      for (const s of secrets) if (reply.text.includes(s)) told.push(`${path}?${parameters}: ${s}`)
      calls++
    }
  }
  assert.deepEqual(told, [])
  console.log(`paths: ${calls} answers without an id tell nothing hidden`)
}, { own: true })

it('paths: a part goes nowhere that one may not change; undo, merge and conversion do no more than a hand may', async (run, assert) => {
  const h = await house(run)
  const hide = async (entity, field, access) => (await run.admin.make('role_fields', { role: h.role.id, entity, field, access })).id
  const renew = async () => run.contract.read((await run.admin.get('/openapi.json', { unchecked: true })).body)
  // PERMIT-11: a part moved into another's deal changes that deal
  await h.set({ rest: 'all', update: 'own' })
  const rival = (await run.admin.make('competitors', { name: `Rival ${++serial}` })).id
  const part = (await h.client.post('/opportunity_competitors', { opportunity: h.records.opportunities.me, competitor: rival }, { expect: 201 })).body.id
  await h.client.call('PATCH', `/opportunity_competitors/${part}`, { body: { opportunity: h.records.opportunities.peer }, expect: 403 })
  await h.client.call('PATCH', `/opportunity_competitors/${part}`, { body: { strengths: 'x' }, expect: 200 })
  await h.set({ rest: 'all', read: 'own' })
  await h.client.call('PATCH', `/opportunity_competitors/${part}`, { body: { opportunity: h.records.opportunities.peer }, expect: 422 }) // not there
  await h.set({ rest: 'all' })

  // PERMIT-12: merging writes no read-only field and knows no hidden one
  const two = []
  for (const n of [1, 2]) two.push(await h.client.post('/accounts', { ...KINDS.accounts(`Twin ${++serial}`, serial), website: `https://twin${n}.example`, tax_number: `T${serial}` }, { expect: 201 }).then((r) => r.body.id))
  const fields = [await hide('account', 'website', 'readonly'), await hide('account', 'tax_number', 'hidden'), await hide('account', 'phone', 'hidden')]
  await renew()
  const refused = async (choose) => (await h.client.call('POST', `/accounts/${two[0]}/merge`, { body: { with: [two[1]], choose }, expect: 422 })).body.errors.map((e) => `${e.field} ${e.code}`)
  assert.deepEqual(await refused({ website: two[1] }), ['website read_only'])
  assert.deepEqual(await refused({ tax_number: two[1] }), ['tax_number unknown_field'])

  // a hidden field finds no duplicates of its record, in this list or another
  const number = phone(++serial)
  const mine = (await run.admin.make('accounts', { name: `Hides ${serial}`, phone: number, owner: h.people.me })).id
  await run.admin.make('contacts', { name: `Shows ${serial}`, phone: number, owner: h.people.me })
  assert.deepEqual((await h.client.post('/duplicates', { entity: 'account', id: mine }, { expect: 200 })).body.duplicates, [])

  // LEAD-8: neither does a conversion, and its preview shows nothing hidden; what hangs on the lead and is hidden goes along
  await h.set({ rest: 'all', read: 'own', update: 'own' })
  const lead = (await h.client.post('/leads', { name: `Lead ${++serial}`, company: `Firm ${serial}`, phone: phone(serial), website: 'https://lead.example' }, { expect: 201 })).body.id
  const note = (await run.admin.make('activities', { kind: 'call', subject: 'Hidden call', about: `lead/${lead}`, owner: h.people.stranger })).id
  const target = (await run.admin.make('accounts', { name: `Target ${serial}`, phone: '13700000001', website: 'https://target.example', owner: h.people.me })).id
  const preview = await h.client.post(`/leads/${lead}/convert`, { account: target, overwrite: true, preview: true }, { expect: 200 })
  assert.ok(!preview.text.includes('13700000001'), preview.text)
  const done = (await h.client.post(`/leads/${lead}/convert`, { account: target, overwrite: true }, { expect: 200 })).body
  assert.equal((await run.admin.get(`/activities/${note}`)).body.about.id, done.contact.id)
  const after = (await run.admin.get(`/accounts/${target}`)).body
  assert.deepEqual([after.website, after.phone], ['https://target.example', '13700000001'])
  for (const id of fields) await run.admin.del(`/role_fields/${id}`)
  await renew()

  // PERMIT-14: what one did and may do no longer stays done; who lost sight of a record does not hear its new name
  const bulk = (await h.client.post('/accounts/bulk', { rows: [{ do: 'update', id: target, record: { city: 'Before' } }] }, { expect: 200 })).body.operation
  await h.set({ read: 'own' })
  await h.client.call('POST', `/operations/${bulk}/undo`, { expect: 403 })
  assert.equal((await run.admin.get(`/accounts/${target}`)).body.city, 'Before')
  await h.set({ rest: 'all', read: 'own' })
  await run.admin.patch(`/accounts/${target}`, { name: word(h, 'new', 'stranger'), owner: h.people.stranger }, { expect: 200 })
  const undone = await h.client.call('POST', `/operations/${bulk}/undo`, { expect: 200 })
  assert.equal(undone.body.skipped, 1)
  assert.ok(!undone.text.includes(word(h, 'new', 'stranger')), undone.text)
}, { own: true })

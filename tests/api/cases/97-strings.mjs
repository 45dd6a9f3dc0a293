// Strings that have broken programs, through every writable text of every entity and back; and strings that a program might run,
// in every parameter and member of every call. A drawn sample of the second; ZHIKE_TEST_ALL=1 sends everything.
import { connect } from 'node:net'
import { Client, Contract, PASSWORD, ownServer, signIn } from '../harness.mjs'
import { everything, job, q, random, seed, upload } from '../hostile/house.mjs'
import { places, reshapes } from '../hostile/sent.mjs'
import { injections, naughty, scripts } from '../hostile/strings.mjs'
import { sample } from './40-matrix.mjs'

const TEXTS = ['text', 'long_text', 'phone', 'email', 'url']
const every = [...naughty, ...scripts('http://127.0.0.1:9/canary')]
const all = everything ? every : random(seed + 2).some(every, 60)
/** What becomes of a text: composed, trimmed, with one kind of line end, and without what controls. */
const kept = (text, f) => text.replace(/\r\n/g, '\n').replace(/[\n\r\v\f\x85\u2028\u2029]/g, f.type === 'long_text' ? '\n' : ' ').replace(/(?!\t)[\x00-\x1f\x7f-\x9f\ufeff]/g, (c) => (c === '\n' ? c : '')).normalize('NFC').trim()

/** Made in bulk; what a row's field refuses is left out, and the row sent again. */
const fillable = (e, name) => e.fields.some((f) => f.name === name && !f.readonly)
async function makeAll(run, e, rows) {
  const at = `/${e.plural}/bulk`
  const send = async (list) => (await run.admin.post(at, { rows: list.map((record) => ({ do: 'create', record })) }, { expect: 200 })).body.results
  let refused = 0
  const results = await send(rows)
  for (let i = 0; i < rows.length; i++)
    for (let tries = 0; results[i].status !== 201 && tries < 8; tries++) {
      if (![409, 422].includes(results[i].status)) throw new Error(`${e.name}: ${JSON.stringify(results[i]).slice(0, 300)} for ${JSON.stringify(rows[i]).slice(0, 600)}`)
      for (const x of results[i].errors) {
        if (!(x.field in rows[i])) break
        refused++
        delete rows[i][x.field]
      }
      if (fillable(e, e.title) && !rows[i][e.title]) rows[i][e.title] = `Left ${i}`
      results[i] = (await send([rows[i]]))[0]
    }
  return { ids: results.map((r) => r.id ?? null), refused }
}

it('strings: every text of every entity takes what the world is called, and gives it back', async (run, assert) => {
  const meta = (await run.admin.get('/meta')).body
  let written = 0
  let refusals = 0
  let serial = 7000
  const wrong = []
  for (const e of meta.entities.filter((x) => x.may.create && !['user', 'role_right', 'role_field', 'user_role'].includes(x.name))) {
    const fields = e.fields.filter((f) => TEXTS.includes(f.type) && !f.readonly && !f.unique && f.name !== e.key && f.name !== 'external_id' && !(e.name === 'contact' && ['last_name', 'first_name'].includes(f.name)))
    if (!fields.length) continue
    const first = await sample(run, e, meta, ++serial)
    const base = async () => (e.fields.some((f) => f.required && (f.target || f.unique)) || ['campaign_member', 'quota', 'share'].includes(e.name) ? sample(run, e, meta, ++serial) : first)
    const strings = ['form_attempt', 'holiday', 'working_calendar', 'pipeline_stage', 'quota', 'currency_rate', 'fiscal_period', 'forecast_adjustment', 'share'].includes(e.name) ? [] : all
    const n = e.fields.some((f) => f.required && f.target) ? Math.min(strings.length, 40) : strings.length
    const rows = []
    for (let i = 0; i < n; i++) {
      const row = { ...(await base()) }
      for (const [j, f] of fields.entries()) row[f.name] = strings[(i + j * 13) % strings.length]
      row.external_id = `s${++serial}`
      rows.push(row)
    }
    if (!rows.length) continue
    const { ids, refused } = await makeAll(run, e, rows)
    refusals += refused
    const living = ids.filter(Boolean)
    const now = new Map()
    for (let i = 0; i < living.length; i += 100)
      for (const r of (await run.admin.get(`/${e.plural}?where=${q(`id IN (${living.slice(i, i + 100).map((id) => `'${id}'`).join(',')})`)}&limit=200`)).body.records) now.set(r.id, r)
    for (const [i, row] of rows.entries()) {
      const r = ids[i] && now.get(ids[i])
      if (!r) {
        wrong.push(`${e.name} row ${i} is not there: ${JSON.stringify(row).slice(0, 200)}`)
        continue
      }
      for (const f of fields.filter((x) => typeof row[x.name] === 'string' && ['text', 'long_text'].includes(x.type))) {
        written++
        if (r[f.name] !== kept(row[f.name], f)) wrong.push(`${e.name}.${f.name}: ${JSON.stringify(row[f.name])} became ${JSON.stringify(r[f.name])}`)
      }
    }
    if (['account', 'contact', 'lead', 'opportunity', 'campaign', 'case', 'activity', 'competitor', 'product'].includes(e.name)) await thereAndBack(run, assert, e, fields, rows, wrong)
  }
  assert.deepEqual(wrong.slice(0, 9), [], `${wrong.length} in all; ZHIKE_TEST_SEED=${seed}`)
  console.log(`strings: ${written} texts came back as they were, ${refusals} were refused in words`)
}, { own: true })

/** Written to a file and read again, nothing differs: every row is one that is there already. */
async function thereAndBack(run, assert, e, fields, rows, wrong) {
  const ids = rows.map((r) => `'${r.external_id}'`)
  for (const format of everything ? ['csv', 'xlsx'] : [e.name === 'account' ? 'xlsx' : 'csv']) {
    const select = ['external_id', ...fields.map((f) => f.name)]
    const out = await job(run.admin, (await run.admin.post('/exports', { entity: e.name, select: select.join(','), where: `external_id IN (${ids.join(',')})`, format }, { expect: 202 })).body)
    assert.equal(out.state, 'done', JSON.stringify(out))
    const bytes = (await run.admin.call('GET', `/files/${out.result.file}`, { bytes: true })).text
    const file = (await upload(run.admin, `back.${format}`, bytes)).body.id
    const map = { match: 'external_id', columns: Object.fromEntries(select.map((s) => [s, s])) }
    const back = await job(run.admin, (await run.admin.post('/imports', { entity: e.name, file, map, dry_run: true }, { expect: 202 })).body)
    const { created, updated, skipped, rejected } = back.result ?? {}
    if (created !== 0 || updated !== 0 || rejected !== 0 || skipped !== rows.length) {
      const why = back.result?.rejected_file ? (await run.admin.call('GET', `/files/${back.result.rejected_file}`)).text.slice(0, 800) : JSON.stringify(back).slice(0, 800)
      wrong.unshift(`${e.name} to ${format} and back: ${JSON.stringify({ created, updated, skipped, rejected })} of ${rows.length}: ${why}`)
    }
  }
}

it('strings: search takes them all', async (run, assert) => {
  for (const text of all) {
    const reply = await run.admin.call('GET', `/search?q=${encodeURIComponent(text)}&limit=5`)
    assert.ok([200, 400].includes(reply.status), `${JSON.stringify(text)}: ${reply.text}`)
    assert.ok(reply.status === 200 || [...text].length > 200, JSON.stringify(text))
  }
}, { own: true })

it('strings: names of files lead nowhere, break no header, and nothing uploaded runs', async (run, assert) => {
  const boundary = 'b0undary'
  const send = (name, content = '<script>alert(1)</script>') =>
    run.admin.call('POST', '/files', {
      raw: Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: image/svg+xml\r\n\r\n${content}\r\n--${boundary}--\r\n`),
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    })
  for (const name of ['../../etc/passwd', '..\\..\\boot.ini', '/etc/passwd', 'C:\\x\\evil.exe', '....//x', 'a\tb', 'x%0d%0aSet-Cookie: a=b', 'CON', '.', '..', ' ', 'x.svg', 'x.html', 'x.xhtml', '\u202Egpj.exe', '😀.png', 'a;b=c', "a'b", '-rf', 'x'.repeat(900)]) {
    const made = await send(name)
    if (made.status !== 201) {
      assert.ok([400, 422].includes(made.status), `${name}: ${made.text}`)
      continue
    }
    assert.ok(!/[/\\\r\n]/.test(made.body.name) && Buffer.byteLength(made.body.name) <= 200 && made.body.name.length > 0, JSON.stringify(made.body.name))
    for (const how of ['', '?inline=true']) {
      const got = await run.admin.call('GET', `/files/${made.body.id}${how}`, { bytes: true })
      assert.match(got.headers.get('content-disposition'), /^attachment; filename\*=UTF-8''[\w!#$&+.^`|~%-]*$/, name)
      assert.equal(got.headers.get('x-content-type-options'), 'nosniff')
      assert.match(got.headers.get('content-security-policy'), /^sandbox; default-src 'none'/)
      assert.ok(!/html|svg|xml|script/.test(got.headers.get('content-type')), `${name}: ${got.headers.get('content-type')}`)
      assert.equal(got.headers.get('set-cookie'), null)
    }
  }
  for (const content of ['<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', '<!DOCTYPE html><script>alert(1)</script>', '<?xml version="1.0"?><x/>', 'GIF89a/*<script>alert(1)</script>*/', '%PDF-1.7 <script>', '\x89PNG\r\n\x1a\n<script>alert(1)</script>']) {
    const made = await send('picture.svg', content)
    const got = await run.admin.call('GET', `/files/${made.body.id}?inline=true`, { bytes: true })
    assert.ok(['text/plain', 'application/octet-stream', 'image/gif', 'application/pdf', 'image/png'].includes(got.type), got.type)
    assert.match(got.headers.get('content-security-policy'), /^sandbox; default-src 'none'/)
  }
  // a name with line ends in it is no name
  const split = await send('x\r\nSet-Cookie: zhike_session=1\r\n\r\nx')
  assert.ok([201, 400, 422].includes(split.status), split.text)
  if (split.status === 201) assert.ok(!/[\r\n]/.test(split.body.name))
}, { own: true })

/** Sends a head as it is; what comes back. */
function raw(run, head) {
  const url = new URL(run.server.base)
  return new Promise((done) => {
    let text = ''
    const s = connect(Number(url.port), url.hostname, () => s.write(head))
    s.on('data', (d) => (text += d)).on('error', () => done(text)).on('close', () => done(text))
    setTimeout(() => s.destroy(), 5000).unref()
  })
}

it('strings: headers split nothing', async (run, assert) => {
  const bearer = `Authorization: Bearer ${run.admin.auth.token}\r\n`
  for (const [line, headers] of [
    ['GET /oidc/start?to=%0d%0aSet-Cookie:%20evil=1 HTTP/1.1', ''], ['GET /oidc/callback?state=%0d%0aSet-Cookie:%20evil=1&code=x HTTP/1.1', ''], ['GET /sign-in%0d%0aSet-Cookie:%20evil=1 HTTP/1.1', ''],
    ['GET /api/v1/me HTTP/1.1', `${bearer}Host: x\r\nAccept-Language: zh\tevil\r\n`], ['GET /api/v1/me HTTP/1.1', `${bearer}X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https%0d%0aevil: 1\r\n`],
    ['GET /api/v1/accounts/%0d%0aevil:%201 HTTP/1.1', bearer], ['GET /forms/%0d%0aevil:%201 HTTP/1.1', ''], ['OPTIONS /forms/x HTTP/1.1', 'Origin: http://x%0d%0aevil: 1\r\nAccess-Control-Request-Headers: a%0d%0aevil: 1\r\n'],
  ]) {
    const reply = await raw(run, `${line}\r\nHost: 127.0.0.1\r\nConnection: close\r\n${headers}\r\n`)
    assert.match(reply, /^HTTP\/1\.1 \d/, line)
    const head = reply.split('\r\n\r\n')[0]
    assert.ok(!/^(set-cookie: )?evil/im.test(head), head)
  }
}, { own: true })

it('strings: HEAD has no body, whatever is asked', async (run, assert) => {
  const bearer = `Host: x\r\nAuthorization: Bearer ${run.admin.auth.token}\r\n`
  for (const path of ['/api/v1/events', '/api/v1/accounts', '/api/v1/openapi.json', '/api/v1/nothing', '/', '/metrics']) {
    const reply = await raw(run, `HEAD ${path} HTTP/1.1\r\n${bearer}\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    const parts = reply.split('\r\n\r\n')
    assert.match(parts[0], /^HTTP\/1\.1 \d/, path)
    assert.match(parts[1], /^HTTP\/1\.1 200/, `${path}: ${parts[1].slice(0, 100)}`)
  }
}, { own: true })

// ---- what might be run ----

const TWO = ['en', 'zh-CN'] // who asks: sentences come in their language
const CJK = /[\u4e00-\u9fff]/

/** A record of everything that can be made, and what a right body of each operation says. */
async function furnish(run, document) {
  const meta = (await run.admin.get('/meta')).body
  const good = { ids: {}, keys: {}, members: {}, entities: new Map(), records: {} }
  let serial = 100
  for (const e of meta.entities) {
    if (e.may.create) good.records[e.plural] = await sample(run, e, meta, ++serial)
    if (e.name === 'user') good.records[e.plural].role = 'read_only'
    good.entities.set(e.plural, e)
    good.ids[e.plural] = e.may.create ? (await run.admin.make(e.plural, good.records[e.plural])).id : (await run.admin.get(`/${e.plural}?limit=1`)).body.records[0]?.id
  }
  const form = await run.admin.make('web_forms', { name: 'Door', active: true })
  const shown = await run.anyone.call('GET', `/forms/${form.key}`, { root: true, headers: { accept: 'application/json' } })
  good.keys['/forms/{key}'] = form.key
  good.members.formSend = ['challenge', 'solution', 'nonce', ...(shown.body?.fields ?? []).map((f) => f.name)]
  good.ids.saved_views = (await run.admin.post('/saved_views', { entity: 'account', name: 'Any' }, { expect: 201 })).body.id
  good.ids.mappings = (await run.admin.post('/mappings', { entity: 'account', name: 'Any', map: {} })).body?.id
  good.ids.fields = (await run.admin.post('/fields', { entity: 'product', type: 'text', label: 'Own' }, { expect: 201 })).body.id
  const file = (await upload(run.admin, 'rows.csv', 'name\nOne\n')).body.id
  const nobody = "name = 'nobody'"
  const to = [{ user: (await run.admin.get('/me')).body.id }]
  const known = {
    startChange: { entity: 'account', do: 'update', where: nobody, record: {} }, startExport: { entity: 'account', where: nobody }, startImport: { entity: 'account', file, dry_run: true },
    startHandOver: { parts: [{ entity: 'lead', to }] }, tryHandOver: { parts: [{ entity: 'lead', to }] }, query: { query: 'SELECT name FROM account LIMIT 1' },
    createField: { entity: 'product', type: 'text', label: 'Own' }, updateChoices: { entity: 'product', field: 'family', choices: [], preview: true }, updateLayout: { entity: 'product', kind: 'list', layout: null },
    createSavedView: { entity: 'account', name: 'Any' }, findDuplicates: { entity: 'account', record: {} }, keepMapping: { entity: 'account', name: 'Any', map: {} },
  }
  let made = 0
  /** undefined: the least that is right. */
  good.bodies = ({ id, method, path }) => {
    if (known[id]) return known[id]
    const plural = path.split('/')[3]
    const e = good.entities.get(plural)
    if (!e) return undefined
    if (path.endsWith('/bulk')) return { rows: [{ do: 'update', id: good.ids[plural], record: {} }] }
    if (method === 'PATCH') return {}
    if (path !== `/api/v1/${plural}`) return undefined
    const own = e.fields.filter((f) => (f.unique || f.name === e.key) && f.type === 'text' && typeof good.records[plural]?.[f.name] === 'string')
    return { ...good.records[plural], ...Object.fromEntries(own.map((f) => [f.name, `${good.records[plural][f.name]}n${++made}`])) }
  }
  return good
}

/** A problem is told in the language of who asks, and quotes no more of another than what was sent. */
function foreign(reply, lang, x) {
  const said = [reply.body.detail, ...(reply.body.errors ?? []).map((e) => e.message)].filter(Boolean)
  if (lang === 'zh-CN') return said.find((s) => !CJK.test(s))
  return CJK.test(x) ? undefined : said.find((s) => CJK.test(s))
}

/** `width` at a time. */
async function inParallel(list, width, work) {
  let next = 0
  await Promise.all(Array.from({ length: width }, async () => {
    while (next < list.length) await work(list[next++])
  }))
}

it('strings: nothing that is sent is run', async (run, assert) => {
  const own = ownServer(run)
  const there = { ...run, server: own.server, transcribe: null }
  try {
    await own.server.start()
    await sendAll(there, assert)
    assert.equal(await own.server.stop(), 0, own.server.log.slice(-2000))
    assert.ok(!/level=error/.test(own.server.log), own.server.log.split('\n').filter((l) => /level=error/.test(l)).slice(0, 9).join('\n'))
    const check = own.server.cli('check')
    assert.equal(check.status, 0, check.stdout + check.stderr)
  } finally {
    await own.server.stop()
    own.remove()
  }
}, { own: true })

async function sendAll(run, assert) {
  const { client } = await signIn(run, 'admin', PASSWORD)
  const tokenOf = async (c) => new Client(run, { token: (await c.post('/tokens', { name: 'tests' }, { expect: 201 })).body.token })
  run.admin = await tokenOf(client)
  run.anyone = new Client(run)
  const text = (await run.admin.get('/openapi.json', { unchecked: true })).text
  const seen = run.contract.seen
  run.contract = new Contract(JSON.parse(text)) // the tables of its own server
  run.contract.seen = seen
  const document = JSON.parse(text)
  const asks = { en: run.admin }
  const second = await run.admin.make('users', { name: 'Second', login: 'second', state: 'active', role: 'administrator', language: 'zh-CN' })
  await run.admin.post(`/users/${second.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  asks['zh-CN'] = await tokenOf((await signIn(run, 'second', 'first password')).client)
  const good = await furnish(run, document)
  await refresh(run)
  const untouched = await run.admin.make('accounts', { name: 'Untouched', city: 'Before' })
  const administrators = async () => (await run.admin.get(`/users?count=exact&limit=1&where=${q("role = 'administrator'")}`)).body.count
  const before = await administrators()

  const dice = random(seed + 1)
  const list = places(document, good)
  const drawn = everything ? list : dice.some(list, 1100)
  const jobs = drawn.flatMap((p) => (everything ? p.strings : dice.some(p.strings, 1)).map((x, i) => ({ ...p, x, lang: TWO[i % 2] })))
  const wrong = new Map() // by operation and place: the first that was seen
  const tally = { sent: 0, taken: 0, kept: 0, slow: [], again: [] }
  const one = (job) => sendOne(run, good, job, asks[job.lang], tally, wrong)
  await inParallel(jobs.filter((j) => !reshapes(j.op)), 12, one)
  await inParallel(jobs.filter((j) => reshapes(j.op)), 1, one)
  for (const job of tally.again.splice(0)) await sendOne(run, good, job, asks[job.lang], tally, wrong, true) // many at once on one record: try again, it says
  await headers(run, dice, untouched, tally, assert)
  if (wrong.size) console.log(run.server.log.split('\n').filter((l) => /level=(warn|error)/.test(l)).slice(-9).join('\n'))
  if (everything) for (const w of wrong.values()) console.log(`strings: ${w}`)
  assert.deepEqual([...wrong.values()].slice(0, 9), [], `${wrong.size} in all; ZHIKE_TEST_SEED=${seed}`)
  const slow = [] // alone, so that it is not the machine
  for (const s of tally.slow.slice(0, 20)) {
    const began = Date.now()
    await run.admin.call(s.method, s.path, { root: true, unchecked: true, ...s.options })
    if (Date.now() - began > SLOW) slow.push(s.said)
  }
  assert.deepEqual(slow, [], 'something was slept or computed')
  assert.equal(await administrators(), before)
  assert.equal((await run.admin.get(`/accounts/${untouched.id}`)).body.city, 'Before')
  console.log(`strings: ${tally.sent} requests with what might be run, in ${drawn.length} of ${list.length} places; ${tally.taken} were taken, ${tally.kept} texts came back as they were (ZHIKE_TEST_SEED=${seed})`)
}

/** The document after a change of the tables. */
async function refresh(run) {
  run.contract = new Contract(JSON.parse((await run.admin.call('GET', '/openapi.json', { unchecked: true })).text))
}

const SLOW = 4000
const WAITS = /\/(oidc|session|join|totp|password)(\/|$)|\/test$/ // for another server, or its turn to hash a password
async function sendOne(run, good, { op, what, way, x, lang, send }, client, tally, wrong, again = false) {
  const began = Date.now()
  const [method, path, options] = send(x)
  const note = (why) => {
    const key = `${op.id} ${what} ${why.slice(0, 12)}`
    if (!wrong.has(key)) wrong.set(key, `${method} ${path.slice(0, 200)} ${JSON.stringify(options.body ?? options.raw ?? '').slice(0, 300)} (${lang}): ${why}`)
  }
  let reply
  try {
    reply = await client.call(method, path, { root: true, ...options, headers: { 'accept-language': lang, ...options.headers }, unchecked: reshapes(op) })
  } catch (e) {
    return note(e.message.slice(0, 600))
  }
  tally.sent++
  if (reply.status === 503 && !again) return tally.again.push({ op, what, way, x, lang, send })
  if (reply.status >= 500) note(`${reply.status} ${reply.text.slice(0, 300)}`)
  if (Date.now() - began > SLOW && !WAITS.test(op.path)) tally.slow.push({ method, path, options, said: `${method} ${path.slice(0, 120)} ${what} ${x.slice(0, 40)}` })
  if (reply.status >= 400 && reply.type === 'application/problem+json' && !/^\/(forms|status|rate)\//.test(op.path)) { // a form speaks its own
    const words = foreign(reply, lang, x)
    if (words !== undefined) note(`in another language: ${words}`)
  }
  if (reply.status < 300 && method !== 'GET') tally.taken++
  if (reply.status === 201 && op.id === 'createField') await client.call('DELETE', `/fields/${reply.body.id}`, { unchecked: true })
  const f = way?.length === 1 && (op.path === `/api/v1/${op.path.split('/')[3]}` || op.method === 'PATCH') && good.entities.get(op.path.split('/')[3])?.fields.find((m) => m.name === way[0])
  if (!f || reply.status >= 300 || !TEXTS.slice(0, 2).includes(f.type) || typeof reply.body?.[f.name] !== 'string') return
  tally.kept++
  const expected = kept(x.toWellFormed(), f)
  if (reply.body[f.name] !== expected && f.name !== good.entities.get(op.path.split('/')[3]).key) note(`${JSON.stringify(expected)} became ${JSON.stringify(reply.body[f.name])}`)
}

async function headers(run, dice, account, tally, assert) {
  for (const header of ['if-match', 'idempotency-key', 'accept-language', 'range', 'if-none-match', 'x-forwarded-for', 'user-agent', 'origin', 'referer', 'content-type'])
    for (const x of (everything ? injections : dice.some(injections, 4)).filter((s) => /^[\x20-\x7e]*$/.test(s)))
      for (const [method, path, options] of [['GET', `/accounts/${account.id}`, {}], ['POST', '/accounts', { raw: '{}', headers: { 'content-type': 'application/json' } }]]) {
        const reply = await run.admin.call(method, path, { ...options, headers: { ...options.headers, [header]: x } })
        tally.sent++
        assert.ok(reply.status < 500, `${header}: ${x}: ${reply.status} ${reply.text.slice(0, 200)}`)
      }
}

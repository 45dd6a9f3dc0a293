// Strings that have broken programs, through every writable text of every entity and back; and strings that a program might run,
// in every parameter and member of every call. A drawn sample of the second; ZHIKE_TEST_ALL=1 sends everything.
import { connect } from 'node:net'
import { everything, job, q, random, seed, upload } from '../hostile/house.mjs'
import { injections, naughty, scripts } from '../hostile/strings.mjs'
import { sample } from './40-matrix.mjs'

const TEXTS = ['text', 'long_text', 'phone', 'email', 'url']
const every = [...naughty, ...scripts('http://127.0.0.1:9/canary')]
const all = everything ? every : random(seed + 2).some(every, 60)
/** What becomes of a text: composed, trimmed, with one kind of line end. */
const kept = (text, f) => text.normalize('NFC').replace(/[\u2028\u2029]/g, f.type === 'long_text' ? '\n' : ' ').trim()

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

const UNTOUCHED = ['signIn', 'signInCode', 'signOut', 'endSession', 'changePassword', 'forgotPassword', 'endOtherSessions', 'updateMe', 'join', 'joinLook', 'startOidc']
const skipped = (o, path) => UNTOUCHED.includes(o.operationId) || /^\/api\/v1\/(session|sessions|me\/|settings|oidc|join)|^\/oidc|\/users\/\{id\}\/(password|totp|oidc|invite|reset)|^\/api\/v1\/events/.test(path)

function properties(document, schema, depth = 0) {
  if (!schema || depth > 4) return []
  if (schema.$ref) return properties(document, schema.$ref.slice(2).split('/').reduce((o, k) => o[k], document), depth + 1)
  return [...Object.keys(schema.properties ?? {}), ...(schema.allOf ?? []).flatMap((s) => properties(document, s, depth + 1))]
}

it('strings: nothing that is sent is run', async (run, assert) => {
  const dice = random(seed + 1)
  const document = run.contract.document
  const names = `${Date.now().toString(36)}`
  const account = await run.admin.make('accounts', { name: `Untouched ${names}`, city: 'Before' })
  const counted = async () => Object.fromEntries(await Promise.all(['accounts', 'users', 'roles', 'teams'].map(async (p) => [p, (await run.admin.get(`/${p}?count=exact&limit=1`)).body.count])))
  const before = await counted()
  const slow = []
  let sent = 0
  const send = async (method, path, options = {}) => {
    const began = Date.now()
    const reply = await run.admin.call(method, path, { root: true, ...options })
    sent++
    assert.ok(reply.status < 500, `${method} ${path} ${JSON.stringify(options.body ?? '').slice(0, 200)}: ${reply.status} ${reply.text.slice(0, 200)}; ZHIKE_TEST_SEED=${seed}`)
    if (Date.now() - began > 4000) slow.push(`${method} ${path}`)
    return reply
  }
  const few = (n) => (everything ? injections : dice.some(injections, n))
  const enc = (x) => encodeURIComponent(x.toWellFormed())
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, o] of Object.entries(methods)) {
      if (skipped(o, path)) continue
      const at = path.replace('{id}', account.id).replace(/\{\w+\}/g, 'x')
      if (!everything && path.split('/').length > 5 && method === 'get' && dice.below(5)) continue // related lists are many and alike
      for (const p of (o.parameters ?? []).filter((x) => x.in === 'query')) for (const x of few(1)) await send(method.toUpperCase(), `${at}?${p.name}=${enc(x)}`, method === 'get' || !o.requestBody ? {} : { body: {} })
      if (/\{\w+\}/.test(path)) for (const x of few(1)) await send(method.toUpperCase(), path.replace(/\{\w+\}/g, enc(x)), o.requestBody && !o.requestBody.content['multipart/form-data'] ? { body: {} } : {})
    }
  assert.deepEqual(await counted(), before, 'parameters changed something')
  // and as members of bodies, where a text may be kept as a text
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, o] of Object.entries(methods)) {
      const schema = o.requestBody?.content['application/json']?.schema
      if (!schema || skipped(o, path) || /\/(users|roles|role_\w+|user_roles|teams|pipelines|pipeline_stages|fiscal_periods|fields|choices|layouts|tokens|working_calendars|holidays|currency_rates)(\/|$)/.test(path)) continue
      const members = properties(document, schema)
      for (const name of everything ? members : dice.some(members, 2)) for (const x of everything ? dice.some(injections, 12) : few(1)) await send(method.toUpperCase(), path.replace('{id}', '888888888').replace(/\{\w+\}/g, 'x'), { body: { [name]: x.toWellFormed() } })
    }
  for (const header of ['if-match', 'idempotency-key', 'accept-language', 'range', 'if-none-match', 'x-forwarded-for', 'user-agent', 'origin', 'referer', 'content-type'])
    for (const x of few(4).filter((s) => /^[\x20-\x7e]*$/.test(s))) {
      await send('GET', `/api/v1/accounts/${account.id}`, { headers: { [header]: x } })
      await send('POST', '/api/v1/accounts', { raw: '{}', headers: { 'content-type': 'application/json', [header]: x } })
    }
  const now = await counted()
  assert.deepEqual([now.users, now.roles, now.teams], [before.users, before.roles, before.teams])
  assert.equal((await run.admin.get(`/accounts/${account.id}`)).body.city, 'Before')
  assert.deepEqual(slow, [], 'something was slept or computed')
  console.log(`strings: ${sent} requests with what might be run (ZHIKE_TEST_SEED=${seed})`)
}, { own: true })

// Everything that is no record: meta, search, the query language, settings, files, jobs, events, the server itself.
import { readFileSync, readdirSync } from 'node:fs'
import { whole } from '../../../web/src/state/lean.ts'
import { Client, PASSWORD, signIn } from '../harness.mjs'

it('meta tells all that the web app needs, and answers 304', async (run, assert) => {
  const meta = await run.admin.get('/meta')
  const account = meta.body.entities.find((e) => e.name === 'account')
  assert.equal(account.plural, 'accounts')
  assert.equal(typeof account.label['zh-CN'], 'string')
  const type = account.fields.find((f) => f.name === 'type')
  assert.ok(type.choices.some((c) => c.key === 'customer' && c.label.en))
  assert.ok(account.related.some((r) => r.entity === 'contact' && r.field === 'account'))
  for (const e of meta.body.entities)
    for (const f of e.fields) assert.ok(f.label.en && !f.label.en.includes('.'), `${e.name}.${f.name}: ${f.label.en}`)
  const again = await run.admin.call('GET', '/meta', { headers: { 'if-none-match': meta.headers.get('etag') }, expect: 304 })
  assert.equal(again.text, '')
  assert.equal(meta.body.user.role, 'administrator')
}, { own: true })

it('what the app makes of the lean meta is meta, to the last member', async (run, assert) => {
  await run.admin.call('PUT', '/layouts', { body: { entity: 'lead', kind: 'list', layout: { columns: [{ field: 'name' }, { field: 'company' }] } }, expect: 200 })
  const full = await run.admin.get('/meta')
  const lean = await run.admin.get('/meta/lean')
  assert.ok(lean.text.length < full.text.length / 2, `${lean.text.length} of ${full.text.length} bytes`)
  assert.deepEqual(whole(lean.body), full.body)
  await run.admin.call('GET', '/meta/lean', { headers: { 'if-none-match': lean.headers.get('etag') }, expect: 304 })
}, { own: true })

it('what cannot be read is said in the language asked for, and nothing of a refusal is ever run', async (run, assert) => {
  const said = async (method, path, lang, more = {}) => (await run.admin.call(method, path, { headers: { 'accept-language': lang, 'content-type': 'application/json' }, expect: 400, ...more }))
  for (const [method, path, body, zh, en] of [
    ['POST', '/leads', '{"name":', '此处应为一个值。', 'A value was expected.'],
    ['POST', '/leads', '{"name" 1}', '此处应为冒号。', 'A colon was expected.'],
    ['POST', '/leads', '[]', '应为 JSON 对象。', 'A JSON object was expected.'],
    ['GET', '/leads?limit=many', undefined, 'limit：应为整数（1 – 200）。', 'limit: a whole number was expected (1 – 200).'],
    ['GET', '/leads?deleted=maybe', undefined, 'deleted：应为 true 或 false。', 'deleted: true or false was expected.'],
    ['GET', '/leads?count=some', undefined, 'count：应为以下之一：exact, estimate。', 'count: one of these was expected: exact, estimate.'],
    ['GET', '/search?q=x&in=%7B1%7D', undefined, 'in：没有名为 {1} 的对象。', 'in: {1} is no entity.'],
  ])
    for (const [lang, text] of [['zh-CN', zh], ['en', en]]) {
      const got = await said(method, path, lang, body === undefined ? {} : { raw: body })
      assert.equal(got.body.detail, text)
      assert.equal(got.headers.get('content-security-policy'), "default-src 'none'; frame-ancestors 'none'")
    }
}, { own: true })

it('a job speaks the language of who asked, who has set none', async (run, assert) => {
  for (const [lang, wanted] of [['zh-CN', /不认识/], ['en', /is not known/]]) {
    const made = (await run.admin.call('POST', '/files', { raw: form([['file', 'name,Whatever\nA,1\n', 'a.csv', 'text/csv']]), expect: 201 })).body
    const { job } = (await run.admin.call('POST', '/imports', { body: { entity: 'account', file: made.id, dry_run: true }, headers: { 'accept-language': lang }, expect: 202 })).body
    let done
    for (let i = 0; i < 600 && done?.state !== 'done'; i++) {
      if (i) await new Promise((r) => setTimeout(r, 50))
      done = await run.admin.get(`/jobs/${job}`).then((r) => r.body)
    }
    assert.match(done.result.plan.warnings[0].message, wanted)
    assert.equal(done.request.language, lang)
  }
}, { own: true })

it('search finds by what people type', async (run, assert) => {
  const a = await run.admin.make('accounts', { name: '武汉烽火通信科技', phone: '027-8769 1234' })
  for (const q of ['烽火', '通信科', 'fenghuo', 'whfh', '7691', '烽火 8769']) {
    const hits = (await run.admin.get(`/search?q=${encodeURIComponent(q)}`)).body.hits
    assert.ok(hits.some((h) => h.id === a.id), q)
  }
  assert.equal((await run.admin.get('/search?q=fenghuo&in=lead,contacts')).body.hits.length, 0)
  assert.deepEqual((await run.admin.get('/search?q=')).body, { hits: [], more: false })
  await run.admin.call('GET', '/search', { expect: 400 })
  await run.admin.call('GET', '/search?q=x&in=planet', { expect: 400 })
  await run.admin.call('GET', `/search?q=${'x'.repeat(201)}`, { expect: 400 })
  await run.admin.call('GET', '/search?q=x&limit=101', { expect: 400 })
})

it('the query language as a call', async (run, assert) => {
  for (let i = 0; i < 4; i++) await run.admin.make('leads', { name: `Q ${i}`, source: 'web', score: i, title: i % 2 ? 'odd' : 'even' })
  const ask = async (query, expect = 200) => (await run.admin.post('/query', { query }, { expect })).body
  assert.deepEqual((await ask("SELECT title, COUNT() n, SUM(score) s FROM lead WHERE name LIKE 'Q %' GROUP BY title ORDER BY title")).records, [
    { title: 'even', n: 2, s: 2 },
    { title: 'odd', n: 2, s: 4 },
  ])
  assert.deepEqual(await ask("SELECT COUNT() FROM lead WHERE name LIKE 'Q %'"), { count: 4, records: [] })
  const get = await run.admin.get(`/query?q=${encodeURIComponent("SELECT name FROM lead WHERE name = 'q 1'")}`)
  assert.equal(get.body.records[0].name, 'Q 1')
  const bad = await ask("SELECT name FROM lead WHERE name = ", 400)
  assert.equal(typeof bad.position, 'number')
  await ask('', 422)
  await ask('DROP TABLE leads', 400)
  await ask(`SELECT name FROM lead WHERE name IN (${"'x',".repeat(30000)}'x')`, 422)
  await run.admin.call('GET', '/query', { expect: 400 })
  await run.admin.post('/query', { query: 'SELECT name FROM lead', colour: 1 }, { expect: 422 })
})

it('settings are the administrator’s', async (run, assert) => {
  const before = (await run.admin.get('/settings')).body
  const after = (await run.admin.patch('/settings', { name: 'Examples Ltd', fiscal_start_month: 4 }, { expect: 200 })).body
  assert.deepEqual(after, { ...before, name: 'Examples Ltd', fiscal_start_month: 4 })
  assert.equal((await run.admin.get('/meta')).body.fiscal.start_month, 4)
  const bad = await run.admin.patch('/settings', { zone: 'Moon/Base', currency: 'XXY', fiscal_start_month: 13, language: 'tlh', what: 1 }, { expect: 422 })
  assert.deepEqual(bad.body.errors.map((e) => e.field).sort(), ['currency', 'fiscal_start_month', 'language', 'what', 'zone'])
  // The currency stands once money has been recorded in it.
  await run.admin.make('opportunities', { name: run.fresh(), stage: 'prospecting', amount: 5, currency: before.currency })
  await run.admin.patch('/settings', { currency: 'EUR' }, { expect: 422 })
  await run.admin.patch('/settings', before, { expect: 200 })
}, { own: true })

it('FCST-6, FCST-7: fiscal periods are records: 4-4-5 is what their dates say, and the rule moves those that follow it', async (run, assert) => {
  const before = (await run.admin.get('/settings')).body
  const today = new Date(Date.now()).toISOString().slice(0, 10)
  const day = (by) => new Date(Date.parse(today) + by * 86400000).toISOString().slice(0, 10)
  const hits = async (word) => (await run.admin.get(`/campaigns?where=${encodeURIComponent(`place = '445' AND start_date = ${word}`)}&order=start_date`)).body.records.map((r) => r.start_date)
  const where = (w) => `/fiscal_periods?where=${encodeURIComponent(w)}&order=start`
  const [now] = (await run.admin.get(where(`kind = 'quarter' AND start <= ${today} AND end >= ${today}`))).body.records
  const [next] = (await run.admin.get(where(`kind = 'quarter' AND start > ${today}`))).body.records
  for (const by of [-3, 0, 3, 4]) await run.admin.make('campaigns', { name: `C ${by}`, place: '445', start_date: day(by) })
  await run.admin.patch(`/fiscal_periods/${now.id}`, { start: day(-2), end: day(3) }, { expect: 200 })
  await run.admin.patch(`/fiscal_periods/${next.id}`, { start: day(4), end: day(60) }, { expect: 200 })
  assert.deepEqual(await hits('THIS_FISCAL_QUARTER'), [day(0), day(3)])
  assert.deepEqual(await hits('NEXT_FISCAL_QUARTER'), [day(4)])
  await run.admin.patch('/settings', { fiscal_start_month: before.fiscal_start_month === 4 ? 7 : 4 }, { expect: 200 })
  const moved = (await run.admin.get(where("kind = 'year'"))).body.records
  assert.ok(moved.every((p) => p.start.endsWith(before.fiscal_start_month === 4 ? '-07-01' : '-04-01')), JSON.stringify(moved))
  assert.deepEqual(await hits('THIS_FISCAL_QUARTER'), [day(0), day(3)]) // what somebody set stays
  await run.admin.patch('/settings', before, { expect: 200 })
  for (const p of [now, next]) await run.admin.patch(`/fiscal_periods/${p.id}`, { start: p.start, end: p.end }, { expect: 200 })
}, { own: true })

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

function form(parts) {
  const f = new FormData()
  for (const [name, value, filename, type] of parts) {
    if (filename === undefined) f.append(name, value)
    else f.append(name, new Blob([value], { type }), filename)
  }
  return f
}

it('files: what they are is seen from their bytes, and they leave safely', async (run, assert) => {
  const a = await run.admin.make('accounts', { name: 'With files' })
  const made = (await run.admin.call('POST', '/files', { raw: form([['file', png, '图 "1".png', 'text/html'], ['about', `account/${a.id}`]]), expect: 201 })).body
  assert.equal(made.type, 'image/png')
  assert.equal(made.size, png.length)
  assert.equal(made.sha256.length, 64)
  const got = await run.admin.get(`/files/${made.id}`, { bytes: true })
  assert.ok(png.equals(got.text))
  assert.match(got.headers.get('content-disposition'), /^attachment; filename\*=UTF-8''%E5%9B%BE%20%221%22\.png$/)
  assert.equal(got.headers.get('x-content-type-options'), 'nosniff')
  assert.match(got.headers.get('content-security-policy'), /sandbox/)
  assert.match((await run.admin.get(`/files/${made.id}?inline=true`, { bytes: true })).headers.get('content-disposition'), /^inline/)
  const part = await run.admin.call('GET', `/files/${made.id}`, { bytes: true, headers: { range: 'bytes=1-3' }, expect: 206 })
  assert.equal(part.text.toString(), 'PNG')
  await run.admin.call('GET', `/files/${made.id}`, { headers: { 'if-none-match': got.headers.get('etag') }, expect: 304 })
  const html = (await run.admin.call('POST', '/files', { raw: form([['file', '<script>alert(1)</script>', 'x.png', 'image/png']]), expect: 201 })).body
  assert.equal(html.type, 'text/plain')
  assert.match((await run.admin.get(`/files/${html.id}?inline=true`, { bytes: true })).headers.get('content-disposition'), /^attachment/)
  assert.deepEqual((await run.admin.get(`/accounts/${a.id}/files`)).body.files.map((f) => f.id), [made.id])
  assert.equal((await run.admin.get(`/files/${made.id}/info`)).body.about.id, a.id)
  assert.match(got.headers.get('content-type'), /^image\/png/)
  await run.admin.del(`/files/${made.id}`)
  await run.admin.call('GET', `/files/${made.id}`, { expect: 404 })
  await run.admin.call('POST', '/files', { raw: form([['about', 'account/1']]), expect: 422 })
  await run.admin.call('POST', '/files', { raw: form([['file', 'x', 'x.txt'], ['about', 'account/999999999']]), expect: 422 })
  await run.admin.call('POST', '/files', { raw: '{}', headers: { 'content-type': 'application/json' }, expect: 415 })
  await run.admin.call('POST', '/files', { raw: 'garbage', headers: { 'content-type': 'multipart/form-data; boundary=x' }, expect: 400 })
})

it('a large file comes back byte for byte', async (run, assert) => {
  const bytes = Buffer.alloc(3 << 20, 0)
  for (let i = 0; i < bytes.length; i += 4096) bytes.writeUInt32LE(i, i)
  const made = (await run.admin.call('POST', '/files', { raw: form([['file', bytes, 'big.bin']]), expect: 201 })).body
  assert.equal(made.size, bytes.length)
  assert.ok(bytes.equals((await run.admin.get(`/files/${made.id}`, { bytes: true })).text))
  const tail = await run.admin.call('GET', `/files/${made.id}`, { bytes: true, headers: { range: 'bytes=-5000' }, expect: 206 })
  assert.ok(bytes.subarray(-5000).equals(tail.text))
}, { own: true })

async function job(run, id) {
  for (let i = 0; i < 200; i++) {
    const j = (await run.admin.get(`/jobs/${id}`)).body
    if (j.state !== 'queued' && j.state !== 'running') return j
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error('the job does not end')
}

it('an import runs in the background, keeps what it refuses, and is undone', async (run, assert) => {
  const csv = 'name,city,employees\nImp 1,imp,5\nImp 2,imp,many\nImp 3,imp,7\n'
  const file = (await run.admin.call('POST', '/files', { raw: form([['file', csv, 'in.csv']]), expect: 201 })).body
  const begun = await run.admin.post('/imports', { entity: 'account', file: file.id }, { expect: 202 })
  assert.equal(begun.headers.get('location'), `/api/v1/jobs/${begun.body.job}`)
  const done = await job(run, begun.body.job)
  assert.equal(done.state, 'done', JSON.stringify(done))
  assert.deepEqual([done.result.created, done.result.rejected], [2, 1])
  const rejected = (await run.admin.get(`/files/${done.result.rejected_file}`, { bytes: true })).text.toString()
  assert.match(rejected, /Imp 2/)
  await run.admin.call('POST', `/operations/${done.result.operation}/undo`, { expect: 200 })
  assert.equal((await run.admin.get("/accounts?where=city='imp'&count=exact")).body.count, 0)
  const wrong = await run.admin.post('/imports', { entity: 'planet', file: '999999', map: 7, colour: 1 }, { expect: 422 })
  assert.deepEqual(wrong.body.errors.map((e) => e.field).sort(), ['colour', 'entity', 'map'])
  await run.admin.post('/imports', { entity: 'account', file: '999999999' }, { expect: 422 })
  await run.admin.call('DELETE', `/jobs/${begun.body.job}`, { expect: 409 })
}, { own: true })

it('an export is a file of its own', async (run, assert) => {
  await run.admin.make('accounts', { name: 'Exp 1', city: 'exp' })
  const begun = await run.admin.post('/exports', { entity: 'account', where: "city = 'exp'", select: 'name,city', format: 'csv' }, { expect: 202 })
  const done = await job(run, begun.body.job)
  assert.equal(done.state, 'done', JSON.stringify(done))
  assert.match((await run.admin.get(`/files/${done.result.file}`, { bytes: true })).text.toString(), /id,name,city\r?\n\d+,Exp 1,exp/)
  const bad = await run.admin.post('/exports', { entity: 'account', where: 'nme = 1' }, { expect: 202 })
  const failed = await job(run, bad.body.job)
  assert.equal(failed.state, 'failed')
  assert.ok(failed.error.length > 5)
  await run.admin.post('/exports', { entity: 'account', format: 'doc' }, { expect: 422 })
  assert.ok((await run.admin.get('/jobs?limit=2')).body.jobs.length === 2)
}, { own: true })

it('a job that is not over can be cancelled', async (run, assert) => {
  for (let round = 0; round < 20; round++) {
    const begun = []
    for (let i = 0; i < 4; i++) begun.push((await run.admin.post('/exports', { entity: 'account', format: 'xlsx' }, { expect: 202 })).body.job)
    const reply = await run.admin.call('DELETE', `/jobs/${begun.at(-1)}`)
    const states = []
    for (const id of begun) states.push((await job(run, id)).state)
    if (reply.status !== 204) continue
    assert.ok(['cancelled', 'done'].includes(states.at(-1)), states.at(-1))
    return
  }
  assert.fail('no job was slow enough')
}, { own: true })

async function listen(run, auth, last) {
  const abort = new AbortController()
  const headers = { ...auth, ...(last ? { 'last-event-id': last } : {}) }
  const response = await fetch(`${run.server.base}/api/v1/events`, { headers, signal: abort.signal })
  run.contract.fault('GET', '/api/v1/events', response.status, response.headers.get('content-type'), '')
  const events = []
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  const stream = { status: response.status, type: response.headers.get('content-type'), events, ended: false, close: () => abort.abort() }
  stream.loop = (async () => {
    let text = ''
    try {
      for (;;) {
        const { value, done } = await reader.read()
        if (done) break
        text += value
        for (let cut; (cut = text.indexOf('\n\n')) >= 0; text = text.slice(cut + 2)) {
          const event = {}
          for (const line of text.slice(0, cut).split('\n')) {
            const m = /^(id|event|data): (.*)$/.exec(line)
            if (m) event[m[1]] = m[1] === 'data' ? JSON.parse(m[2]) : m[2]
          }
          if (event.event) events.push(event)
        }
      }
    } catch {}
    stream.ended = true
  })()
  stream.wait = async (fits, what) => {
    for (let i = 0; i < 120; i++) {
      const found = events.find(fits)
      if (found) return found
      await new Promise((done) => setTimeout(done, 50))
    }
    throw new Error(`no event: ${what}`)
  }
  return stream
}

it('events tell every listener what it may know, and are resumed', async (run, assert) => {
  const auth = { authorization: `Bearer ${run.admin.auth.token}` }
  const s = await listen(run, auth)
  assert.equal(s.status, 200)
  assert.match(s.type, /^text\/event-stream/)
  const a = await run.admin.make('accounts', { name: 'Heard' })
  const first = await s.wait((e) => e.data.id === a.id, 'create')
  assert.deepEqual(first.data, { entity: 'account', id: a.id, version: 1, what: 'create' })
  s.close()
  await run.admin.patch(`/accounts/${a.id}`, { city: 'missed' }, { expect: 200 })
  const again = await listen(run, auth, first.id)
  const missed = await again.wait((e) => e.data.id === a.id && e.data.version === 2, 'missed')
  assert.equal(missed.data.what, 'update')
  assert.ok(!again.events.some((e) => e.id === first.id))
  again.close()
}, { own: true })

it('who is cut off among the events of one transaction hears all of them again', async (run, assert) => {
  const auth = { authorization: `Bearer ${run.admin.auth.token}` }
  const s = await listen(run, auth)
  const rows = Array.from({ length: 5 }, (_, i) => ({ do: 'create', record: { name: `One of five ${i}` } }))
  const made = (await run.admin.post('/accounts/bulk', { rows, atomic: true }, { expect: 200 })).body.results.map((r) => r.id)
  for (const id of made) await s.wait((e) => e.data.id === id, `create ${id}`)
  const heard = s.events.filter((e) => made.includes(e.data.id))
  s.close()
  for (let i = 0; i < heard.length; i++) {
    const again = await listen(run, auth, heard[i].id)
    for (const e of heard.slice(i + 1)) await again.wait((x) => x.data.id === e.data.id, `${e.data.id} behind ${heard[i].id}`)
    again.close()
  }
}, { own: true })

it('a stream ends with its session, and figures of others are not told', async (run, assert) => {
  const u = await run.admin.make('users', { name: 'Ears', login: 'ears', state: 'active' })
  await run.admin.post(`/users/${u.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  const { client } = await signIn(run, 'ears', 'first password')
  const s = await listen(run, { cookie: `zhike_session=${client.auth.cookie}` })
  const admin = (await run.admin.get('/me')).body
  const quota = await run.admin.make('quotas', { user: admin.id, period: (await run.admin.get('/fiscal_periods?limit=1')).body.records[0].key, amount: 5, currency: 'CNY' })
  const a = await run.admin.make('accounts', { name: 'Loud' })
  await s.wait((e) => e.data.id === a.id, 'account')
  assert.ok(!s.events.some((e) => e.data.id === quota.id))
  await client.call('GET', `/quotas/${quota.id}`, { expect: 404 })
  await run.admin.patch(`/users/${u.id}`, { state: 'disabled' }, { expect: 200 })
  const late = await run.admin.make('accounts', { name: 'After' })
  for (let i = 0; i < 100 && !s.ended; i++) {
    await new Promise((done) => setTimeout(done, 100))
    await run.admin.patch(`/accounts/${late.id}`, { employees: i }, { expect: 200 })
  }
  assert.ok(s.ended)
}, { own: true })

const sources = (folder) =>
  readdirSync(folder, { recursive: true }).filter((f) => f.endsWith('.c')).map((f) => new URL(f, folder))

it('a refusal as a whole has a code of its own, and words in the reader’s language', async (run, assert) => {
  const zh = { headers: { 'accept-language': 'zh-CN' } }
  const me = (await run.admin.get('/me')).body.id
  const last = await run.admin.patch(`/users/${me}`, { state: 'disabled' }, { ...zh, expect: 409 })
  assert.equal(last.body.code, 'last_administrator')
  assert.match(last.body.detail, /[\u4e00-\u9fff]/)
  const team = await run.admin.make('teams', { name: 'Held' })
  const u = await run.admin.make('users', { name: 'Holder', team: team.id })
  const used = await run.admin.del(`/teams/${team.id}`, { expect: 409 })
  assert.equal(used.body.code, 'in_use')
  await run.admin.patch(`/users/${u.id}`, { team: null }, { expect: 200 })
  const bulk = await run.admin.post('/users/bulk', { rows: [{ do: 'update', id: me, record: { role: 'member' } }] }, { expect: 200 })
  assert.deepEqual([bulk.body.results[0].status, bulk.body.results[0].code], [409, 'last_administrator'])
  await run.admin.del(`/teams/${team.id}`, { expect: 204 })
  await run.admin.post(`/teams/${team.id}/restore`, undefined, { expect: 200 })
  assert.equal((await run.admin.post(`/teams/${team.id}/restore`, undefined, { expect: 409 })).body.code, 'not_deleted')
}, { own: true })

it('the document is served as it is printed', async (run, assert) => {
  const served = (await run.admin.get('/openapi.json')).body
  const printed = JSON.parse(run.server.cli('openapi').stdout)
  assert.deepEqual(Object.keys(served.paths), Object.keys(printed.paths))
  const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8')
  for (const { code, status } of served['x-problem-codes']) assert.ok(page.includes(`| \`${code}\` | ${status} |`), `docs/api.md lacks ${code}`)
  for (const code of ['stale', 'too_many', 'malformed']) assert.ok(served['x-problem-codes'].some((c) => c.code === code))
  const listed = new Set(served['x-problem-codes'].map((c) => c.code))
  for (const file of sources(new URL('../../../src/', import.meta.url)))
    for (const [, code] of readFileSync(file, 'utf8').matchAll(/\bctx_refuse\([^;]*?STR\("([a-z_.]+)"\)/g)) assert.ok(listed.has(code), `${code} of ${file}`)
}, { own: true })

it('the server says how it is', async (run, assert) => {
  const health = await run.anyone.call('GET', '/healthz', { root: true, expect: 200 })
  assert.equal(health.body.status, 'ok')
  const metrics = await run.anyone.call('GET', '/metrics', { root: true, expect: 200 })
  assert.match(metrics.text, /^zhike_http_requests_total \d+$/m)
  for (const line of metrics.text.trim().split('\n')) assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? -?[\d.e+]+)$/)
}, { own: true })

it('the first start prints two lines', async (run, assert) => {
  assert.deepEqual(run.server.lines.map((l) => l.split(': ')[0]), ['address', 'admin password'])
  assert.equal(run.server.lines[1], `admin password: ${PASSWORD}`)
}, { own: true })

it('the command line works beside the server', async (run, assert) => {
  const q = run.server.cli('query', "SELECT login FROM user WHERE login = 'admin'", '--json')
  assert.equal(q.status, 0, q.stderr)
  assert.equal(JSON.parse(q.stdout)[0].login, 'admin')
  const token = run.server.cli('token', 'create', '--user', 'admin', '--name', 'shell')
  assert.equal(token.status, 0, token.stderr)
  const robot = new Client(run, { token: token.stdout.trim().split('\n').at(-1) })
  assert.equal((await robot.get('/me')).body.login, 'admin')
  assert.equal(run.server.cli('query', 'SELECT').status, 1)
  assert.equal(run.server.cli('dance').status, 2)
  for (const [words, told] of [[['--help'], 'usage: zhike COMMAND'], [['user', '--help'], 'user passwd'], [['token', '--help'], 'token create'], [['user', 'add', '--help'], '--role'], [['import', '--help'], '--dry-run']]) {
    const help = run.server.cli(...words)
    assert.equal(help.status, 0, help.stderr)
    assert.ok(help.stdout.includes(told), help.stdout)
  }
  const check = run.server.cli('check')
  assert.equal(check.status, 0, check.stdout + check.stderr)
}, { own: true })

it('a reply that was tampered with does not pass', async (run, assert) => {
  const r = await run.admin.make('accounts', { name: 'Tamper' })
  const fault = (change) => {
    const body = structuredClone(r)
    change(body)
    return run.contract.fault('GET', `/api/v1/accounts/${r.id}`, 200, 'application/json', JSON.stringify(body))
  }
  assert.equal(fault(() => {}), null)
  assert.match(fault((b) => (b.extra = 1)), /additional/)
  assert.match(fault((b) => delete b.city), /required/)
  assert.match(fault((b) => (b.version = '1')), /integer|number/)
  assert.match(fault((b) => (b.created_at = 'yesterday')), /date-time/)
  assert.match(fault((b) => (b.owner.extra = 1)), /additional/)
  assert.match(run.contract.fault('GET', '/api/v1/accounts', 207, 'application/json', '{}'), /status/)
}, { own: true })

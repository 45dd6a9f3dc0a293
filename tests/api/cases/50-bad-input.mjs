// What nobody should send: each gets a clear refusal, and everything stays as it was.
import { connect } from 'node:net'

const json = { 'content-type': 'application/json' }

async function refused(run, assert, raw, status, options = {}) {
  const reply = await run.admin.call('POST', options.path ?? '/accounts', { raw, headers: json })
  assert.equal(reply.status, status, `${String(raw).slice(0, 60)}: ${reply.status} ${reply.text.slice(0, 300)}`)
  assert.ok(reply.body.detail.length > 3)
  return reply.body
}

it('JSON that is none', async (run, assert) => {
  const before = (await run.admin.get('/accounts?count=exact&limit=1')).body.count
  for (const raw of ['', '{', '{"name":}', '{"name":"x",}', "{'name':'x'}", '{"name":"x"} tail', '[]', '"x"', '7', 'null', '{"name":01}', '{"name":NaN}', '\ufeff{"name":"x"}']) {
    const body = await refused(run, assert, raw, 400)
    assert.equal(typeof body.position, 'number', raw)
  }
  assert.equal((await run.admin.get('/accounts?count=exact&limit=1')).body.count, before)
})

it('the same member twice, NUL, half a surrogate, invalid UTF-8', async (run, assert) => {
  await refused(run, assert, '{"name":"a","name":"b"}', 400)
  await refused(run, assert, '{"name":"a\\u0000b"}', 400)
  await refused(run, assert, '{"name":"\\ud800"}', 400)
  await refused(run, assert, Buffer.from([0x7b, 0x22, 0x6e, 0x61, 0x6d, 0x65, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400)
  await refused(run, assert, Buffer.from([0x7b, 0x22, 0x6e, 0x61, 0x6d, 0x65, 0x22, 0x3a, 0x22, 0xc0, 0xaf, 0x22, 0x7d]), 400)
  await refused(run, assert, Buffer.from('{"name":"中文"}', 'utf16le'), 400)
})

it('nesting without end', async (run, assert) => {
  await refused(run, assert, '['.repeat(100000), 400)
  await refused(run, assert, '{"a":'.repeat(50) + '1' + '}'.repeat(50), 400)
  await refused(run, assert, `{"name":${'['.repeat(31)}${']'.repeat(31)}}`, 422)
})

it('strings of megabytes', async (run, assert) => {
  const long = await refused(run, assert, JSON.stringify({ name: 'x'.repeat(3 << 20) }), 422)
  assert.equal(long.errors[0].code, 'too_long')
  const big = await run.admin.call('POST', '/accounts', { raw: JSON.stringify({ name: 'x'.repeat(10 << 20) }), headers: json }).catch((e) => ({ status: 413, e }))
  assert.equal(big.status, 413)
  await refused(run, assert, JSON.stringify({ description: 'x'.repeat(100 << 10), name: 'Long' }), 422)
}, { own: true })

it('values of the wrong type, one by one', async (run, assert) => {
  for (const value of [true, 7, [], {}, ['a']]) await refused(run, assert, JSON.stringify({ name: value }), 422)
  for (const value of [true, [], {}, 'x', 1e300, 1.5, '1,000']) await refused(run, assert, JSON.stringify({ name: 'N', employees: value }), 422)
  for (const value of ['2026-02-30', '20260101', 5, '2026-13-01', '0000-00-00'])
    await refused(run, assert, JSON.stringify({ name: 'D', close_date: value }), 422, { path: '/opportunities' })
  for (const value of [7, true, [], 'x', '0', '-1', '99999999999999999999', '1.5', ' 1'])
    await refused(run, assert, JSON.stringify({ name: 'R', parent: value }), 422)
  for (const value of ['account', 'account/', '/7', 'planet/7', 'account/99999999', 7])
    await refused(run, assert, JSON.stringify({ kind: 'task', subject: 'x', about: value }), 422, { path: '/activities' })
})

it('names and control characters', async (run, assert) => {
  const r = await run.admin.make('accounts', { name: ' a\tb\u0007\u200b c ' })
  assert.equal(r.name, r.name.trim())
  assert.ok(!r.name.includes('\u0007'))
  const quoted = await run.admin.make('accounts', { name: `O'Brien "x" \\ <b>&amp;` })
  assert.equal(quoted.name, `O'Brien "x" \\ <b>&amp;`)
  assert.equal((await run.admin.get(`/accounts?where=${encodeURIComponent("name = 'O\\'Brien \"x\" \\\\ <b>&amp;'")}`)).body.records.length, 1)
  await refused(run, assert, JSON.stringify({ name: '   ' }), 422)
})

it('conditions that try to be more', async (run, assert) => {
  for (const where of ["name = 'x'; DROP TABLE accounts", "1=1", "name = 'x' --", 'name = "x"', "name = 'x", '((((((', 'NOT '.repeat(200) + "name = 'x'", '('.repeat(60) + "name = 'x'" + ')'.repeat(60), "a.b.c.d.e.f.g = 1", 'password = 1', "name = '\u0000'"]) {
    const reply = await run.admin.call('GET', `/accounts?where=${encodeURIComponent(where)}`)
    assert.equal(reply.status, 400, `${where}: ${reply.status}`)
  }
  const long = await run.admin.post('/query', { query: `SELECT name FROM account WHERE name = '${'x'.repeat(100 << 10)}'` })
  assert.ok([400, 413, 422].includes(long.status), `${long.status}`)
})

it('percent signs and paths that lead nowhere', async (run, assert) => {
  const status = async (path) => (await fetch(run.server.base + path, { headers: { authorization: `Bearer ${run.admin.auth.token}` } })).status
  assert.equal(await status('/api/v1/accounts?where=%ff'), 400)
  assert.equal(await status('/api/v1/accounts?where=%00'), 400)
  assert.equal(await status('/api/v1/accounts/'), 404)
  assert.equal(await status('/api/v1/'), 404)
  assert.equal(await status(`/api/v1/accounts?where=${'x'.repeat(10000)}`), 400)
  assert.equal(await status(`/api/v1/accounts?where=${'x'.repeat(20000)}`), 414) // what is longer goes to POST /query
}, { own: true })

/** Sends bytes as they are; what comes back until the connection ends. */
function raw(run, bytes, { cut = false } = {}) {
  const url = new URL(run.server.base)
  return new Promise((done) => {
    let text = ''
    const s = connect(Number(url.port), url.hostname, () => {
      s.write(bytes)
      if (cut) setTimeout(() => s.destroy(), 100)
    })
    s.on('data', (d) => (text += d))
    s.on('close', () => done(text))
    s.on('error', () => done(text))
    setTimeout(() => s.destroy(), 3000)
  })
}

it('a connection cut in the middle of a body changes nothing', async (run, assert) => {
  const head = `POST /api/v1/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${run.admin.auth.token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n`
  await raw(run, `${head}{"name":"Cut off"`, { cut: true })
  const chunked = head.replace('Content-Length: 100', 'Transfer-Encoding: chunked')
  await raw(run, `${chunked}12\r\n{"name":"Cut off"}\r\n`, { cut: true })
  const upload = head.replace('/accounts', '/files').replace('application/json', 'multipart/form-data; boundary=b').replace(': 100', ': 100000')
  await raw(run, `${upload}--b\r\nContent-Disposition: form-data; name="file"; filename="cut.txt"\r\n\r\nhello`, { cut: true })
  assert.equal((await run.admin.get("/accounts?where=name='Cut off'")).body.records.length, 0)
  await run.admin.get('/me')
}, { own: true })

it('what is no HTTP', async (run, assert) => {
  for (const bytes of ['\x16\x03\x01\x02\x00', 'GET\r\n\r\n', 'GET /api/v1/me HTTP/9.9\r\n\r\n', `GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(70000)}\r\n\r\n`, 'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n']) await raw(run, bytes, { cut: true })
  await run.admin.get('/me')
}, { own: true })

it('a hundred clients at once', async (run, assert) => {
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, i) => (i % 2 ? run.admin.get('/accounts?limit=5') : run.admin.post('/accounts', { name: `Crowd ${i}`, city: 'crowd' }, { expect: 201 }))),
  )
  assert.equal(results.length, 100)
  assert.equal((await run.admin.get("/accounts?where=city='crowd'&count=exact&limit=1")).body.count, 50)
}, { own: true })

// Clients and files that mean harm: each is refused in words, nobody else notices.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { sleep } from '../harness.mjs'

function sockets(house, n, bytes) {
  const url = new URL(house.base)
  return Promise.all(Array.from({ length: n }, () => new Promise((done) => {
    const s = connect(Number(url.port), url.hostname)
    setTimeout(() => done(s), 3000)
    s.on('error', () => done(null))
    s.on('connect', () => s.write(bytes, () => done(s)))
    s.on('close', () => (s.over = true))
    s.on('data', () => {})
  })))
}

it('three thousand idle connections: refused or held, served again afterwards', async (house) => {
  const held = (await sockets(house, 3000, 'GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: ')).filter(Boolean)
  await sleep(300)
  assert.equal(house.child.exitCode, null, house.log)
  for (const s of held) s.destroy()
  let status = 0
  for (let i = 0; i < 100 && status !== 200; i++, await sleep(100)) status = (await house.call('GET', '/me', undefined, { timeout: 2000 })).status
  assert.equal(status, 200, 'after the crowd has gone')
}, { engines: ['sqlite'] })

it('ten thousand connections that say nothing: who asks is answered meanwhile', async (house) => {
  const url = new URL(house.base)
  const room = Number(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout) || 0
  if (room < 11000) return console.log(`     only ${room} descriptors here: skipped`)
  const held = []
  const stop = { now: false }
  const crowd = (async () => {
    while (held.length < 10000 && !stop.now) {
      for (let i = 0; i < 100; i++) {
        const s = connect(Number(url.port), url.hostname)
        s.on('error', () => {}).on('data', () => {})
        if (held.length % 3 === 0) s.write('GET /api/v1/me HTTP/1.1\r\nX-Slow: ')
        if (held.length % 3 === 1) s.write('POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"')
        held.push(s)
      }
      await sleep(5)
    }
  })()
  const took = []
  const ask = async () => {
    const began = Date.now()
    // each over a connection of its own, as from somebody who has just come
    const reply = await house.call('GET', '/me', undefined, { headers: { connection: 'close' }, timeout: 15000 })
    assert.equal(reply.status, 200, `${held.length} connections: ${reply.text}`)
    took.push(Date.now() - began)
  }
  while (held.length < 10000) await ask()
  await crowd
  for (let i = 0; i < 20; i++) await ask()
  stop.now = true
  held.forEach((s) => s.destroy())
  took.sort((a, b) => a - b)
  console.log(`     ${held.length} idle connections: ${took.length} requests, median ${took[took.length >> 1]} ms, longest ${took.at(-1)} ms`)
}, { engines: ['sqlite'] })

it('slow headers and bodies hold up nobody', async (house) => {
  const head = `POST /api/v1/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${house.token}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"na`
  const held = [...(await sockets(house, 200, head)), ...(await sockets(house, 200, 'GET / HTTP/1.1\r\nX'))].filter(Boolean)
  const drip = setInterval(() => held.forEach((s) => s.over || s.write('a')), 200)
  try {
    for (let i = 0; i < 10; i++) {
      const began = Date.now()
      assert.equal((await house.call('GET', '/me')).status, 200)
      assert.ok(Date.now() - began < 2000, `a request took ${Date.now() - began} ms beside the slow ones`)
    }
  } finally {
    clearInterval(drip)
    held.forEach((s) => s.destroy())
  }
  assert.equal(await house.count('accounts'), 0)
}, { engines: ['sqlite'] })

it('headers that drip are cut after some twenty seconds, however steadily they drip', async (house) => {
  const url = new URL(house.base)
  const drip = (first) => new Promise((done) => {
    const began = Date.now()
    const s = connect(Number(url.port), url.hostname, () => s.write(first))
    const tap = setInterval(() => s.write('a'), 1500)
    const over = () => (clearInterval(tap), s.destroy(), done((Date.now() - began) / 1000))
    setTimeout(over, 40000).unref()
    s.on('data', () => {}).on('error', () => {}).on('close', over)
  })
  const answered = `GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`
  const took = await Promise.all([
    drip('G'), // not even a method
    drip('GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: '),
    drip(`${answered}GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: `), // behind a whole one
  ])
  for (const seconds of took) assert.ok(seconds > 15 && seconds < 28, took.join(' '))
  assert.equal((await house.call('GET', '/me')).status, 200)
}, { engines: ['sqlite'] })

/** A ZIP of the parts [name, bytes or {deflated, size, crc}]. */
function zip(parts) {
  const files = []
  const central = []
  let at = 0
  for (const [name, content] of parts) {
    const whole = content.deflated ? content : { deflated: deflateRawSync(content), size: content.length, crc: crc32(content) }
    const fixed = Buffer.alloc(26)
    fixed.writeUInt16LE(20, 0)
    fixed.writeUInt16LE(8, 4)
    fixed.writeUInt32LE(whole.crc, 10)
    fixed.writeUInt32LE(whole.deflated.length, 14)
    fixed.writeUInt32LE(whole.size, 18)
    fixed.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fixed, Buffer.from(name), whole.deflated])
    const entry = Buffer.alloc(42)
    fixed.copy(entry, 2, 0, 26)
    entry.writeUInt16LE(20, 0)
    entry.writeUInt32LE(at, 38)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02'), entry, Buffer.from(name)]))
    files.push(local)
    at += local.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(parts.length, 4)
  end.writeUInt16LE(parts.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...files, directory, Buffer.from('PK\x05\x06'), end])
}

const NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const REL = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const workbook = (sheet) => zip([
  ['[Content_Types].xml', Buffer.from('<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')],
  ['_rels/.rels', Buffer.from(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="${REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>`)],
  ['xl/workbook.xml', Buffer.from(`<workbook ${NS} xmlns:r="${REL}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`)],
  ['xl/_rels/workbook.xml.rels', Buffer.from(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="${REL}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`)],
  ['xl/worksheets/sheet1.xml', sheet],
])
const row = (n, text) => `<row r="${n}"><c r="A${n}" t="inlineStr"><is><t>${text}</t></is></c></row>`

it('files that are not what they say: each is refused in words and imports nothing', async (house) => {
  const picture = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), Buffer.from(Array.from({ length: 20000 }, (_, i) => (i * 7919) % 251))])
  const spaces = Buffer.alloc(40 << 20, 0x20)
  const bomb = workbook(Buffer.concat([Buffer.from(`<worksheet ${NS}><sheetData>${row(1, 'name')}<row r="2"><c r="A2" t="inlineStr"><is><t>`), spaces, Buffer.from('</t></is></c></row></sheetData></worksheet>')]))
  const entity = workbook(Buffer.from(`<!DOCTYPE x [<!ENTITY a "${'y'.repeat(1000)}"><!ENTITY b "${'&a;'.repeat(1000)}"><!ENTITY c "${'&b;'.repeat(1000)}">]><worksheet ${NS}><sheetData>${row(1, 'name')}${row(2, '&c;')}</sheetData></worksheet>`))
  const files = {
    'picture.csv': picture, 'picture.xlsx': picture, 'empty.csv': '', 'header.csv': 'name\n', 'bomb.xlsx': bomb,
    'entities.xlsx': entity, 'cut.xlsx': bomb.subarray(0, bomb.length >> 1), 'nul.csv': Buffer.from('name\nA\0B\n'),
    'wide.csv': `name\n${'x,'.repeat(600)}\n`, 'quote.csv': `name\n"${'never closed '.repeat(20000)}`,
  }
  for (const [name, bytes] of Object.entries(files)) {
    const file = await house.upload(name, bytes)
    const began = Date.now()
    const started = await house.call('POST', '/imports', { entity: 'account', file })
    if (started.status !== 202) {
      assert.ok([400, 415, 422].includes(started.status), `${name}: ${started.status} ${started.text}`)
      continue
    }
    const job = await house.job(started.body.job)
    const said = job.error || (job.result && job.result.rejected > 0) || (job.result && job.result.created === 0)
    assert.ok(said, `${name}: ${JSON.stringify(job)}`)
    assert.ok(Date.now() - began < 15000, `${name} took ${Date.now() - began} ms`)
    assert.equal(house.child.exitCode, null, `${name}: ${house.log}`)
  }
  assert.equal(await house.count('accounts'), 0)
  const rss = Number(/zhike_anonymous_memory_bytes (\d+)/.exec(await (await fetch(`${house.base}/metrics`)).text())[1])
  assert.ok(rss < 400 << 20, `${rss >> 20} MiB after the bomb`)
}, { engines: ['sqlite'] })

it('the command line refuses nonsense in one line', (house) => {
  const dir = mkdtempSync(join(tmpdir(), 'zhike-cli-'))
  const file = (name, text) => (writeFileSync(join(dir, name), text), join(dir, name))
  const good = file('good.csv', 'name\nA\n')
  const tries = [
    ['import', 'planet', good], ['import', 'account', join(dir, 'none.csv')], ['import', 'account', dir],
    ['import', 'account', good, '--map', file('bad.json', '{')], ['import', 'account', good, '--map', file('deep.json', '['.repeat(100000))],
    ['import', 'account', good, '--match', 'nothing'], ['import', '--undo', '99999999999999999999'], ['import', '--undo', '999999'],
    ['export', 'planet'], ['export', 'account', '--where', 'name = '], ['export', 'account', '--format', 'pdf'],
    ['export', 'account', '-o', join(dir, 'no', 'such', 'x.csv')], ['query', 'SELECT'], ['query', `SELECT name FROM account WHERE name = '${'x'.repeat(100000)}'`],
    ['query', 'SELECT password FROM user'], ['user', 'passwd', 'nobody'], ['user', 'disable', 'nobody'], ['token', 'create', '--user', 'nobody', '--name', 'x'],
    ['backup', join(dir, 'no', 'such.db')], ['restore', good], ['restore', join(dir, 'none.db')], ['schema', 'planet'],
    ['query', 'SELECT name FROM account', '--nonsense'], ['query'], ['nonsense'],
  ]
  for (const words of tries) {
    const r = house.cli(...words)
    const what = `${words.join(' ').slice(0, 80)}: ${r.status} ${r.signal} ${r.stderr.slice(0, 300)}`
    assert.ok([1, 2].includes(r.status), what)
    assert.ok(r.stderr.trim().length > 10, what)
    assert.equal(r.stderr.trim().split('\n').length, 1, what)
  }
  rmSync(dir, { recursive: true })
})

it('a member sees and does only what the rules give', async (house) => {
  const person = async (login) => {
    const user = await house.make('users', { name: login, login, role: 'member', state: 'active' })
    await house.call('POST', `/users/${user.id}/password`, { password: 'a long enough word', keep: true })
    return { id: user.id, token: await house.signIn(login, 'a long enough word') }
  }
  const ann = await person('ann')
  const bob = await person('bob')
  const as = (who) => ({ token: who.token })
  const period = (await house.call('GET', '/fiscal_periods?limit=1')).body.records[0]
  const quota = await house.make('quotas', { user: bob.id, period: period.key ?? period.name, amount: 987654, currency: 'CNY' })
  const hidden = async (method, path, body) => {
    const r = await house.call(method, path, body, as(ann))
    assert.ok(!r.text.includes('987654'), `${method} ${path} tells: ${r.text.slice(0, 300)}`)
    return r
  }
  for (const path of ['', '/history', '/timeline', '/files']) assert.equal((await hidden('GET', `/quotas/${quota.id}${path}`)).status, 404, path)
  for (const [method, body] of [['PATCH', { amount: 1 }], ['DELETE'], ['POST', {}]])
    assert.ok([403, 404].includes((await hidden(method, `/quotas/${quota.id}${method === 'POST' ? '/restore' : ''}`, body)).status), method)
  const q = (query) => hidden('POST', '/query', { query })
  for (const query of ['SELECT COUNT() FROM quota', 'SELECT SUM(amount_base) s FROM quota', 'SELECT user, SUM(amount_base) s FROM quota GROUP BY user', 'SELECT amount FROM quota ORDER BY amount',
    `SELECT name FROM user WHERE id IN (SELECT user FROM quota WHERE amount > 1)`]) {
    const r = await q(query)
    assert.ok(r.status === 200 || r.status === 400 || r.status === 422, `${query}: ${r.status} ${r.text}`)
    if (r.status === 200) assert.ok(!r.text.includes('bob') && !(r.body.count > 0), `${query}: ${r.text}`)
  }
  for (const path of [`/users/${bob.id}/quotas`, '/quotas?count=exact', '/quotas?deleted=true', '/search?q=bob&in=quota']) {
    const r = await hidden('GET', path)
    if (r.status === 200) assert.ok((r.body.records ?? r.body.hits).length === 0, `${path}: ${r.text}`)
  }
  const theirs = await house.make('accounts', { name: 'Theirs', owner: bob.id })
  assert.equal((await house.call('DELETE', `/accounts/${theirs.id}`, undefined, as(ann))).status, 403)
  const bulk = await house.call('POST', '/accounts/bulk', { rows: [{ do: 'delete', id: theirs.id }] }, as(ann))
  assert.ok(bulk.status === 403 || bulk.body.results[0].status === 403, bulk.text)
  assert.equal((await house.call('GET', `/accounts/${theirs.id}`)).status, 200)
  for (const [method, path, body] of [
    ['POST', '/users', { name: 'x', login: 'x' }], ['PATCH', `/users/${ann.id}`, { role: 'administrator' }], ['PATCH', '/settings', { name: 'Mine' }],
    ['POST', '/teams', { name: 'x' }], ['POST', '/users/bulk', { rows: [{ do: 'update', id: ann.id, record: { role: 'administrator' } }] }],
    ['POST', `/users/${bob.id}/password`, { password: 'a long enough word' }], ['POST', '/exports', { entity: 'account', format: 'csv' }],
    ['POST', '/exports', { query: 'SELECT name FROM account', format: 'csv' }],
  ]) {
    const r = await house.call(method, path, body, as(ann))
    let refused = r.status === 403 || (r.status === 200 && r.body.results?.[0].status === 403)
    if (r.status === 202) refused = (await house.job(r.body.job)).state === 'failed'
    assert.ok(refused, `${method} ${path}: ${r.status} ${r.text}`)
  }
  const me = await house.call('PATCH', '/me', { role: 'administrator' }, as(ann))
  assert.ok([400, 422].includes(me.status), me.text)
  const tokens = (await house.call('GET', '/tokens')).body.tokens
  for (const t of tokens) assert.equal((await house.call('DELETE', `/tokens/${t.id}`, undefined, as(ann))).status, t.user?.id === ann.id ? 204 : 404)
}, {})

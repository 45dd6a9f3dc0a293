// The database or its disk goes away and comes back.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { House, locked, postgres, sleep } from '../harness.mjs'

const LONG = 'x'.repeat(16000)
const root = process.getuid() === 0 ? undefined : 'needs root'

it('PostgreSQL goes away and comes back', async (house) => {
  const kept = await house.make('accounts', { name: 'Kept' })
  const stream = await fetch(`${house.base}/api/v1/events`, { headers: { authorization: `Bearer ${house.token}` } })
  postgres('halt')
  let back = false
  try {
    const calls = await Promise.all([
      house.call('GET', `/accounts/${kept.id}`),
      house.call('GET', '/accounts'),
      house.call('POST', '/accounts', { name: 'Lost' }),
      house.call('PATCH', `/accounts/${kept.id}`, { city: 'Lost' }),
      house.call('DELETE', `/accounts/${kept.id}`),
      house.call('POST', '/accounts/bulk', { rows: [{ do: 'create', record: { name: 'Lost' } }] }),
      house.call('POST', '/exports', { entity: 'account' }),
      house.call('GET', '/search?q=Kept'),
      house.call('POST', '/session', { login: 'admin', password: 'x' }),
      house.call('GET', '/healthz'),
    ])
    for (const [i, r] of calls.entries()) {
      assert.equal(r.status, 503, `call ${i}: ${r.status} ${r.text}`)
      assert.equal(r.headers.get('content-type'), 'application/problem+json', `call ${i}`)
      assert.ok(Number(r.headers.get('retry-after')) > 0, `call ${i}: Retry-After`)
    }
    const cli = house.cli('query', 'SELECT name FROM account')
    assert.equal(cli.status, 1)
    assert.equal(cli.stderr.trim().split('\n').length, 1, cli.stderr)
    postgres('resume')
    back = true
  } finally {
    if (!back) postgres('resume')
  }
  let status = 0
  for (let i = 0; i < 100 && status !== 200; i++, await sleep(100)) status = (await house.call('GET', '/healthz')).status
  assert.equal(status, 200, 'healthy again within ten seconds')
  const after = await house.call('GET', `/accounts/${kept.id}`)
  assert.equal(after.status, 200, after.text)
  assert.equal(after.body.version, 1)
  assert.equal(await house.count('accounts'), 1)
  await Promise.all(Array.from({ length: 40 }, (_, i) => house.make('accounts', { name: `After ${i}` })))
  const reader = stream.body.getReader()
  const heard = await Promise.race([
    (async () => {
      for (let text = ''; ; ) {
        const { value, done } = await reader.read()
        if (done) return 'ended'
        text += Buffer.from(value)
        if (text.includes('"what":"created"') || text.includes('event: change')) return 'told'
      }
    })(),
    sleep(8000).then(() => 'silent'),
  ])
  assert.notEqual(heard, 'silent', 'the event stream goes on, or ends so that the browser comes again')
  await reader.cancel().catch(() => {})
}, { engines: ['postgresql'] })

it('a record that has to wait is answered by the slow lane', async (house) => {
  const kept = await house.make('accounts', { name: 'Kept' })
  for (let i = 0; i < 2; i++) assert.equal((await house.call('GET', `/accounts/${kept.id}`)).status, 200) // who asks is known now
  const release = await locked(house.db, 'accounts')
  const calls = Array.from({ length: 2 }, () => house.call('GET', `/accounts/${kept.id}`))
  try {
    let running = 0
    for (let i = 0; i < 400 && running < 2; i++, await sleep(10)) {
      const metrics = await (await fetch(`${house.base}/metrics`, { headers: { authorization: `Bearer ${house.token}` } })).text()
      running = Number(/^zhike_slow_running (\d+)/m.exec(metrics)?.[1] ?? NaN)
    }
    assert.equal(running, 2, 'both wait in the slow lane')
  } finally {
    await release()
  }
  for (const r of await Promise.all(calls)) {
    assert.equal(r.status, 200, r.text)
    assert.equal(r.body.name, 'Kept')
  }
  assert.ok(house.child.exitCode === null, 'the server lives')
}, { engines: ['postgresql'] })

it('PostgreSQL restarts under load: what was acknowledged stays', async (house) => {
  const acknowledged = []
  let stopped = false
  const one = async (who) => {
    for (let i = 0; !stopped; i++) {
      const r = await house.call('POST', '/accounts', { name: `W ${who} ${i}` })
      if (r.status === 201) acknowledged.push(r.body.id)
      else assert.ok([503].includes(r.status), `${r.status} ${r.text}`)
      if (r.status === 503) await sleep(50)
    }
  }
  const all = Promise.all(Array.from({ length: 6 }, (_, i) => one(i)))
  await sleep(400)
  postgres('halt')
  await sleep(300)
  postgres('resume')
  await sleep(1500)
  stopped = true
  await all
  for (const id of acknowledged) assert.equal((await house.call('GET', `/accounts/${id}`)).status, 200, id)
  assert.ok(house.child.exitCode === null, 'the server lives')
  const check = house.cli('check')
  assert.equal(check.status, 0, check.stdout + check.stderr)
}, { engines: ['postgresql'] })

it('no PostgreSQL at the start: one line, status 1', async (house) => {
  const r = spawnSync(process.env.ZHIKE_BIN, ['serve', '--data', house.dir, '--listen', '127.0.0.1:0', '--db', 'postgresql://zhike@127.0.0.1:1/none'], { encoding: 'utf8', timeout: 30000 })
  assert.equal(r.status, 1, r.stderr)
  assert.equal(r.stderr.trim().split('\n').length, 1, r.stderr)
}, { engines: ['postgresql'], fresh: false })

it('a full disk', async () => {
  const disk = mkdtempSync(join(tmpdir(), 'zhike-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'zhike-test', disk], { encoding: 'utf8' })
  if (mounted.status !== 0) {
    rmSync(disk, { recursive: true })
    console.log(`note: no tmpfs could be mounted: ${mounted.stderr.trim()}`)
    return
  }
  const house = new House('sqlite', { dir: join(disk, 'data') })
  try {
    mkdirSync(house.dir)
    await house.open()
    const made = []
    let refused = null
    for (let i = 0; i < 1500 && !refused; i++) {
      const r = await house.call('POST', '/accounts', { name: `Full ${i}`, description: LONG })
      if (r.status === 201) made.push(r.body.id)
      else refused = r
    }
    assert.ok(refused, 'the disk never became full')
    assert.ok([503, 507].includes(refused.status), `${refused.status} ${refused.text}`)
    assert.equal(refused.headers.get('content-type'), 'application/problem+json')
    assert.match(refused.text, /disk|space|full|storage/i)
    for (let i = 0; i < 5; i++) {
      const r = await house.call('POST', '/accounts', { name: `More ${i}`, description: LONG })
      assert.ok([503, 507].includes(r.status), `${r.status} ${r.text}`)
    }
    const upload = new FormData()
    upload.set('file', new Blob(['y'.repeat(4 << 20)]), 'big.txt')
    const up = await house.call('POST', '/files', undefined, { raw: upload })
    assert.ok([503, 507].includes(up.status), `upload: ${up.status} ${up.text}`)
    for (const id of made.slice(-20)) assert.equal((await house.call('GET', `/accounts/${id}`)).status, 200)
    spawnSync('mount', ['-o', 'remount,size=64m', disk])
    const after = await house.call('POST', '/accounts', { name: 'Room again', description: LONG })
    assert.equal(after.status, 201, after.text)
    assert.equal(await house.count('accounts'), made.length + 1)
    const check = house.cli('check')
    assert.equal(check.status, 0, check.stdout + check.stderr)
  } finally {
    await house.close().catch(() => {})
    spawnSync('umount', ['-l', disk])
    rmSync(disk, { recursive: true, force: true })
  }
}, { engines: ['sqlite'], fresh: false, skip: root })

function oneLine(r, status = 1) {
  assert.equal(r.status, status, `${r.status} ${r.signal} ${r.stdout} ${r.stderr}`)
  assert.equal(r.stderr.trim().split('\n').length, 1, r.stderr)
  assert.ok(r.stderr.length > 20, r.stderr)
}

it('a folder that may not be written, a file that is no database', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'zhike-ro-'))
  const house = new House('sqlite', { dir, user: 'nobody' })
  try {
    chmodSync(dir, 0o555)
    oneLine(house.cli('serve', '--listen', '127.0.0.1:0'))
    oneLine(house.cli('query', 'SELECT name FROM account'))
    chmodSync(dir, 0o777)
    writeFileSync(join(dir, 'zhike.db'), Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(5000, 7)]))
    chmodSync(join(dir, 'zhike.db'), 0o666)
    oneLine(house.cli('serve', '--listen', '127.0.0.1:0'))
    rmSync(join(dir, 'zhike.db'))
    writeFileSync(join(dir, 'in.csv'), 'name\nA\n')
    chmodSync(join(dir, 'in.csv'), 0o000)
    oneLine(house.cli('import', 'account', join(dir, 'in.csv')))
  } finally {
    await house.close()
  }
}, { engines: ['sqlite'], fresh: false, skip: root })

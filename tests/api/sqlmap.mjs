// sqlmap against a running server, signed in, over calls that take a text which ends in a statement. Part of `make test-all`:
// tests/api/sqlmap. Prints what it said of each address; fails where it found anything.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, PASSWORD, engines, signIn } from './harness.mjs'

const LEVEL = process.env.ZHIKE_SQLMAP_LEVEL ?? '2'
const version = spawnSync('sqlmap', ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0].trim()
let [passed, failed] = [0, 0]

function run(args) {
  return new Promise((done) => {
    const child = spawn('sqlmap', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.stdout.on('data', (d) => (text += d))
    child.stderr.on('data', (d) => (text += d))
    child.on('close', (code) => done({ code, text }))
  })
}

for (const engine of engines()) {
  const at = { engine: engine.name, server: engine.open() }
  await at.server.start()
  const first = (await signIn(at, 'admin', PASSWORD)).client
  const { token } = (await first.post('/tokens', { name: 'sqlmap' }, { expect: 201 })).body
  const admin = new Client(at, { token })
  const one = await admin.make('accounts', { name: 'Acme', city: 'Bern', phone: '13912345678' })
  const base = `${at.server.base}/api/v1`
  const targets = [
    ['where', `${base}/accounts?where=city='Bern'`], ['order', `${base}/accounts?order=name`], ['select', `${base}/accounts?select=name`], ['after', `${base}/accounts?after=x&limit=1`],
    ['q', `${base}/search?q=Acme`], ['in', `${base}/search?q=Acme&in=account`], ['q', `${base}/query?q=SELECT name FROM account`], ['period', `${base}/views/forecast?period=FY2026`], ['user', `${base}/views/pipeline_report?user=${one.id}`], ['where', `${base}/views/campaigns?where=status = 'active'`],
    ['*', `${base}/accounts/${one.id}*`], ['*', `${at.server.base}/forms/x*`], ['*', `${at.server.base}/status/1/x*`],
    ['query', `${base}/query`, JSON.stringify({ query: "SELECT name FROM account WHERE city = 'Bern'" })], ['city', `${base}/accounts`, JSON.stringify({ name: 'Bern', city: 'Bern' })], ['text', `${base}/cases/parse`, JSON.stringify({ text: 'Acme x' })], ['login', `${base}/session/forgot`, JSON.stringify({ login: 'admin' })],
  ]
  const folder = mkdtempSync(join(tmpdir(), 'zhike-sqlmap-'))
  for (const [parameter, url, data] of targets) {
    const args = ['-u', url, '--batch', '--flush-session', '--disable-coloring', '--output-dir', folder, '--level', LEVEL, '--risk', '2', '--threads', '1', '--timeout', '10', '--retries', '1', '--time-sec', '3', '--technique', 'BEUST', '--ignore-code', '*', '--header', `Authorization: Bearer ${token}`]
    if (parameter !== '*') args.push('-p', parameter)
    if (data) args.push('--data', data, '--header', `Authorization: Bearer ${token}\\nContent-Type: application/json`)
    const { text } = await run(args)
    const clean = /do not appear to be injectable|does not seem to be injectable/.test(text)
    const found = /is vulnerable|identified the following injection point|appears to be .* injectable/.test(text)
    const good = clean && !/identified the following injection point|is vulnerable/.test(text)
    if (good) passed++
    else failed++
    console.log(`${good ? 'pass' : 'fail'} ${engine.name} ${data ? 'POST' : 'GET'} ${url.replace(at.server.base, '')} (${parameter})${good ? '' : `\n${found ? '' : 'no verdict: '}${text.split('\n').slice(-25).join('\n')}`}`)
  }
  const counts = (await admin.get('/accounts?count=exact&limit=1')).body.count
  console.log(`${engine.name}: ${counts} accounts afterwards, ${/level=error/.test(at.server.log) ? 'ERRORS in the log' : 'no error in the log'}`)
  if (/level=error/.test(at.server.log)) {
    failed++
    writeFileSync(join(tmpdir(), `zhike-sqlmap-${engine.name}.log`), at.server.log)
  }
  await at.server.stop()
  at.server.remove()
  engine.close()
  rmSync(folder, { recursive: true, force: true })
}
console.log(`sqlmap ${version}, level ${LEVEL}, risk 2`)
console.log(`${passed} passed, ${failed} failed, ${process.env.ZHIKE_TEST_PG ? 0 : 1} skipped`)
process.exit(failed ? 1 : 0)

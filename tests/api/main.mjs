// Runs every case on every engine, each engine in a process of its own at the same time, then compares what the engines
// answered. The last line is the tally.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, Contract, PASSWORD, Transcript, engines, signIn } from './harness.mjs'
import { lint } from './lint.mjs'

const cases = []
const only = process.argv[2]
globalThis.it = (name, body, options = {}) => cases.push({ name, body, ...options })
for (const file of readdirSync(new URL('./cases/', import.meta.url)).sort())
  if (file.endsWith('.mjs')) await import(`./cases/${file}`)

let passed = 0
let failed = 0
let skipped = 0
const transcripts = new Map()

async function judge(name, body) {
  const began = Date.now()
  try {
    const said = await body()
    if (said?.skip) {
      skipped++
      return console.log(`skip ${name}: ${said.skip}`)
    }
    passed++
    if (process.env.VERBOSE) console.log(`pass ${name} (${Date.now() - began} ms)`)
  } catch (e) {
    failed++
    console.log(`fail ${name}\n${String(e.stack ?? e).split('\n').slice(0, 14).join('\n')}`)
  }
}

async function prepare(engine) {
  const run = { engine: engine.name, server: engine.open(), contract: null }
  await run.server.start()
  const { client } = await signIn(run, 'admin', PASSWORD)
  const made = await client.post('/tokens', { name: 'tests' }, { expect: 201 })
  run.admin = new Client(run, { token: made.body.token })
  run.adminCookie = client
  run.anyone = new Client(run)
  run.document = (await run.admin.get('/openapi.json')).text
  run.contract = new Contract(JSON.parse(run.document))
  run.fresh = (() => {
    let n = 0
    return () => `n${++n}`
  })()
  return run
}

async function runEngine(engine) {
  const run = await prepare(engine)
  for (const c of cases) {
    if (only && !c.name.includes(only)) continue
    const transcript = new Transcript()
    run.transcribe = c.own ? null : (...reply) => transcript.add(...reply)
    await judge(`${engine.name}: ${c.name}`, () => c.body(run, assert))
    if (!c.own) transcripts.set(c.name, transcript.lines)
  }
  run.transcribe = null
  if (!only) {
    await judge(`${engine.name}: the document passes the linter`, async () => {
      const problems = await lint(run.document)
      assert.deepEqual(problems.map((p) => `${p.severity} ${p.ruleId}: ${p.message} ${p.location?.[0]?.pointer}`), [])
    })
    await judge(`${engine.name}: every operation was seen with every status of the document`, () => {
      const missing = run.contract.missing()
      const shown = missing.slice(0, 40).join('\n  ')
      assert.equal(missing.length, 0, `${missing.length} never seen:\n  ${shown}`)
    })
  }
  await judge(`${engine.name}: the server stops when told`, async () => {
    assert.equal(await run.server.stop(), 0, run.server.log.slice(-2000))
    assert.ok(!/level=error/.test(run.server.log), run.server.log)
  })
  await judge(`${engine.name}: starts again on what is there, and says only where`, async () => {
    await run.server.start()
    assert.deepEqual(run.server.lines.map((l) => l.split(': ')[0]), ['address'])
    await run.admin.get('/me')
    assert.equal(await run.server.stop(), 0, run.server.log.slice(-2000))
  })
  let pairs = 0
  for (const s of run.contract.seen.values()) pairs += s.size
  console.log(`${engine.name}: ${run.contract.seen.size} operations, ${pairs} pairs of operation and status seen`)
  run.server.remove()
  engine.close()
}

/** One engine, here: its transcripts and tally go into `file`. */
async function runHere(name, file) {
  const engine = engines().find((e) => e.name === name)
  try {
    await runEngine(engine)
  } catch (e) {
    failed++
    console.log(`fail ${name}: ${e.stack}`)
  }
  writeFileSync(file, JSON.stringify({ passed, failed, skipped, transcripts: [...transcripts] }))
}

/** One engine in a process of its own; what it prints comes in one piece. */
function runApart(name, file) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { env: { ...process.env, ZHIKE_API_ENGINE: name, ZHIKE_API_SAID: file }, stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', (d) => (text += d))
    child.on('close', (code, signal) => {
      process.stdout.write(text)
      try {
        done(JSON.parse(readFileSync(file, 'utf8')))
      } catch {
        console.log(`fail ${name}: its process ended with ${signal ?? code} before it had said what it saw`)
        done({ passed: 0, failed: 1, skipped: 0, transcripts: [] })
      }
    })
  })
}

if (process.env.ZHIKE_API_ENGINE) {
  await runHere(process.env.ZHIKE_API_ENGINE, process.env.ZHIKE_API_SAID)
  process.exit(0)
}

process.env.ZHIKE_TEST_SEED ||= String(Math.floor(Math.random() * 0xffffffff)) // both engines draw the same
const folder = mkdtempSync(join(tmpdir(), 'zhike-api-said-'))
if (!process.env.ZHIKE_TEST_PG) {
  skipped++
  console.log('skip postgresql: ZHIKE_TEST_PG names no server')
}
const all = await Promise.all(engines().map((e) => runApart(e.name, join(folder, e.name))))
rmSync(folder, { recursive: true, force: true })
for (const one of all) {
  passed += one.passed
  failed += one.failed
  skipped += one.skipped
}
const [first, ...others] = all.map((one) => new Map(one.transcripts))
for (const second of others)
  for (const [name, lines] of first)
    if (second.has(name)) await judge(`both engines answer alike: ${name}`, () => assert.deepEqual(second.get(name), lines))

console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exit(failed ? 1 : 0)

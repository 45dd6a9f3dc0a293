// A server that may be killed at any moment, a client that says what happened instead of throwing, the command line.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export const PASSWORD = 'correct horse battery'
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const support = new URL('../support/postgres', import.meta.url).pathname
const pg = process.env.ZHIKE_FAULT_PG

export function postgres(verb) {
  const r = spawnSync(support, [verb, pg], { encoding: 'utf8' })
  if (r.status !== 0) throw new Error(`postgres ${verb}: ${r.stderr}`)
}

function psql(sql, db = pg) {
  const r = spawnSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', db, '-c', sql], { encoding: 'utf8' })
  if (r.status !== 0) throw new Error(`psql: ${r.stderr || r.error}`)
}

/** The silence by which a job is known whose server died, without waiting for it. */
export const silent = (db) => psql("UPDATE zk_job SET updated_at = updated_at - interval '1 minute' WHERE state = 'running'", db)

/** A session of its own that holds a table until release() is called. */
export async function locked(db, table) {
  const child = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', db], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((done) => child.on('exit', done))
  const held = new Promise((done) => createInterface({ input: child.stdout }).on('line', (line) => line === 'held' && done()))
  child.stdin.write(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE;\n\\echo held\n`)
  if ((await Promise.race([held, ended.then(() => 'ended')])) === 'ended') throw new Error(`${table} cannot be locked`)
  return async () => {
    child.stdin.end('ROLLBACK;\n')
    await ended
  }
}

let databases = 0
let template

/** What a first start makes takes seconds on PostgreSQL; it is made once and copied. */
export async function makeTemplate() {
  const house = new House('postgresql')
  await house.start()
  await house.kill('SIGTERM')
  template = new URL(house.db).pathname.slice(1)
  rmSync(house.dir, { recursive: true, force: true })
}

/** A database of its own on an engine: server, command line, clients. */
export class House {
  constructor(engine, { dir, user, started } = {}) {
    this.engine = engine
    this.dir = dir ?? mkdtempSync(join(tmpdir(), 'zhike-fault-'))
    this.user = user
    this.log = ''
    if (engine === 'postgresql') {
      const name = `fault_${process.pid}_${++databases}`
      psql(`CREATE DATABASE ${name}${started ? ` TEMPLATE ${template}` : ''}`)
      const url = new URL(pg)
      url.pathname = `/${name}`
      this.db = url.href
    }
  }
  where() {
    return this.db ? ['--data', this.dir, '--db', this.db] : ['--data', this.dir]
  }
  command(args) {
    const all = [process.env.ZHIKE_BIN, ...args, ...this.where()]
    return this.user ? ['runuser', '-u', this.user, '--', ...all] : all
  }
  async start() {
    const [program, ...args] = this.command(['serve', '--listen', '127.0.0.1:0', '--log-level', 'info'])
    this.child = spawn(program, args, {
      env: { ...process.env, ZHIKE_ADMIN_PASSWORD: PASSWORD, LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stderr.on('data', (d) => (this.log = (this.log + d).slice(-20000)))
    this.ended = new Promise((done) => this.child.on('exit', (code, signal) => done(code ?? signal)))
    const lines = createInterface({ input: this.child.stdout })
    this.base = await new Promise((done, fail) => {
      lines.on('line', (line) => {
        const m = /^address: (.*)$/.exec(line)
        if (m) done(m[1])
      })
      this.ended.then((code) => fail(new Error(`the server ended with ${code}: ${this.log}`)))
    })
  }
  /** First start: an administrator's token that outlives the server. */
  async open() {
    await this.start()
    this.token = await this.signIn('admin', PASSWORD)
  }
  async signIn(login, password) {
    const reply = await fetch(`${this.base}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login, password }),
    })
    if (reply.status !== 200) throw new Error(`sign in: ${reply.status} ${await reply.text()}`)
    const cookie = /zhike_session=([^;]*)/.exec(reply.headers.get('set-cookie'))[1]
    const made = await fetch(`${this.base}/api/v1/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: `zhike_session=${cookie}`, 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ name: 'tests' }),
    })
    if (made.status !== 201) throw new Error(`token: ${made.status} ${await made.text()}`)
    return (await made.json()).token
  }
  async kill(signal = 'SIGKILL') {
    this.child.kill(signal)
    const late = setTimeout(() => this.child.kill('SIGKILL'), 15000)
    const code = await this.ended
    clearTimeout(late)
    return code
  }
  /** {status, body}; status 0: no answer. */
  async call(method, path, body, { token = this.token, headers = {}, raw, timeout = 20000 } = {}) {
    try {
      const reply = await fetch(`${this.base}${path.startsWith('/healthz') ? '' : '/api/v1'}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
        signal: AbortSignal.timeout(timeout),
      })
      const text = await reply.text()
      const json = (reply.headers.get('content-type') ?? '').includes('json') && text
      return { status: reply.status, body: json ? JSON.parse(text) : null, text, headers: reply.headers }
    } catch (e) {
      return { status: 0, body: null, text: String(e), headers: new Headers() }
    }
  }
  async make(plural, record, options) {
    const reply = await this.call('POST', `/${plural}`, record, options)
    if (reply.status !== 201) throw new Error(`POST /${plural}: ${reply.status} ${reply.text}`)
    return reply.body
  }
  async upload(name, bytes) {
    const form = new FormData()
    form.set('file', new Blob([bytes]), name)
    const reply = await this.call('POST', '/files', undefined, { raw: form })
    if (reply.status !== 201) throw new Error(`POST /files: ${reply.status} ${reply.text}`)
    return reply.body.id
  }
  async count(plural, where) {
    const w = where ? `&where=${encodeURIComponent(where)}` : ''
    const reply = await this.call('GET', `/${plural}?count=exact&limit=1${w}`)
    if (reply.status !== 200) throw new Error(`count of ${plural}: ${reply.status} ${reply.text}`)
    return reply.body.count
  }
  async job(id, states = ['done', 'failed', 'cancelled'], seconds = 30) {
    for (const until = Date.now() + seconds * 1000; Date.now() < until; await sleep(50)) {
      const reply = await this.call('GET', `/jobs/${id}`)
      if (states.includes(reply.body?.state)) return reply.body
    }
    throw new Error(`job ${id} never came to ${states}`)
  }
  cli(...args) {
    const [program, ...rest] = this.command(args)
    return spawnSync(program, rest, { encoding: 'utf8', env: { ...process.env, LANG: 'C.UTF-8' }, timeout: 60000 })
  }
  async close() {
    if (this.child && this.child.exitCode === null && this.child.signalCode === null) await this.kill()
    if (this.db) psql(`DROP DATABASE IF EXISTS ${new URL(this.db).pathname.slice(1)} WITH (FORCE)`)
    rmSync(this.dir, { recursive: true, force: true })
  }
}

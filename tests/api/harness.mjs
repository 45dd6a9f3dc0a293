// What every case stands on: a server on each engine, a client whose every reply is checked against the document that
// the server itself emits, the tally, and what was seen of operations and statuses.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

export const PASSWORD = 'correct horse battery'
const PREFIX = '/api/v1'

// ---- a server ----

export class Server {
  constructor(engine, db) {
    this.engine = engine
    this.db = db
    this.dir = mkdtempSync(join(tmpdir(), 'zhike-api-'))
    this.args = [] // further options of serve
    this.log = ''
  }
  async start() {
    const args = ['serve', '--data', this.dir, '--listen', '127.0.0.1:0', '--log-level', 'info', ...this.args]
    if (this.db) args.push('--db', this.db)
    this.child = spawn(process.env.ZHIKE_BIN, args, {
      env: { ...process.env, ZHIKE_ADMIN_PASSWORD: PASSWORD, LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stderr.on('data', (d) => (this.log = (this.log + d).slice(-20000)))
    this.ended = new Promise((done) => this.child.on('exit', (code, signal) => done(code ?? signal)))
    this.lines = []
    const lines = createInterface({ input: this.child.stdout })
    this.base = await new Promise((done, fail) => {
      lines.on('line', (line) => {
        this.lines.push(line)
        const m = /^address: (.*)$/.exec(line)
        if (m) done(m[1])
      })
      this.ended.then((code) => fail(new Error(`the server ended with ${code}: ${this.log}`)))
    })
  }
  async stop() {
    this.child.kill('SIGTERM')
    const late = setTimeout(() => this.child.kill('SIGKILL'), 15000)
    const code = await this.ended
    clearTimeout(late)
    return code
  }
  remove() {
    rmSync(this.dir, { recursive: true, force: true })
  }
  cli(...args) {
    return this.shell('', ...args)
  }
  shell(input, ...args) {
    const where = this.db ? ['--data', this.dir, '--db', this.db] : ['--data', this.dir]
    return spawnSync(process.env.ZHIKE_BIN, [...args, ...where], { input, encoding: 'utf8', maxBuffer: 64 << 20, env: { ...process.env, LANG: 'C.UTF-8' } })
  }
}

export function psql(url, sql) {
  const r = spawnSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', url, '-c', sql], { encoding: 'utf8' })
  if (r.status !== 0) throw new Error(`psql: ${r.stderr || r.error}`)
}

/** A server on an empty database of its own, on the engine of the run; `remove` takes both away. */
export function ownServer(run) {
  if (run.engine === 'sqlite') {
    const server = new Server('sqlite')
    return { server, remove: () => server.remove() }
  }
  const name = `own_${process.pid}_${run.fresh()}`
  psql(process.env.ZHIKE_TEST_PG, `CREATE DATABASE ${name}`)
  const url = new URL(process.env.ZHIKE_TEST_PG)
  url.pathname = `/${name}`
  const server = new Server('postgresql', url.href)
  return {
    server,
    remove() {
      server.remove()
      psql(process.env.ZHIKE_TEST_PG, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}

/** The engines there are: SQLite always, PostgreSQL where ZHIKE_TEST_PG names one; a fresh database of it. */
export function engines() {
  const list = [{ name: 'sqlite', open: () => new Server('sqlite'), close: () => {} }]
  const pg = process.env.ZHIKE_TEST_PG
  if (!pg) return list
  const name = `api_${process.pid}`
  list.push({
    name: 'postgresql',
    open() {
      psql(pg, `CREATE DATABASE ${name}`)
      const url = new URL(pg)
      url.pathname = `/${name}`
      return new Server('postgresql', url.href)
    },
    close() {
      psql(pg, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  })
  return list
}

// ---- the document ----

export class Contract {
  constructor(document) {
    this.seen = new Map()
    this.read(document)
  }
  /** Another document takes its place: the tables have changed. */
  read(document) {
    this.document = document
    this.ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true })
    addFormats(this.ajv)
    this.ajv.addSchema({ ...document, $id: 'doc' })
    this.made = new Map()
    this.paths = Object.keys(document.paths).map((path) => ({
      path,
      parts: path.split('/'),
      fixed: path.split('/').filter((p) => !p.startsWith('{')).length,
    }))
    this.paths.sort((a, b) => b.fixed - a.fixed)
  }
  operation(method, target) {
    const parts = target.split('?')[0].split('/')
    for (const p of this.paths)
      if (p.parts.length === parts.length && p.parts.every((x, i) => x.startsWith('{') || x === parts[i])) {
        const operation = this.document.paths[p.path][method.toLowerCase()]
        if (operation) return { path: p.path, method: method.toLowerCase(), operation }
      }
    return null
  }
  validator(pointer) {
    if (!this.made.has(pointer)) this.made.set(pointer, this.ajv.compile({ $ref: `doc#${pointer}` }))
    return this.made.get(pointer)
  }
  /** Null, or what is wrong with the reply. */
  fault(method, target, status, type, body) {
    const found = this.operation(method, target)
    if (!found) return status === 404 || status === 405 ? null : `${method} ${target} is no operation of the document`
    const responses = found.operation.responses
    const key = responses[status] ? String(status) : status >= 400 && responses.default ? 'default' : null
    if (!key) return `${found.operation.operationId} does not know status ${status}`
    this.note(found, status, key)
    const content = responses[key].content
    if (!content) return body === '' ? null : `${found.operation.operationId} ${status} has a body`
    const media = Object.keys(content).find((m) => m === type || m === '*/*')
    if (!media) return `${found.operation.operationId} ${status} is ${type}`
    if (!media.includes('json')) return null
    const escape = (s) => encodeURIComponent(s.replaceAll('~', '~0').replaceAll('/', '~1'))
    const check = this.validator(
      `/paths/${escape(found.path)}/${found.method}/responses/${key}/content/${escape(media)}/schema`,
    )
    const read = JSON.parse(body)
    if (status >= 400 && !this.document['x-problem-codes'].some((c) => c.code === read.code && c.status === status))
      return `${found.operation.operationId} ${status}: the code ${read.code} stands in no list`
    if (check(read)) return null
    return `${found.operation.operationId} ${status}: ${this.ajv.errorsText(check.errors)}: ${body.slice(0, 600)}`
  }
  note(found, status, key) {
    const id = found.operation.operationId
    if (!this.seen.has(id)) this.seen.set(id, new Set())
    this.seen.get(id).add(key === 'default' ? `default` : String(status))
  }
  /** Operation and status pairs that the document names and nobody has seen. */
  missing() {
    const out = []
    for (const methods of Object.values(this.document.paths))
      for (const o of Object.values(methods))
        for (const status of Object.keys(o.responses))
          if (status !== 'default' && !this.seen.get(o.operationId)?.has(status)) out.push(`${o.operationId} ${status}`)
    return out
  }
}

// ---- a client ----

export class Client {
  constructor(run, auth = {}) {
    this.run = run
    this.auth = auth
  }
  async call(method, path, options = {}) {
    const target = path.startsWith('/') && !options.root ? PREFIX + path : path
    const headers = { ...(this.auth.token ? { authorization: `Bearer ${this.auth.token}` } : {}), ...options.headers }
    if (this.auth.cookie) {
      headers.cookie ??= `zhike_session=${this.auth.cookie}`
      headers['sec-fetch-site'] ??= 'same-origin'
      if (headers['sec-fetch-site'] === '') delete headers['sec-fetch-site']
    }
    let body = options.raw
    if (options.body !== undefined) {
      body = JSON.stringify(options.body)
      headers['content-type'] ??= 'application/json'
    }
    const response = await fetch(this.run.server.base + target, { method, headers, body, redirect: 'manual' })
    const text = options.bytes ? Buffer.from(await response.arrayBuffer()) : await response.text()
    const type = (response.headers.get('content-type') ?? '').split(';')[0]
    const fault = options.unchecked
      ? null
      : this.run.contract?.fault(method, target, response.status, type, options.bytes ? '' : text)
    if (fault && !(options.bytes && fault.endsWith('has a body'))) throw new Error(`against the document: ${fault}`)
    const json = !options.bytes && type.includes('json') && text ? JSON.parse(text) : null
    const reply = { status: response.status, headers: response.headers, body: json, text, type }
    this.run.transcribe?.(method, target, reply)
    if (options.expect !== undefined && reply.status !== options.expect)
      throw new Error(`${method} ${target}: ${reply.status} instead of ${options.expect}: ${String(text).slice(0, 500)}`)
    return reply
  }
  get(path, options) {
    return this.call('GET', path, { expect: 200, ...options })
  }
  post(path, body, options) {
    return this.call('POST', path, { body, ...options })
  }
  patch(path, body, options) {
    return this.call('PATCH', path, { body, ...options })
  }
  del(path, options) {
    return this.call('DELETE', path, { expect: 204, ...options })
  }
  /** Creates and hands back the record. */
  async make(plural, record) {
    return (await this.post(`/${plural}`, record, { expect: 201 })).body
  }
}

export async function signIn(run, login, password) {
  const anyone = new Client(run)
  const reply = await anyone.call('POST', '/session', { body: { login, password }, expect: 200 })
  const cookie = /zhike_session=([^;]*)/.exec(reply.headers.get('set-cookie'))[1]
  return { client: new Client(run, { cookie }), reply }
}

// ---- comparing the engines ----

/** %20 is a blank and no id. */
function readable(target) {
  try { return decodeURIComponent(target) } catch { return target }
}

/** Ids by the order in which they appear, times and secrets as words: what is left must be equal. */
export class Transcript {
  constructor() {
    this.ids = new Map()
    this.lines = []
  }
  id(text) {
    if (!this.ids.has(text)) this.ids.set(text, `#${this.ids.size + 1}`)
    return this.ids.get(text)
  }
  clean(key, value) {
    if (Array.isArray(value)) return value.map((v) => this.clean(key, v))
    if (value && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, this.clean(k, v)]))
    if (key === 'seen_at' || key === 'address') return 'X' // written now and then, behind the answer
    if (typeof value !== 'string') return key === 'seq' ? 0 : value
    if (/^\d{4}-\d\d-\d\dT/.test(value)) return 'T'
    if (key === 'request_id' || key === 'next' || key === 'token') return value ? 'X' : value
    if (/^[1-9]\d{0,18}$/.test(value)) return this.id(value)
    if (key === 'records' || key === 'where') return value.replace(/(%27|'|%2F)(\d+)(%27|')/g, (_, a, n, b) => `${a}${this.id(n)}${b}`)
    if (key === 'message' || key === 'detail') return value.replace(/\d{2,}/g, '#')
    return value
  }
  add(method, target, reply) {
    const path = readable(target).replace(/(after=)[^&]*/, '$1X').replace(/(?<=\/|'|\b(?!limit|days|months|years|within)[a-z_]+=)[1-9]\d+\b/g, (n) => this.id(n))
    this.lines.push({ call: `${method} ${path}`, status: reply.status, body: this.clean('', reply.body) })
  }
}

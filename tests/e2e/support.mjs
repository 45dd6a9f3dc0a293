// Starts the program on an empty folder or database, opens the browser, and says things as the screen says them.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { chromium } from 'playwright-core'

const PASSWORD = 'Copper-lantern-48'
const ROOT = new URL('../..', import.meta.url).pathname

export const LANGUAGES = ['zh-CN', 'en']
const texts = Object.fromEntries(LANGUAGES.map((l) => [l, JSON.parse(readFileSync(join(ROOT, `locale/app.${l}.json`), 'utf8'))]))

/** A text of the app by its key; {names} filled in. */
export function say(language, key, values = {}) {
  const text = key.split('.').reduce((o, k) => o?.[k], texts[language])
  if (typeof text !== 'string') throw new Error(`no text ${key} in ${language}`)
  return text.replace(/\{(\w+)\}/g, (_, n) => values[n] ?? '')
}

export function freePort() {
  return new Promise((done, fail) => {
    const s = createServer()
    s.once('error', fail)
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => done(port))
    })
  })
}

/** The engines that are here: SQLite always, PostgreSQL where a server is named. */
export function engines() {
  return [{ name: 'SQLite', url: null }, { name: 'PostgreSQL', url: process.env.ZHIKE_TEST_PG || null, server: true }]
}

/** Every task runs in each language and on each engine, but not in each language on each engine: Chinese on SQLite, English on
 *  PostgreSQL where one is named, else on SQLite too. `tasks(given, engine, language)`; each run has its own server and browser. */
export function everywhere(what, tasks, options = {}) {
  const [sqlite, postgres] = engines()
  for (const [engine, language] of [[sqlite, 'zh-CN'], [postgres.url ? postgres : sqlite, 'en']])
    describe(`${what} on ${engine.name}`, () => {
      let server, browser
      before(async () => {
        server = await startServer(engine, engine.server ? {} : options)
        browser = await launch()
      })
      after(async () => {
        await browser?.close()
        await server?.stop()
      })
      describe(language, () => tasks(() => ({ server, browser }), engine.name, language))
    })
  if (!postgres.url) describe(`${what} on PostgreSQL`, () => it('tasks', { skip: 'ZHIKE_TEST_PG names no server' }, () => {}))
}

function psql(server, ...commands) {
  execFileSync('psql', ['-X', '-q', '-d', server, ...commands.flatMap((c) => ['-c', c])], { stdio: 'pipe' })
}
function databaseOn(server, name) {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.toString()
}
const drop = (server, name) => psql(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)

/** Runs the program until it answers; `log()` is what it printed. */
async function run(folder, database, more, env = {}) {
  const port = await freePort()
  const args = ['serve', ...more, '--data', folder, '--listen', `127.0.0.1:${port}`, ...(database ? ['--db', database] : [])]
  const all = { ...process.env, ...env }
  if (!env.ZHIKE_ADMIN_PASSWORD) delete all.ZHIKE_ADMIN_PASSWORD // the first start prints one that is to be changed
  const child = spawn(process.env.ZHIKE_BIN, args, { env: all, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  let ended = false
  child.stdout.on('data', (d) => (log += d))
  child.stderr.on('data', (d) => (log += d))
  child.on('exit', () => (ended = true))
  const stop = async () => {
    if (ended) return
    const gone = new Promise((done) => child.once('exit', done))
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 10000)
    await gone
    clearTimeout(late)
  }
  const url = `http://127.0.0.1:${port}`
  for (let i = 0; ; i++) {
    if (ended || i > 3600) {
      await stop()
      throw new Error(`the program did not come up:\n${log}`)
    }
    // It may answer before its lines have come through the pipe.
    if (/^address: /m.test(log) && (await fetch(`${url}/healthz`).then((r) => r.ok, () => false))) break
    await new Promise((done) => setTimeout(done, 50))
  }
  return { url, stop, log: () => log }
}

/** The sample company takes seconds to make and a moment to copy: made once for all files of a run, in the folder that
 *  tests/e2e/run names. */
async function template(engine) {
  const kept = process.env.ZHIKE_E2E_KEPT
  const mark = join(kept, engine.name)
  if (existsSync(mark)) return readFileSync(mark, 'utf8')
  const folder = join(kept, `${engine.name}.data`)
  const name = `zhike_e2e_kept_${process.pid}_${Date.now()}`
  if (engine.server) psql(engine.url, `CREATE DATABASE ${name}`)
  const made = await run(folder, engine.server ? databaseOn(engine.url, name) : null, ['--demo'], { ZHIKE_ADMIN_PASSWORD: PASSWORD })
  await made.stop()
  const what = engine.server ? name : folder
  writeFileSync(mark, what)
  return what
}

/** Before several files run at once, so that none makes what another is making. */
export async function keepTemplates() {
  for (const engine of engines()) if (!engine.server || engine.url) await template(engine)
}

/** A server with the sample company. `first`: as one meets it, with a password that is to be changed. */
export async function startServer(engine, { first = false } = {}) {
  if (process.env.ZHIKE_URL) return { url: process.env.ZHIKE_URL, stop: async () => {}, password: process.env.ZHIKE_PASSWORD } // one that runs already
  const copy = !first && process.env.ZHIKE_E2E_KEPT ? await template(engine) : null
  const folder = mkdtempSync(join(tmpdir(), 'zhike-e2e-'))
  const name = engine.server ? `zhike_e2e_${process.pid}_${Date.now()}` : null
  if (name) psql(engine.url, `CREATE DATABASE ${name}${copy ? ` TEMPLATE ${copy}` : ''}`)
  else if (copy) cpSync(copy, folder, { recursive: true })
  const clean = () => {
    if (name) drop(engine.url, name)
    rmSync(folder, { recursive: true, force: true })
  }
  const database = name ? databaseOn(engine.url, name) : null
  try {
    const server = await run(folder, database, copy ? [] : ['--demo'])
    const password = copy ? PASSWORD : /^admin password: (\S+)$/m.exec(server.log())?.[1]
    if (!password) throw new Error(`the first start printed no password:\n${server.log()}`)
    return { url: server.url, database, password, fresh: !copy, stop: async () => { await server.stop(); clean() } }
  } catch (e) {
    clean()
    throw e
  }
}

/** A second server on the same PostgreSQL database. */
export async function startBeside(server) {
  const folder = mkdtempSync(join(tmpdir(), 'zhike-e2e-'))
  const beside = await run(folder, server.database, [])
  return { url: beside.url, password: server.password, stop: async () => { await beside.stop(); rmSync(folder, { recursive: true, force: true }) } }
}

export const BROWSER_ARGS = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']

export function launch() {
  return chromium.launch({ executablePath: process.env.ZHIKE_CHROMIUM, args: BROWSER_ARGS })
}

/** A signed-in page in one language, that notes every error it meets. */
export async function person(browser, server, language, options = {}) {
  const context = await browser.newContext({ baseURL: server.url, locale: language, viewport: { width: 1280, height: 800 }, timezoneId: 'Asia/Shanghai', ...options })
  await context.addInitScript((l) => localStorage.setItem('zhike.language', l), language)
  context.setDefaultTimeout(20000)
  const page = await context.newPage()
  const errors = []
  page.on('pageerror', (e) => errors.push(e.message))
  page.on('console', (m) => {
    if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) errors.push(m.text())
  })
  page.on('response', (r) => {
    // A malformed question is the app's own fault, unless a task asks one on purpose.
    if (r.status() >= 500 || (r.status() === 400 && !page.mayAskNonsense)) errors.push(`${r.status()} ${r.request().method()} ${r.url()}`)
  })
  return { context, page, errors }
}

async function give(page, language, password, login = 'admin') {
  await page.getByLabel(say(language, 'signin.login')).fill(login)
  await page.getByLabel(say(language, 'signin.password')).fill(password)
  await page.getByRole('button', { name: say(language, 'signin.go'), exact: true }).click()
}

/** Signs in; the first time of all it goes through the form that asks for a password of one's own. `who`: somebody else. */
export async function signIn(page, language, server, who = null) {
  await page.goto('/')
  await page.waitForURL(/\/sign-in/)
  await give(page, language, who?.password ?? server.password, who?.login)
  if (server.fresh && !who) {
    await page.getByLabel(say(language, 'signin.new'), { exact: true }).fill(PASSWORD)
    await page.getByLabel(say(language, 'signin.again'), { exact: true }).fill(`${PASSWORD}x`)
    await page.getByRole('button', { name: say(language, 'signin.set') }).click()
    await page.getByText(say(language, 'signin.differ')).waitFor()
    await page.getByLabel(say(language, 'signin.again'), { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: say(language, 'signin.set') }).click()
    server.password = PASSWORD
    server.fresh = false
  }
  await page.locator('.head-user').waitFor()
  // The person's own language beats the browser's; the runs in both languages share one person.
  if ((await api(page, 'GET', '/me')).language !== language) {
    await api(page, 'PATCH', '/me', { language })
    await page.reload()
    await page.locator('.head-user').waitFor()
  }
}

/** What the API says, with the page's own session. */
export async function api(page, method, path, body) {
  return page.evaluate(async ([m, p, b]) => {
    const r = await fetch(`/api/v1${p}`, { method: m, headers: b ? { 'Content-Type': m === 'PATCH' ? 'application/merge-patch+json' : 'application/json' } : {}, body: b ? JSON.stringify(b) : undefined })
    const text = await r.text()
    const json = text ? JSON.parse(text) : null
    if (!r.ok) throw new Error(`${m} ${p}: ${r.status} ${text}`)
    return json
  }, [method, path, body])
}

/** The cards of a board can be taken: the library that drags comes after them. */
export function takeable(page) {
  return page.waitForFunction(() => {
    const columns = [...document.querySelectorAll('.bd-cards')]
    return columns.length && columns.every((c) => Object.keys(c).some((k) => k.startsWith('Sortable')))
  })
}

/** Takes a card by the mouse into a column and lets it go there. */
export async function dragCard(page, id, key) {
  const card = page.locator(`.bd-card[data-id="${id}"]`)
  await card.waitFor()
  await takeable(page)
  const from = await card.boundingBox()
  const to = await page.locator(`.bd-cards[data-key="${key}"]`).boundingBox()
  await page.mouse.move(from.x + 30, from.y + from.height - 12)
  await page.mouse.down()
  await page.mouse.move(from.x + 60, from.y + from.height - 4, { steps: 4 })
  const there = page.locator(`.bd-cards[data-key="${key}"] .bd-ghost`)
  for (let i = 0; i < 100 && !(await there.count()); i++) await page.mouse.move(to.x + to.width / 2 + (i % 2), to.y + 40, { steps: 12 })
  await page.mouse.up()
}

/** Asks until the answer is the one that is waited for, and asserts it. */
export async function becomes(page, ask, wanted) {
  let now = await ask()
  for (let i = 0; i < 100 && now !== wanted; i++) {
    await page.waitForTimeout(100)
    now = await ask()
  }
  assert.equal(now, wanted)
}

/** The steps of a task: one that fails is pictured, and none may leave errors on a page. `pages()` says which there are by then. */
export function stepper(label, pages, timeout = 120000) {
  return (name, work) =>
    it(name, { timeout }, async () => {
      try {
        await work()
      } catch (e) {
        for (const [i, p] of pages().entries()) if (p?.page) await picture(p.page, `${label}-${name}${i ? `-${i + 1}` : ''}`.replace(/[^\w-]+/g, '_'))
        throw e
      }
      assert.deepEqual(pages().flatMap((p) => p?.errors?.splice(0) ?? []), [], 'the page met errors')
    })
}

export async function picture(page, name) {
  const folder = process.env.ZHIKE_SHOTS
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`) }).catch(() => {})
}

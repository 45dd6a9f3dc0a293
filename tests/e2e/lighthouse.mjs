// What tests/e2e/lighthouse runs: the program with the sample company, a signed-in Chromium, and Lighthouse upon them.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import lighthouse from 'lighthouse'
import { chromium } from 'playwright-core'
import { api, BROWSER_ARGS, engines, freePort, signIn, startServer } from './support.mjs'

const FLOOR = 95
const RUNS = Number(process.env.ZHIKE_LIGHTHOUSE_RUNS ?? 5)
const CATEGORIES = ['performance', 'accessibility', 'best-practices']
// As a proxy in front passes on: a telephone is never on the machine of the server, and only who is not gets answers compressed.
const AFAR = { 'X-Forwarded-For': '203.0.113.7' }
process.env.ZHIKE_TRUST_PROXY = '1'
const LIGHTHOUSE = JSON.parse(readFileSync(new URL('node_modules/lighthouse/package.json', import.meta.url), 'utf8')).version
const write = process.argv.includes('--write')

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)]
const score = (r, c) => Math.round(r.lhr.categories[c].score * 100)
const seconds = (r, id) => r.lhr.audits[id].numericValue / 1000
const kilobytes = (r) => Math.round(r.lhr.audits['network-requests'].details.items.reduce((n, i) => n + (/\.(js|css)$/.test(i.url) ? i.transferSize : 0), 0) / 1024)

async function look(port, what, url) {
  for (let tries = 3; ; tries--) {
    // Nothing is set but what is looked at: the setting is Lighthouse's own for telephones.
    const r = await lighthouse(url, { port, output: 'json', logLevel: 'error', onlyCategories: CATEGORIES, extraHeaders: AFAR })
    if (!r.lhr.runtimeError) return r
    if (tries === 1) throw new Error(`${what}: ${r.lhr.runtimeError.message}`)
  }
}

async function measure(port, what, url) {
  const runs = []
  while (runs.length < RUNS) runs.push(await look(port, what, url))
  const middle = runs.sort((a, b) => score(a, 'performance') - score(b, 'performance'))[Math.floor(runs.length / 2)]
  if (process.env.ZHIKE_LIGHTHOUSE_KEEP) writeFileSync(join(process.env.ZHIKE_LIGHTHOUSE_KEEP, `${what}.json`), JSON.stringify(middle.lhr))
  const row = { what, index: Math.round(median(runs.map((r) => r.lhr.environment.benchmarkIndex))), work: median(runs.map((r) => r.lhr.audits['mainthread-work-breakdown'].numericValue)), performance: score(middle, 'performance'), accessibility: Math.min(...runs.map((r) => score(r, 'accessibility'))), practices: score(middle, 'best-practices') }
  row.first = seconds(middle, 'first-contentful-paint')
  row.largest = seconds(middle, 'largest-contentful-paint')
  row.blocked = median(runs.map((r) => r.lhr.audits['total-blocking-time'].numericValue))
  row.shift = middle.lhr.audits['cumulative-layout-shift'].numericValue
  row.loaded = kilobytes(middle)
  for (const c of CATEGORIES.slice(1))
    for (const { id } of middle.lhr.categories[c].auditRefs) {
      const a = middle.lhr.audits[id]
      if (a.score !== null && a.score < 1) console.log(`  ${what}: ${a.title}: ${JSON.stringify(a.details?.items?.slice(0, 3) ?? '').slice(0, 600)}`)
    }
  console.log(`${what}: performance ${row.performance} (${runs.map((r) => score(r, 'performance')).join(' ')}), accessibility ${row.accessibility}, first paint ${row.first.toFixed(2)} s, largest ${row.largest.toFixed(2)} s, blocked ${row.blocked.toFixed(0)} ms, shift ${row.shift.toFixed(3)}, ${row.loaded} KB, ${row.work.toFixed(0)} ms of work on the main thread (benchmark ${row.index})`)
  return row
}

const server = await startServer(engines()[0])
const folder = mkdtempSync(join(tmpdir(), 'zhike-lighthouse-'))
const port = await freePort()
const context = await chromium.launchPersistentContext(folder, { executablePath: process.env.ZHIKE_CHROMIUM, baseURL: server.url, args: [...BROWSER_ARGS, `--remote-debugging-port=${port}`] })
let failed = 1
try {
  const rows = [await measure(port, 'sign-in', `${server.url}/sign-in`)]
  const page = await context.newPage()
  await page.goto('/')
  await page.evaluate(() => localStorage.setItem('zhike.language', 'zh-CN'))
  await signIn(page, 'zh-CN', server)
  const [account] = (await api(page, 'GET', '/accounts?limit=1&order=created_at')).records
  await page.close()
  rows.push(await measure(port, 'list', `${server.url}/accounts`))
  rows.push(await measure(port, 'record', `${server.url}/accounts/${account.id}`))
  const low = rows.filter((r) => r.performance < FLOOR || r.accessibility < FLOOR)
  failed = low.length
  if (write) {
    const version = execFileSync(process.env.ZHIKE_CHROMIUM, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim().split(' built')[0]
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
    writeFileSync(new URL('../../docs/lighthouse.md', import.meta.url), `# Lighthouse

What \`tests/e2e/lighthouse --write\` measured on ${new Date().toISOString().slice(0, 10)} behind commit ${commit}: the program with its sample company on SQLite,
Lighthouse ${LIGHTHOUSE} in its mobile setting (a slow network and a slow processor, both simulated), ${version}, ${cpus().length} cores.
Nothing of that setting is changed. Lighthouse means a machine whose benchmark is about 1500 and takes a telephone for four times slower;
on a slower machine, or one that has other work, every page seems that much slower: its benchmark stands in the last column. The
middle one of ${RUNS} runs counts. \`make test-all\` fails below ${FLOOR} in performance or accessibility.

| page | performance | accessibility | best practices | first paint | largest paint | blocked | layout shift | JavaScript and CSS | work of the main thread | benchmark |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.map((r) => `| ${r.what} | ${r.performance} | ${r.accessibility} | ${r.practices} | ${r.first.toFixed(1)} s | ${r.largest.toFixed(1)} s | ${r.blocked.toFixed(0)} ms | ${r.shift.toFixed(3)} | ${r.loaded} KB | ${(r.work / 1000).toFixed(1)} s | ${r.index} |`).join('\n')}
`)
  }
  console.log(`${rows.length - failed} passed, ${failed} failed, 0 skipped`)
} finally {
  await context.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(failed ? 1 : 0)

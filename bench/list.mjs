// How a list of a million rows feels: the time from the click to the first rows in a real Chromium, and whether there are gaps
// while one scrolls. Writes bench/LIST.md. Works on a copy of the database that bench/run made.
//
//   tools/node-env node bench/list.mjs        environment: BENCH_DB, ZHIKE_BIN, ZHIKE_CHROMIUM
import { execFileSync, spawn } from 'node:child_process'
import { constants, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from '../tests/e2e/node_modules/playwright-core/index.mjs'

const PASSWORD = 'bench-bench'
const ROUNDS = 7
const SECONDS = 8
const SPEED = 3000 // pixels a second
const PORT = await new Promise((done) => { const s = createServer(); s.listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)) }) })
const busy = loadavg()[0]
const bin = process.env.ZHIKE_BIN ?? 'build/zhike'
const folder = mkdtempSync(join(tmpdir(), 'zhike-list-'))
const db = join(folder, 'million.db')
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
copyFileSync(process.env.BENCH_DB ?? 'bench/.cache/million.db', db, constants.COPYFILE_FICLONE)
execFileSync(bin, ['user', 'passwd', 'admin', '--password-stdin', '--db', db], { input: `${PASSWORD}\n`, stdio: ['pipe', 'ignore', 'inherit'] })
const server = spawn(bin, ['serve', '--db', db, '--data', folder, '--listen', `127.0.0.1:${PORT}`, '--log-level', 'error'], { stdio: ['ignore', 'ignore', 'inherit'] })
const base = `http://127.0.0.1:${PORT}`
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
try {
  for (let i = 0; i < 3000 && !(await fetch(`${base}/healthz`).then((r) => r.ok, () => false)); i++) await new Promise((done) => setTimeout(done, 100))
  const browser = await chromium.launch({ executablePath: process.env.ZHIKE_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
  const page = await (await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 800 } })).newPage()
  const entered = await page.request.post('/api/v1/session', { data: { login: 'admin', password: PASSWORD }, headers: { 'sec-fetch-site': 'same-origin' } })
  const me = await entered.json()
  if (me.must_change_password) await page.request.post('/api/v1/me/password', { data: { current: PASSWORD, new: `${PASSWORD}-2` }, headers: { 'sec-fetch-site': 'same-origin' } })
  const clicks = []
  for (let i = 0; i < ROUNDS; i++) {
    await page.goto('/')
    await page.locator('.side-item[href="/accounts"]').waitFor()
    await page.waitForTimeout(1500)
    // From the click to the frame that shows a row, seen from inside the page.
    clicks.push(await page.evaluate(() => new Promise((done) => {
      const began = performance.now()
      const look = () => (document.querySelector('.rt-row[data-id]') ? requestAnimationFrame(() => done(performance.now() - began)) : requestAnimationFrame(look))
      document.querySelector('.side-item[href="/accounts"]').click()
      look()
    })))
  }
  const scroll = await page.evaluate(([speed, seconds]) => new Promise((done) => {
    const box = document.querySelector('.rt')
    const began = performance.now()
    let last = began
    let frames = 0
    let gaps = 0
    let worst = 0
    let nodes = 0
    const step = (now) => {
      worst = Math.max(worst, now - last)
      box.scrollTop += (speed * (now - last)) / 1000
      last = now
      frames++
      // A gap: a line in the window that is not yet a record.
      const y = box.getBoundingClientRect()
      for (const part of [0.25, 0.6, 0.95]) {
        const at = document.elementFromPoint(y.left + 200, y.top + 40 + (y.height - 60) * part)?.closest('tr')
        if (at && !at.dataset.id) { gaps++; break }
      }
      if (frames % 30 === 0) nodes = Math.max(nodes, box.querySelectorAll('*').length)
      if (now - began < seconds * 1000) requestAnimationFrame(step)
      else done({ frames, gaps, worst, nodes, rows: Math.round(box.scrollTop / 36) })
    }
    requestAnimationFrame(step)
  }), [SPEED, SECONDS])
  const count = (await (await page.request.get('/api/v1/accounts?limit=1&count=estimate')).json()).count
  const text = `# The list of accounts, about ${count} rows, in Chromium on this machine's loopback

| what | measured |
| --- | --- |
| click to first rows, median of ${ROUNDS} | ${median(clicks).toFixed(0)} ms |
| click to first rows, slowest | ${Math.max(...clicks).toFixed(0)} ms |
| rows passed in ${SECONDS} s at ${SPEED} px/s | ${scroll.rows} |
| frames that showed a gap | ${scroll.gaps} of ${scroll.frames} |
| slowest frame | ${scroll.worst.toFixed(0)} ms |
| most elements of the table at once | ${scroll.nodes} |
| frames a second while scrolling | ${(scroll.frames / SECONDS).toFixed(0)} |
| load of the machine before it began | ${busy.toFixed(1)} on ${cpus().length} cores |

Goal: first rows within 200 ms of the click, no gaps. A load above a half says that the machine had other work, and that the times
are longer than they would be. Made by \`bench/list.mjs\`.
`
  writeFileSync(new URL('./LIST.md', import.meta.url), text)
  console.log(text)
  await browser.close()
} finally {
  server.kill('SIGTERM')
  await new Promise((done) => server.once('exit', done))
  rmSync(folder, { recursive: true, force: true })
}

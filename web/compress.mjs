// Puts NAME.br and NAME.gz beside every file of dist/ that gets smaller by it, and
// says what the first load weighs.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dist = new URL('./dist', import.meta.url).pathname
const kinds = /\.(js|css|html|svg|json|txt|webmanifest)$/
const FIRST_LOAD_LIMIT = 250 * 1024

function* files(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) yield* files(path)
    else yield path
  }
}

const size = new Map()
for (const path of files(dist)) {
  if (!kinds.test(path)) continue
  const raw = readFileSync(path)
  const br = brotliCompressSync(raw, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length },
  })
  const gz = gzipSync(raw, { level: 9 })
  if (br.length < raw.length) writeFileSync(path + '.br', br)
  if (gz.length < raw.length) writeFileSync(path + '.gz', gz)
  size.set(path, gz.length)
}

// What index.html names is loaded before anything is seen, and what boot.js names (web/chunks.ts) with it: one language and one screen.
const index = readFileSync(join(dist, 'index.html'), 'utf8')
const named = [...index.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map(([, name]) => name)
const boot = readFileSync(join(dist, named.find((name) => /\/boot-/.test(name))), 'utf8')
const later = JSON.parse(/const files = (\{.*\})/.exec(boot)[1])
const weight = (names) => names.reduce((n, name) => n + (size.get(join(dist, name)) ?? 0), 0)
const first = weight(named) + Math.max(weight(later['zh-CN']), weight(later.en)) + Math.max(weight(later.records), weight(later.home))
console.log(`first load: ${(first / 1024).toFixed(0)} KiB gzip`)
if (first > FIRST_LOAD_LIMIT) {
  console.error(`the first load is over ${FIRST_LOAD_LIMIT / 1024} KiB: import less of it at start`)
  process.exit(1)
}

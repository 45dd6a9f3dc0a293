// Runs every case on every engine; the last line is the tally.
import { readdirSync } from 'node:fs'
import { House, makeTemplate } from './harness.mjs'

const cases = []
const only = process.argv[2]
let passed = 0
let failed = 0
let skipped = 0

/** body(house, engine): a fresh database, its server running. `engines`: only these; `skip`: why not here. */
globalThis.it = (name, body, options = {}) => cases.push({ name, body, ...options })
for (const file of readdirSync(new URL('./cases/', import.meta.url)).sort())
  if (file.endsWith('.mjs')) await import(`./cases/${file}`)

async function judge(name, engine, body, fresh) {
  const began = Date.now()
  let house
  try {
    house = new House(engine, { started: fresh })
    if (fresh) await house.open()
    await body(house, engine)
    passed++
    if (process.env.VERBOSE) console.log(`pass ${name} (${Date.now() - began} ms)`)
  } catch (e) {
    failed++
    console.log(`fail ${name}\n${String(e.stack ?? e).split('\n').slice(0, 12).join('\n')}`)
    if (house?.log && process.env.VERBOSE) console.log(house.log.slice(-1500))
  }
  await house?.close().catch((e) => console.log(`closing ${name}: ${e.message}`))
}

const engines = ['sqlite', 'postgresql']
for (const engine of engines) {
  if (engine === 'postgresql' && !process.env.ZHIKE_FAULT_PG) {
    skipped++
    console.log('skip postgresql: none could be started')
    continue
  }
  if (engine === 'postgresql') await makeTemplate()
  for (const c of cases) {
    if (only && !c.name.includes(only)) continue
    if (c.engines && !c.engines.includes(engine)) continue
    if (c.skip) {
      skipped++
      console.log(`skip ${engine}: ${c.name}: ${c.skip}`)
      continue
    }
    await judge(`${engine}: ${c.name}`, engine, c.body, c.fresh !== false)
  }
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exit(failed || !passed ? 1 : 0)

// The server dies: what was acknowledged is there, what was not is whole or absent, and the next start finds its way.
import assert from 'node:assert/strict'
import { sleep } from '../harness.mjs'

/** Creates from `n` clients until told; the ids that were acknowledged. */
function load(house, n = 8) {
  const run = { acknowledged: [], refused: [], stopped: false }
  const one = async (who) => {
    for (let i = 0; !run.stopped; i++) {
      const name = `Load ${who} ${i}`
      const reply = await house.call('POST', '/accounts', { name, phone: `1380000${who}${i}`, external_id: `L-${who}-${i}` })
      if (reply.status === 201) run.acknowledged.push({ id: reply.body.id, name })
      else if (reply.status !== 0) run.refused.push(reply)
      else return
    }
  }
  run.over = Promise.all(Array.from({ length: n }, (_, i) => one(i)))
  return run
}

async function verify(house, run) {
  for (const { id, name } of run.acknowledged) {
    const reply = await house.call('GET', `/accounts/${id}`)
    assert.equal(reply.status, 200, `acknowledged ${id} (${name}) is lost: ${reply.status}`)
    assert.equal(reply.body.name, name)
  }
  const there = await house.count('accounts', "name LIKE 'Load %'")
  assert.ok(there >= run.acknowledged.length && there <= run.acknowledged.length + 8, `${there} of ${run.acknowledged.length}`)
  const check = house.cli('check')
  assert.equal(check.status, 0, check.stdout + check.stderr)
}

it('SIGKILL under a load of creates loses nothing acknowledged', async (house) => {
  const run = load(house)
  for (let i = 0; i < 200 && run.acknowledged.length < 150; i++) await sleep(50)
  await house.kill()
  await run.over
  assert.ok(run.acknowledged.length >= 50, `only ${run.acknowledged.length} created`)
  assert.deepEqual(run.refused, [])
  await house.start()
  await verify(house, run)
})

it('SIGTERM under load finishes what runs and exits with 0', async (house) => {
  const run = load(house)
  for (let i = 0; i < 200 && run.acknowledged.length < 50; i++) await sleep(50)
  const began = Date.now()
  assert.equal(await house.kill('SIGTERM'), 0, house.log)
  assert.ok(Date.now() - began < 10000)
  await run.over
  for (const r of run.refused) assert.equal(r.status, 503, `${r.status} ${r.text}`)
  await house.start()
  await verify(house, run)
})

const isRefused = (i) => i % 997 === 500
const parentOf = (i, n) => (i % 50 === 0 ? Math.min(i + 1017, n - 1) : i % 10 === 0 ? i - 1 : -1)

/** Rows that look back at an earlier one, forward at a later one, and some that are refused. */
function rowsOf(n) {
  let csv = 'name,external_id,city,phone,parent,employees\n'
  for (let i = 0; i < n; i++) {
    const parent = parentOf(i, n) < 0 ? '' : `R-${parentOf(i, n)}`
    csv += `Row ${i},R-${i},Town ${i % 90},1390000${i},${parent},${isRefused(i) ? 'many' : i}\n`
  }
  return csv
}

it('an import goes on where a SIGKILL cut it off: no row twice, none lost', async (house) => {
  const n = 4000
  const all = Array.from({ length: n }, (_, i) => i)
  const refused = all.filter(isRefused).length
  const file = await house.upload('rows.csv', rowsOf(n))
  const map = { columns: { parent: 'parent.external_id' } }
  const started = await house.call('POST', '/imports', { entity: 'account', file, map }) // without match: again would double
  assert.equal(started.status, 202, started.text)
  for (let i = 0; i < 1500 && (await house.count('accounts')) < 1200; i++) await sleep(20)
  await house.kill()
  await house.start()
  const half = await house.count('accounts')
  assert.ok(half >= 1200 && half < n - refused, `${half} rows are there`)
  assert.equal(await house.kill('SIGTERM'), 0) // and once more, politely
  await house.start()
  const job = await house.job(started.body.job, ['done', 'failed', 'cancelled'], 240)
  assert.equal(job.state, 'done', job.error)
  const { created, rejected, rows, operation, rejected_file } = job.result
  assert.deepEqual({ created, rejected, rows }, { created: n - refused, rejected: refused, rows: n })
  assert.equal(await house.count('accounts'), n - refused)
  const lines = (await house.call('GET', `/files/${rejected_file}`)).text.trim().split('\n')
  assert.equal(lines.length, refused + 1)
  assert.deepEqual(lines.slice(1).map((l) => l.split(',')[1]), all.filter(isRefused).map((i) => `R-${i}`))
  const parents = await house.call('POST', '/query', { query: "SELECT COUNT() n FROM account WHERE parent != null" })
  assert.equal(parents.body.records[0].n, all.filter((i) => !isRefused(i) && parentOf(i, n) >= 0 && !isRefused(parentOf(i, n))).length)
  const undone = await house.call('POST', `/operations/${operation}/undo`, {}, { timeout: 120000 })
  assert.equal(undone.status, 200, undone.text)
  assert.equal(await house.count('accounts'), 0)
})

it('SIGKILL during an import, and the half is undone: it does not go on', async (house) => {
  await house.make('accounts', { name: 'Was here before', external_id: 'R-5', city: 'old' })
  let csv = 'name,external_id,city,phone\n'
  for (let i = 0; i < 60000; i++) csv += `Row ${i},R-${i},Town ${i % 90},1390000${i}\n`
  const file = await house.upload('rows.csv', csv)
  const started = await house.call('POST', '/imports', { entity: 'account', file, match: 'external_id' })
  assert.equal(started.status, 202, started.text)
  for (let i = 0; i < 600 && (await house.count('accounts')) < 300; i++) await sleep(20)
  await house.kill()
  await house.start()
  const half = await house.count('accounts')
  assert.ok(half > 1 && half < 60000, `${half} rows are there`)
  const operations = (await house.call('GET', '/operations')).body.operations
  const half_import = operations.find((o) => o.kind === 'import')
  assert.ok(half_import, JSON.stringify(operations))
  const undone = await house.call('POST', `/operations/${half_import.id}/undo`, {}, { timeout: 60000 })
  assert.equal(undone.status, 200, undone.text)
  assert.equal(await house.count('accounts'), 1)
  assert.equal((await house.job(started.body.job)).state, 'cancelled')
  await sleep(house.engine === 'sqlite' ? 3000 : 0)
  assert.equal(await house.count('accounts'), 1)
  const before = (await house.call('GET', "/accounts?where=external_id='R-5'")).body.records[0]
  assert.equal(before.name, 'Was here before')
  assert.equal(before.city, 'old')
  const check = house.cli('check')
  assert.equal(check.status, 0, check.stdout + check.stderr)
})

it('a second server on one SQLite file is refused', async (house) => {
  const second = house.cli('serve', '--listen', '127.0.0.1:0')
  assert.equal(second.status, 1, second.stderr)
  assert.equal(second.stderr.trim().split('\n').length, 1, second.stderr)
  assert.equal((await house.call('GET', '/me')).status, 200)
}, { engines: ['sqlite'] })

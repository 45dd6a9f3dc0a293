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

it('SIGKILL during an import: the job says so, the half is undone', async (house) => {
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
  if (house.engine === 'sqlite') {
    const job = await house.job(started.body.job)
    assert.equal(job.state, 'failed')
    assert.ok(job.error?.length > 5, 'the job says why')
  }
  const operations = (await house.call('GET', '/operations')).body.operations
  const half_import = operations.find((o) => o.kind === 'import')
  assert.ok(half_import, JSON.stringify(operations))
  const undone = await house.call('POST', `/operations/${half_import.id}/undo`, {}, { timeout: 60000 })
  assert.equal(undone.status, 200, undone.text)
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

// The server dies: what was acknowledged is there, what was not is whole or absent, and the next start finds its way.
import assert from 'node:assert/strict'
import { silent, sleep } from '../harness.mjs'

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
  if (house.engine === 'postgresql') silent(house.db)
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

/** Kills the server once a job has begun to change records and is not near its end; starts it again. */
async function cutOff(house, progress, n) {
  let done = 0
  for (const until = Date.now() + 60000; done < 200 && Date.now() < until; ) done = await progress()
  await house.kill()
  if (house.engine === 'postgresql') silent(house.db)
  await house.start()
  const half = await progress()
  assert.ok(half >= 200 && half < n, `${half} of ${n} were done`)
}
const lines = async (house, operation) => (await house.call('GET', '/security_events?kind=bulk&limit=50')).body.events.map((e) => e.detail).filter((d) => d.operation === Number(operation))

it('a hand-over goes on where a SIGKILL cut it off: each record once, in turn, and it knows who refused', async (house) => {
  const n = house.engine === 'sqlite' ? 2400 : 900
  const person = (name, more) => house.make('users', { name, login: name.toLowerCase(), state: 'active', ...more })
  const leaver = await person('Leaver')
  const heirs = [await person('Heir', { manager: leaver.id }), await person('Other')]
  await person('Third', { manager: leaver.id })
  const made = await house.call('POST', '/leads/bulk', { rows: Array.from({ length: n }, (_, i) => ({ do: 'create', record: { name: `Lead ${i}`, owner: leaver.id } })) }, { timeout: 60000 })
  assert.equal(made.status, 200, made.text.slice(0, 300))
  const to = [{ user: heirs[0].id, share: 2 }, { user: heirs[1].id }]
  const started = await house.call('POST', `/users/${leaver.id}/handover`, { parts: [{ entity: 'user', field: 'manager', to: to.slice(0, 1) }, { entity: 'lead', to }] })
  assert.equal(started.status, 202, started.text)
  const owned = (who) => house.count('leads', `owner = '${who.id}'`)
  await cutOff(house, async () => n - (await owned(leaver)), n)

  const job = await house.job(started.body.job, ['done', 'failed', 'cancelled'], 120)
  assert.equal(job.state, 'done', job.error)
  const { total, changed, refused, operation, problems } = job.result
  assert.deepEqual({ total, changed, refused }, { total: n + 2, changed: n + 1, refused: 1 }) // nobody is their own manager
  assert.deepEqual(problems.map((p) => [p.entity, p.id]), [['user', heirs[0].id]], 'what was refused before is told')
  assert.deepEqual([await owned(leaver), await owned(heirs[0]), await owned(heirs[1])], [0, Math.ceil((n * 2) / 3), Math.floor(n / 3)])
  assert.equal(await house.count('leads', 'version = 2'), n, 'each was changed once')
  const told = (await house.call('GET', `/leads/${made.body.results[n - 1].id}/history`)).body.changes
  assert.deepEqual(told.map((c) => [c.operation, c.fields.owner?.old?.id]), [[operation, leaver.id], [made.body.operation, undefined]], JSON.stringify(told))
  assert.deepEqual((await lines(house, operation)).map((d) => [d.what, d.changed ?? d.rows, d.refused]), [['done', n + 1, 1], ['hand_over', n + 2, undefined]])

  const undone = await house.call('POST', `/operations/${operation}/undo`, {}, { timeout: 120000 })
  assert.equal(undone.status, 200, undone.text)
  assert.equal(await owned(leaver), n)
})

it('a change of many goes on where a SIGKILL cut it off: nothing is made twice', async (house) => {
  const n = 2000
  const made = await house.call('POST', '/accounts/bulk', { rows: Array.from({ length: n }, (_, i) => ({ do: 'create', record: { name: `Firm ${i}` } })) }, { timeout: 60000 })
  assert.equal(made.status, 200, made.text.slice(0, 300))
  const started = await house.call('POST', '/changes', { entity: 'account', where: null, do: 'make', make: 'activity', via: 'about', record: { kind: 'task', subject: 'Call them' } })
  assert.equal(started.status, 202, started.text)
  await cutOff(house, () => house.count('activities'), n)
  const job = await house.job(started.body.job, ['done', 'failed', 'cancelled'], 120)
  assert.equal(job.state, 'done', job.error)
  assert.deepEqual([job.result.total, job.result.changed, job.result.refused], [n, n, 0])
  assert.equal(await house.count('activities'), n)
  assert.equal((await house.call('POST', `/operations/${job.result.operation}/undo`, {}, { timeout: 120000 })).status, 200)
  assert.equal(await house.count('activities'), 0)
}, { engines: ['sqlite'] })

it('a second server on one SQLite file is refused', async (house) => {
  const second = house.cli('serve', '--listen', '127.0.0.1:0')
  assert.equal(second.status, 1, second.stderr)
  assert.equal(second.stderr.trim().split('\n').length, 1, second.stderr)
  assert.equal((await house.call('GET', '/me')).status, 200)
}, { engines: ['sqlite'] })

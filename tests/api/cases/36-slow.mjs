// A question that takes too long is ended after five seconds, with what to do about it; others go on meanwhile.
import { spawn } from 'node:child_process'
import { Client } from '../harness.mjs'

const LONG = 'Lorem ipsum dolor sit amet, 客户 '.repeat(500)

it('a question of more than five seconds is ended: narrow it', async (run, assert) => {
  const rows = Array.from({ length: 1000 }, (_, i) => ({ do: 'create', record: { name: `Slow ${i}`, description: LONG } }))
  for (let i = 0; i < rows.length; i += 250) await run.admin.post('/accounts/bulk', { rows: rows.slice(i, i + 250) })
  const where = Array.from({ length: 480 }, (_, i) => `description LIKE '%q${i}%z%'`).join(' OR ')
  const from = Date.now()
  const asked = run.admin.post('/query', { query: `SELECT id FROM account WHERE ${where} ORDER BY address` }, { expect: 422 })
  await new Promise((done) => setTimeout(done, 500))
  const quick = Date.now()
  await run.admin.get('/accounts?limit=1')
  assert.ok(Date.now() - quick < 2500, 'a quick request waits for a slow one')
  const answer = await asked
  const took = Date.now() - from
  assert.equal(answer.body.code, 'too_slow')
  assert.match(answer.body.detail, /Narrow it|缩小范围/)
  assert.ok(took > 4000 && took < 20000, `after ${took} ms`)
  const narrow = await run.admin.post('/query', { query: `SELECT id FROM account WHERE name = 'Slow 3' AND (${where.slice(0, 2000).replace(/ OR [^O]*$/, '')}) ORDER BY address` }, { expect: 200 })
  assert.deepEqual(narrow.body.records, [])
})

it('an engine that is busy while one is recognised makes a change late, and no question that could be narrowed', async (run, assert) => {
  const first = async () => new Client(run, { token: (await run.admin.post('/tokens', { name: 'first seen by a write' }, { expect: 201 })).body.token })
  const [writer, listener] = [await first(), await first()]
  const lock = run.engine === 'postgresql' && spawn('psql', ['-X', '-q', '-A', '-t', run.server.db, '-c', 'BEGIN; LOCK TABLE zk_token IN ACCESS EXCLUSIVE MODE; SELECT 1;', '-c', 'SELECT pg_sleep(0.6); COMMIT'])
  if (lock) await new Promise((done) => lock.stdout.once('data', done)) // SQLite's readers wait for nobody
  const made = writer.post('/leads', { name: 'Late', company: 'Busy Ltd' }, { expect: 201 })
  const heard = fetch(`${run.server.base}/api/v1/events`, { headers: { authorization: `Bearer ${listener.auth.token}` } })
  assert.equal((await made).body.name, 'Late')
  const stream = await heard
  assert.equal(stream.status, 200)
  await stream.body.cancel()
}, { own: true })

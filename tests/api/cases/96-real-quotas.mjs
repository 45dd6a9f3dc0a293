// A seller's real quotas: 163 of them, by person and period, as the file says.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { dirname, join } from 'node:path'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')
const file = join(process.env.ZHIKE_TEST_DATA || join(root, '../shared/data'), 'adventureworks-quotas', 'SalesPersonQuotaHistory.csv')

it('FCST-4, FCST-10: 163 quotas of a bicycle maker add up by person and by period', async (run, assert) => {
  if (!existsSync(file)) return console.log('skip: no ZHIKE_TEST_DATA with adventureworks-quotas')
  const map = join(root, 'tests/data/adventureworks/quotas.json')
  const periods = JSON.parse(readFileSync(map, 'utf8')).values.period
  const starts = Object.entries(periods).map(([text, key]) => [key, new Date(`${text.replace(' 12:00AM', '')} UTC`).getTime()])
  const day = (ms) => new Date(ms).toISOString().slice(0, 10)
  for (const [i, [key, start]] of starts.entries())
    await run.admin.make('fiscal_periods', { key, kind: 'quarter', start: day(start), end: day((starts[i + 1]?.[1] ?? start + 90 * 864e5) - 864e5) })
  await run.admin.post('/currency_rates', { currency: 'USD', rate: 7, date: '2010-01-01' })
  const loaded = run.server.cli('import', 'quota', file, '--map', map, '--create-missing')
  assert.equal(loaded.status, 0, loaded.stdout + loaded.stderr)

  const person = new Map()
  const period = new Map()
  const lines = readFileSync(file, 'utf8').trim().split(/\r?\n/).slice(1).map((l) => l.split(','))
  assert.equal(lines.length, 163)
  for (const [id, date, amount] of lines) {
    const cents = Math.round(Number(amount) * 100)
    person.set(id, (person.get(id) ?? 0) + cents)
    period.set(periods[date], (period.get(periods[date]) ?? 0) + cents)
  }
  const ask = async (by) => (await run.admin.post('/query', { query: `SELECT ${by}, COUNT(id) n, SUM(amount) s FROM quota WHERE period.key LIKE 'AW%' GROUP BY ${by}` }, { expect: 200 })).body.records
  const byPerson = await ask('user.name')
  assert.deepEqual(Object.fromEntries(byPerson.map((r) => [r.user.name, Math.round(r.s * 100)])), Object.fromEntries(person))
  const byPeriod = await ask('period')
  assert.deepEqual(Object.fromEntries(byPeriod.map((r) => [r.period, Math.round(r.s * 100)])), Object.fromEntries(period))
  assert.equal(byPeriod.reduce((n, r) => n + r.n, 0), 163)

  // and through the forecast: each person's quota of a quarter
  const key = 'AW2013-2'
  const v = (await run.admin.get(`/views/forecast?period=${key}&user=${(await run.admin.get("/users?where=name%20%3D%20'275'")).body.records[0].id}`)).body
  const text = Object.entries(periods).find(([, k]) => k === key)[0]
  const own = Number(lines.find(([id, date]) => id === '275' && date === text)[2])
  const base = (await run.admin.post('/query', { query: `SELECT amount, amount_base FROM quota WHERE user.name = '275' AND period = '${key}'` })).body.records[0]
  assert.deepEqual([base.amount, v.rows[0].own.quota.value], [own, base.amount_base])

  // the same file once more: a person has one quota a period (FCST-4)
  run.server.cli('import', 'quota', file, '--map', map)
  assert.equal((await ask('period')).reduce((n, r) => n + r.n, 0), 163)
}, { own: true })

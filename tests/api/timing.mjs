// How long a record that is hidden takes to be refused, and one that is not there: 10,000 pairs each, in turn, whichever of the two
// comes first changing; the medians may differ by 5 %. Part of `make test-all`: it measures time, so it is no part of `make test`.
import { Agent, get } from 'node:http'
import { Client, Contract, PASSWORD, engines, signIn } from './harness.mjs'
import { build, upload } from './hostile/house.mjs'

const PAIRS = Number(process.env.ZHIKE_TIMING_PAIRS) || 10000
const MOST = 0.05
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
let [passed, failed, skipped] = [0, 0, 0]

function ask(base, path, cookie) {
  return new Promise((done, fail) => {
    const began = process.hrtime.bigint()
    get(`${base}/api/v1${path}`, { agent, headers: { cookie: `zhike_session=${cookie}` } }, (r) => {
      r.resume()
      r.on('end', () => done({ ns: Number(process.hrtime.bigint() - began), status: r.statusCode }))
    }).on('error', fail)
  })
}
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1]

async function measure(base, client, hidden, absent) {
  const took = [[], []]
  for (let i = -300; i < PAIRS; i++)
    for (const which of i & 1 ? [0, 1] : [1, 0]) {
      const { ns, status } = await ask(base, [hidden, absent][which], client.auth.cookie)
      if (status !== 404) throw new Error(`${[hidden, absent][which]}: ${status}`)
      if (i >= 0) took[which].push(ns)
    }
  return took.map((t) => median(t) / 1000)
}

for (const engine of engines()) {
  const run = { engine: engine.name, server: engine.open() }
  await run.server.start()
  run.admin = (await signIn(run, 'admin', PASSWORD)).client
  run.admin = new Client(run, { token: (await run.admin.post('/tokens', { name: 'timing' }, { expect: 201 })).body.token })
  run.contract = new Contract(JSON.parse((await run.admin.get('/openapi.json')).text))
  const h = await build(run, 't')
  await h.set({ read: 'own' })
  await run.admin.post('/accounts/bulk', { rows: Array.from({ length: 2000 }, (_, i) => ({ do: 'create', record: { name: `A ${i}`, owner: h.people[i % 2 ? 'me' : 'peer'] } })) }, { expect: 200 })
  const account = (await run.admin.make('accounts', { name: 'Hidden', owner: h.people.stranger })).id
  const deal = (await run.admin.make('opportunities', { name: 'Hidden', stage: 'prospecting', owner: h.people.stranger })).id
  const rival = (await run.admin.make('competitors', { name: 'Rival' })).id
  const part = (await run.admin.make('opportunity_competitors', { opportunity: deal, competitor: rival })).id
  const task = (await run.admin.make('activities', { kind: 'task', subject: 'Hidden', about: `account/${account}`, owner: h.people.stranger })).id
  const file = (await upload(run.admin, 'x.txt', 'x', `account/${account}`)).body.id
  const absent = String(Number(file) + 50)
  for (const path of ['/accounts/ID', '/accounts/ID/history', '/opportunity_competitors/ID', '/activities/ID', '/activities/ID/history', '/files/ID/info']) {
    const id = path.startsWith('/files') ? file : path.startsWith('/opp') ? part : path.startsWith('/act') ? task : account
    const [there, not] = await measure(run.server.base, h.client, path.replace('ID', id), path.replace('ID', absent))
    const apart = (there - not) / not
    const good = Math.abs(apart) <= MOST
    if (good) passed++
    else failed++
    console.log(`${good ? 'pass' : 'fail'} ${engine.name} ${path}: hidden ${there.toFixed(1)} µs, absent ${not.toFixed(1)} µs, ${(apart * 100).toFixed(1)} %, ${PAIRS} pairs`)
  }
  await run.server.stop()
  run.server.remove()
  engine.close()
}
if (!process.env.ZHIKE_TEST_PG) skipped++
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
agent.destroy()
process.exit(failed ? 1 : 0)

// People around one person, a role that is written anew for each cell, and the slow checker: whose records a reach holds.
import { signIn } from '../harness.mjs'

export const q = encodeURIComponent
export const REACHES = ['own', 'below', 'team', 'team_below', 'all']
export const OWNERS = ['me', 'peer', 'below', 'managed', 'stranger']
export const held = { own: ['me'], below: ['me', 'below', 'managed'], team: ['me', 'peer'], team_below: ['me', 'peer', 'below', 'managed'], all: OWNERS }
const VERBS = ['read', 'create', 'update', 'delete', 'export', 'import', 'bulk', 'assign', 'share', 'merge', 'convert']

/** Everything of the long run, or a sample that differs from day to day and says by which number it was drawn. */
export const everything = Boolean(process.env.ZHIKE_TEST_ALL)
export const seed = Number(process.env.ZHIKE_TEST_SEED) || Math.floor(Math.random() * 0xffffffff)

/** mulberry32: the same numbers for the same seed. */
export function random(from = seed) {
  let a = from >>> 0
  const next = () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (n) => Math.floor(next() * n)
  const pick = (list) => list[below(list.length)]
  const some = (list, n) => {
    const left = [...list]
    return Array.from({ length: Math.min(n, left.length) }, () => left.splice(below(left.length), 1)[0])
  }
  return { next, below, pick, some }
}

export function upload(client, name, content, about) {
  const f = new FormData()
  f.append('file', new Blob([content]), name)
  if (about) f.append('about', about)
  return client.call('POST', '/files', { raw: f })
}

/** Waits until a job is over; what it says. */
export async function job(client, begun) {
  for (const end = Date.now() + 60000; Date.now() < end; ) {
    const state = (await client.get(`/jobs/${begun.job}`)).body
    if (['done', 'failed', 'cancelled'].includes(state.state)) return state
    await new Promise((done) => setTimeout(done, 20))
  }
  throw new Error(`job ${begun.job} never ended`)
}

export async function until(condition, what, ms = 30000) {
  for (const end = Date.now() + ms; ; ) {
    const found = await condition()
    if (found) return found
    if (Date.now() > end) throw new Error(`in vain: ${what}`)
    await new Promise((done) => setTimeout(done, 20))
  }
}

/** What an event stream says, as it comes. */
export async function listen(run, client) {
  const stop = new AbortController()
  const headers = client.auth.token ? { authorization: `Bearer ${client.auth.token}` } : { cookie: `zhike_session=${client.auth.cookie}` }
  const response = await fetch(`${run.server.base}/api/v1/events`, { headers, signal: stop.signal })
  const said = { text: '', close: () => stop.abort() }
  said.done = (async () => {
    const decoder = new TextDecoder()
    try {
      for await (const piece of response.body) said.text += decoder.decode(piece, { stream: true })
    } catch {
      // closed
    }
  })()
  await until(() => said.text.includes('welcome'), 'the stream to open')
  return said
}

const houses = new Map()

/** One for each name and server. */
export function build(run, name) {
  const key = `${run.engine} ${name}`
  if (!houses.has(key)) houses.set(key, furnish(run, name))
  return houses.get(key)
}

async function furnish(run, name) {
  const mark = `${name}${Date.now().toString(36)}`
  const a = run.admin
  const team = async (text, parent = null) => (await a.make('teams', { name: `${text} ${mark}`, parent })).id
  const north = await team('North')
  const [under, south] = [await team('North-1', north), await team('South')]
  const role = await a.make('roles', { name: `Cell ${mark}`, key: `cell_${mark}` })
  const row = await a.make('role_rights', { role: role.id, entity: '*' })
  const person = async (who, of, more = {}) => (await a.make('users', { name: `${who} ${mark}`, login: `${who}-${mark}`, state: 'active', team: of, ...more })).id
  const people = { me: await person('me', north, { role: role.key }) }
  people.peer = await person('peer', north)
  people.below = await person('below', under)
  people.managed = await person('managed', south, { manager: people.me })
  people.stranger = await person('stranger', south, { role: role.key })
  const enter = async (who) => {
    await a.post(`/users/${people[who]}/password`, { password: 'first password', keep: true }, { expect: 204 })
    return (await signIn(run, `${who}-${mark}`, 'first password')).client
  }
  const set = (rights) => a.patch(`/role_rights/${row.id}`, Object.fromEntries(VERBS.map((v) => [v, rights[v] ?? rights.rest ?? 'none'])), { expect: 200 })
  await set({ rest: 'all' })
  return { run, mark, people, role, row, set, north, client: await enter('me'), stranger: await enter('stranger') }
}

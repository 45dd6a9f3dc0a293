// Signing in by a provider of OpenID Connect: a certified one in every way it goes, and one that lies in every way it can.
// The rules are numbered in src/oidc/README.md.
import { Client } from '../harness.mjs'
import { codeOf, steadyStep } from '../totp.mjs'
import { Browser, makeKey, makeToken, startLiar, startProvider } from '../../support/provider/provider.mjs'

const SECRET = 'the secret of the tests, 32 bytes'
const OFF = { on: false, issuer: '', client_id: '', client_secret: null, scopes: 'openid profile email', button: null, claim_team: '', claim_role: '', join_by: 'email', make_users: false, trust_second_step: false, seconds: 10, roles: [], teams: [] }
const ALGS = ['RS256', 'PS256', 'ES256', 'EdDSA']

const set = (run, patch) => run.admin.patch('/settings/oidc', patch, { expect: 200 }).then((r) => r.body)

const clients = (run) => () => ALGS.map((alg) => ({
  client_id: `zhike-${alg}`,
  client_secret: SECRET,
  id_token_signed_response_alg: alg,
  redirect_uris: [`${run.server.base}/api/v1/oidc/callback`],
  post_logout_redirect_uris: [`${run.server.base}/sign-in`],
  backchannel_logout_uri: `${run.server.base}/api/v1/oidc/logout`,
  backchannel_logout_session_required: true,
}))

const people = {
  ann: { name: 'Ann Oidc', preferred_username: 'ann.oidc', email: 'Ann.Oidc@example.com', email_verified: true },
  bob: { name: 'Bob Oidc', preferred_username: 'bob.oidc', email: 'bob.oidc@example.com', email_verified: false },
  cleo: { name: 'Cleo Oidc', preferred_username: 'cleo.oidc', email: 'cleo.oidc@example.com', email_verified: true, groups: ['staff', 'chiefs'], team: 'north' },
}

/** Everything in here has a provider of its own, and leaves the settings as they were. */
function withProvider(name, body) {
  it(`provider: ${name}`, async (run, assert) => {
    const provider = await startProvider({ people, clients: clients(run) })
    try {
      await set(run, { ...OFF, on: true, issuer: provider.issuer, client_id: 'zhike-RS256', client_secret: SECRET })
      await body(run, assert, provider)
    } finally {
      await set(run, OFF)
      await provider.stop()
    }
  }, { own: true })
}

function withLiar(name, body) {
  it(`provider: ${name}`, async (run, assert) => {
    const liar = await startLiar()
    try {
      await set(run, { ...OFF, on: true, issuer: liar.issuer, client_id: 'zhike', client_secret: SECRET, make_users: true, join_by: 'none' })
      await body(run, assert, liar)
    } finally {
      await set(run, OFF)
      await liar.stop()
    }
  }, { own: true })
}

/** All the way with a real provider: the client of who came in, or the code of the refusal. */
async function enter(run, provider, sub, to = '/leads') {
  const browser = new Browser()
  const start = await browser.go(`${run.server.base}/api/v1/oidc/start?to=${encodeURIComponent(to)}`)
  const page = await browser.through(start.location, provider.issuer, sub)
  const end = await browser.go(page.location)
  const cookie = browser.jar(run.server.base).get('zhike_session')
  return { browser, end, sso: new URL(end.location).searchParams.get('sso'), client: cookie && new Client(run, { cookie }) }
}

const userOf = async (run, where) => (await run.admin.get(`/users?where=${encodeURIComponent(where)}`)).body.records[0]
const lastEvent = async (run, kind) => (await run.admin.get(`/security_events?kind=${kind}&limit=1`)).body.events[0]

// ---- settings ----

it('provider: settings: what is wrong is named, the secret is never shown', async (run, assert) => {
  const before = (await run.admin.get('/settings/oidc')).body
  assert.equal(before.on, false)
  assert.equal(before.redirect_uri, `${run.server.base}/api/v1/oidc/callback`)
  const bad = await run.admin.patch('/settings/oidc', { on: true, issuer: 'http://id.example.com', scopes: 'profile', seconds: 31, join_by: 'name', roles: [{ value: 'x', role: 'king' }], teams: [{ value: 'x' }] }, { expect: 422 })
  assert.deepEqual(bad.body.errors.map((e) => e.field).sort(), ['client_id', 'issuer', 'join_by', 'roles', 'scopes', 'seconds', 'teams'])
  for (const issuer of ['ftp://127.0.0.1', 'https://user:word@id.example.com', 'https://id.example.com/#a', 'http://127.0.0.1.example.com', 'javascript:alert(1)', 'https://id.example.com/?a=b', 'https:///x', 'http://127.1.example.com'])
    await run.admin.patch('/settings/oidc', { issuer }, { expect: 422 })
  assert.deepEqual((await run.admin.get('/settings/oidc')).body, before)

  const kept = await set(run, { issuer: 'https://id.example.com', client_id: 'zhike', client_secret: SECRET, button: { en: 'Sign in with Example', 'zh-CN': '用示例登录' } })
  assert.equal(kept.secret, true)
  assert.ok(!JSON.stringify(kept).includes(SECRET))
  assert.deepEqual((await run.anyone.get('/oidc')).body, { on: false, button: { en: null, 'zh-CN': null } })
  assert.equal((await set(run, { client_id: 'other' })).secret, true)
  assert.equal((await set(run, { issuer: 'https://id2.example.com' })).secret, false) // it goes to no other provider
  await set(run, { on: true })
  assert.deepEqual((await run.anyone.get('/oidc')).body, { on: true, button: { en: 'Sign in with Example', 'zh-CN': '用示例登录' } })
  assert.equal((await lastEvent(run, 'settings')).detail.what, 'oidc')
  await set(run, OFF)
  const start = await run.anyone.call('GET', '/oidc/start', { expect: 302 })
  assert.equal(start.headers.get('location'), '/sign-in?sso=oidc_off')
  await run.anyone.call('GET', '/oidc/start?from=x', { expect: 400 })
  await run.anyone.call('GET', '/oidc/callback?code=x', { expect: 400 })
}, { own: true })

// ---- a certified provider ----

withProvider('every algorithm; who comes first is joined by a verified e-mail, and found by issuer and sub from then on', async (run, assert, provider) => {
  const ann = await run.admin.make('users', { name: 'Ann', login: 'ann.here', email: 'ann.oidc@example.com', state: 'active' })
  for (const alg of ALGS) {
    await set(run, { client_id: `zhike-${alg}` })
    const { client, end } = await enter(run, provider, 'ann')
    assert.equal(new URL(end.location).pathname, '/leads', `${alg}: ${end.location}`)
    assert.equal((await client.get('/me')).body.id, ann.id)
  }
  const event = await lastEvent(run, 'sign_in')
  assert.equal(event.user.id, ann.id)
  assert.equal(event.detail.how, 'oidc')
  people.ann.email = 'elsewhere@example.com' // the link is sub, not the e-mail
  assert.equal((await (await enter(run, provider, 'ann')).client.get('/me')).body.id, ann.id)
  people.ann.email = 'Ann.Oidc@example.com'
  await run.admin.del(`/users/${ann.id}/oidc`)
  await run.admin.del('/users/999999999/oidc', { expect: 404 })
  await set(run, { join_by: 'none' })
  assert.equal((await enter(run, provider, 'ann')).sso, 'oidc_unknown')
})

withProvider('an e-mail that is not verified joins nobody, and takes nobody', async (run, assert, provider) => {
  const bob = await run.admin.make('users', { name: 'Bob', login: 'bob.here', email: 'bob.oidc@example.com', state: 'active' })
  const { sso, client } = await enter(run, provider, 'bob')
  assert.equal(sso, 'oidc_unknown')
  assert.equal(client, undefined)
  assert.equal((await lastEvent(run, 'sign_in_refused')).detail.why, 'oidc_unknown')
  await set(run, { make_users: true, join_by: 'none' })
  const made = await (await enter(run, provider, 'bob')).client.get('/me')
  assert.notEqual(made.body.id, bob.id)
  assert.equal(made.body.email, null)
  assert.equal(made.body.login, 'bob.oidc')
  assert.equal((await run.admin.get(`/users/${bob.id}`)).body.state, 'active')
})

withProvider('a login joins where the settings say so; a user is one person at a provider', async (run, assert, provider) => {
  const user = await run.admin.make('users', { name: 'Cleo', login: 'CLEO.oidc', state: 'invited' })
  await set(run, { join_by: 'login' })
  assert.equal((await (await enter(run, provider, 'cleo')).client.get('/me')).body.id, user.id)
  assert.equal((await run.admin.get(`/users/${user.id}`)).body.state, 'active') // the invitation is taken
  people.eve = { ...people.cleo, name: 'Eve' }
  assert.equal((await enter(run, provider, 'eve')).sso, 'oidc_other_person')
  await set(run, { join_by: 'none', make_users: true })
  assert.equal((await enter(run, provider, 'eve')).sso, 'oidc_taken') // not even another user of the same login
  delete people.eve
  await run.admin.patch(`/users/${user.id}`, { state: 'disabled' }, { expect: 200 })
  assert.equal((await enter(run, provider, 'cleo')).sso, 'oidc_disabled')
  await run.admin.del(`/users/${user.id}`)
  assert.equal((await enter(run, provider, 'cleo')).sso, 'oidc_disabled') // nor does somebody new take the place
  await run.admin.post(`/users/${user.id}/restore`, {}, { expect: 200 })
  await run.admin.patch(`/users/${user.id}`, { state: 'active', login: null }, { expect: 200 })
  await run.admin.del(`/users/${user.id}/oidc`)
})

withProvider('team and role by claim at every sign-in; unknown values do nothing; the last administrator stays', async (run, assert, provider) => {
  Object.assign(people.cleo, { groups: ['staff', 'chiefs'], team: 'north' })
  const north = await run.admin.make('teams', { name: 'OIDC north' })
  const gone = await run.admin.make('teams', { name: 'OIDC gone' })
  await set(run, { scopes: 'openid profile email groups', make_users: true, claim_role: 'groups', claim_team: 'team', roles: [{ value: 'chiefs', role: 'administrator' }, { value: 'plain', role: 'member' }], teams: [{ value: 'north', team: north.id }, { value: 'gone', team: gone.id }] })
  await run.admin.del(`/teams/${gone.id}`)
  let me = (await (await enter(run, provider, 'cleo')).client.get('/me')).body
  assert.equal(me.role, 'administrator')
  assert.equal(me.team.id, north.id)
  assert.equal((await lastEvent(run, 'rights')).user.id, me.id)
  Object.assign(people.cleo, { groups: ['nothing we know'], team: 'south' })
  me = (await (await enter(run, provider, 'cleo')).client.get('/me')).body
  assert.deepEqual([me.role, me.team.id], ['administrator', north.id])
  Object.assign(people.cleo, { groups: 'plain', team: 'gone' })
  me = (await (await enter(run, provider, 'cleo')).client.get('/me')).body
  assert.deepEqual([me.role, me.team.id], ['member', north.id])
  const rights = (await lastEvent(run, 'rights')).id
  const history = (await run.admin.get(`/users/${me.id}/history`)).body.changes.length
  assert.ok((await enter(run, provider, 'cleo')).client) // the same again changes and writes nothing
  assert.equal((await lastEvent(run, 'rights')).id, rights)
  assert.equal((await run.admin.get(`/users/${me.id}/history`)).body.changes.length, history)
  // the last administrator stays one, whatever the claim says, and comes in
  const admins = (await run.admin.get(`/users?where=${encodeURIComponent("role = 'administrator' AND state = 'active'")}`)).body.records
  assert.equal(admins.length, 1)
  await set(run, { join_by: 'login' })
  people.root = { preferred_username: admins[0].login, groups: 'plain', team: 'north' }
  me = (await (await enter(run, provider, 'root')).client.get('/me')).body
  assert.deepEqual([me.id, me.role, me.team.id], [admins[0].id, 'administrator', north.id])
  await run.admin.patch(`/users/${me.id}`, { team: null }, { expect: 200 })
  await run.admin.del(`/users/${me.id}/oidc`)
})

withProvider('signing out here, there, and by back channel', async (run, assert, provider) => {
  await run.admin.make('users', { name: 'Ann out', login: 'ann.out', email: 'ann.out@example.com', state: 'active' })
  people.out = { name: 'Out', email: 'ann.out@example.com', email_verified: true }
  const first = await enter(run, provider, 'out')
  const second = await enter(run, provider, 'out') // another browser
  assert.ok(first.client && second.client)
  const gone = await first.client.post('/session/end', undefined, { expect: 200 })
  assert.ok(gone.body.url.startsWith(`${provider.issuer}/session/end?`), gone.body.url)
  await first.client.call('GET', '/me', { expect: 401 })
  let page = await first.browser.walk(gone.body.url, provider.issuer)
  const form = first.browser.send(page, { logout: 'yes' })
  page = await first.browser.walk(form.url, provider.issuer, form.init)
  assert.equal(page.location, `${run.server.base}/sign-in`)
  await second.client.get('/me') // another sid: it goes on
  page = await second.browser.walk(`${provider.issuer}/session/end`, provider.issuer)
  const end = second.browser.send(page, { logout: 'yes' })
  await second.browser.walk(end.url, provider.issuer, end.init)
  for (let i = 0; i < 50 && (await second.client.call('GET', '/me')).status !== 401; i++) await new Promise((done) => setTimeout(done, 100))
  await second.client.call('GET', '/me', { expect: 401 })
  const event = await lastEvent(run, 'session_ended')
  assert.deepEqual([event.detail.why, event.detail.count], ['provider', 1])
  assert.equal((await run.adminCookie.call('GET', '/me')).status, 200)
})

withProvider('a code holds once, and the answer in the browser too', async (run, assert, provider) => {
  await set(run, { make_users: true, join_by: 'none' })
  people.once = { name: 'Once' }
  const browser = new Browser()
  const start = await browser.go(`${run.server.base}/api/v1/oidc/start`)
  const jar = browser.jar(run.server.base)
  const attempt = jar.get('zhike_oidc')
  const page = await browser.through(start.location, provider.issuer, 'once')
  assert.equal(new URL((await browser.go(page.location)).location).pathname, '/')
  assert.equal(jar.get('zhike_oidc'), undefined)
  const again = () => (jar.set('zhike_oidc', attempt), browser.go(page.location))
  assert.match((await again()).location, /sso=oidc_refused/) // the provider says that the code was used
  // an attempt of another time with the code of this one: PKCE keeps them apart
  const other = await browser.go(`${run.server.base}/api/v1/oidc/start`)
  const stolen = new URL(page.location)
  stolen.searchParams.set('state', new URL(other.location).searchParams.get('state'))
  assert.match((await browser.go(stolen.href)).location, /sso=oidc_refused/)
  delete people.once
})

withProvider('keys are changed at the provider', async (run, assert, provider) => {
  await set(run, { make_users: true, join_by: 'none' })
  people.keys = { name: 'Keys' }
  assert.ok((await enter(run, provider, 'keys')).client)
  const before = provider.asked['/jwks']
  provider.rotate()
  assert.ok((await enter(run, provider, 'keys')).client)
  assert.equal(provider.asked['/jwks'], before + 1)
  assert.ok((await enter(run, provider, 'keys')).client)
  assert.equal(provider.asked['/jwks'], before + 1) // kept
  delete people.keys
})

// ---- one that lies ----

async function begin(run, to) {
  const reply = await run.anyone.call('GET', `/oidc/start${to ? `?to=${encodeURIComponent(to)}` : ''}`, { expect: 302 })
  const url = new URL(reply.headers.get('location'), run.server.base)
  const cookie = /zhike_oidc=([^;]*)/.exec(reply.headers.get('set-cookie') ?? '')?.[1]
  const get = (n) => url.searchParams.get(n)
  return { url, cookie, state: get('state'), nonce: get('nonce'), challenge: get('code_challenge'), header: reply.headers.get('set-cookie') }
}

async function back(run, attempt, params = {}, cookie = attempt.cookie) {
  const query = new URLSearchParams({ code: 'a-code', state: attempt.state, ...params })
  const reply = await run.anyone.call('GET', `/oidc/callback?${query}`, { headers: cookie ? { cookie: `zhike_oidc=${cookie}` } : {}, expect: 302 })
  const location = reply.headers.get('location')
  const session = reply.headers.getSetCookie().map((l) => /^zhike_session=([^;]+)/.exec(l)?.[1]).find(Boolean)
  const half = reply.headers.getSetCookie().map((l) => /^zhike_half=([^;]+)/.exec(l)?.[1]).find(Boolean)
  return { location, session, half, sso: new URL(location, run.server.base).searchParams.get('sso') }
}

const now = () => Math.floor(Date.now() / 1000)
const good = (liar, attempt, more = {}) => ({ iss: liar.issuer, aud: 'zhike', sub: 'liar-1', exp: now() + 300, iat: now(), nonce: attempt.nonce, name: 'Liar One', ...more })

/** One sign-in with an ID token made by the test. */
async function attemptWith(run, liar, make, params) {
  const attempt = await begin(run)
  liar.challenge = attempt.challenge
  liar.token = () => make(attempt)
  return back(run, attempt, params)
}

withLiar('an ID token is for us, of now, of this attempt', async (run, assert, liar) => {
  const claims = {
    'another nonce': { nonce: 'x' }, 'no nonce': { nonce: undefined }, 'another audience': { aud: 'other' }, 'no audience': { aud: undefined },
    'several audiences, not said for whom': { aud: ['zhike', 'other'] }, 'made for another': { azp: 'other' }, 'several, made for another': { aud: ['zhike', 'other'], azp: 'other' },
    'another issuer': { iss: 'https://id.example.com' }, 'the issuer with a slash': { iss: `${liar.issuer}/` }, expired: { exp: now() - 120, iat: now() - 600 }, 'no end': { exp: undefined },
    'an end that is a text': { exp: String(now() + 300) }, 'made in the future': { iat: now() + 300 }, 'no beginning': { iat: undefined }, 'not valid yet': { nbf: now() + 300 },
    nobody: { sub: undefined }, 'a number for somebody': { sub: 7 }, 'an endless sub': { sub: 'x'.repeat(256) }, 'a logout token': { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
  }
  for (const [name, wrong] of Object.entries(claims)) {
    const end = await attemptWith(run, liar, (a) => makeToken({ alg: 'RS256', kid: liar.key.kid }, good(liar, a, wrong), liar.key))
    assert.equal(end.sso, 'oidc_token', name)
    assert.equal(end.session, undefined, name)
  }
  assert.equal(await userOf(run, "name = 'Liar One'"), undefined) // a refusal makes nobody
  assert.match((await lastEvent(run, 'sign_in_refused')).detail.detail, /ID token/)
  for (const fine of [{}, { exp: now() - 30, iat: now() - 300 }, { iat: now() + 30, nbf: now() + 30 }, { aud: ['zhike', 'other'], azp: 'zhike' }, { aud: ['zhike'] }])
    assert.ok((await attemptWith(run, liar, (a) => makeToken({ alg: 'RS256', kid: liar.key.kid }, good(liar, a, fine), liar.key))).session, JSON.stringify(fine))
})

withLiar('the algorithm belongs to the key', async (run, assert, liar) => {
  const keys = Object.fromEntries(ALGS.map((alg) => [alg, makeKey(alg, alg)]))
  liar.keys = Object.values(keys)
  const send = (header, how, change = (t) => t) => attemptWith(run, liar, (a) => change(makeToken(header, good(liar, a), how)))
  for (const alg of ALGS) assert.ok((await send({ alg, kid: alg }, keys[alg])).session, alg)
  const rsa = keys.RS256
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' })
  const der = rsa.publicKey.export({ type: 'spki', format: 'der' })
  const stranger = makeKey('RS256', 'RS256')
  const bad = {
    none: () => send({ alg: 'none', kid: 'RS256' }, null),
    'none in capitals': () => send({ alg: 'NONE' }, null),
    'HS256 with the public key as PEM': () => send({ alg: 'HS256', kid: 'RS256' }, { hmac: pem }),
    'HS256 with the public key as DER': () => send({ alg: 'HS256', kid: 'RS256' }, { hmac: der }),
    'HS256 with the JWK': () => send({ alg: 'HS256', kid: 'RS256' }, { hmac: JSON.stringify(rsa.publicJwk) }),
    'HS256 with the client secret': () => send({ alg: 'HS256' }, { hmac: SECRET }),
    'RS256 under the name of an EC key': () => send({ alg: 'RS256', kid: 'ES256' }, rsa),
    'PS256 with a key for RS256': () => send({ alg: 'PS256', kid: 'RS256' }, { ...rsa, alg: 'PS256' }),
    'RS512': () => send({ alg: 'RS512', kid: 'RS256' }, rsa),
    'another key under the same name': () => send({ alg: 'RS256', kid: 'RS256' }, stranger),
    'a key that the token brings along': () => send({ alg: 'RS256', kid: 'mine', jwk: stranger.publicJwk, jku: `${liar.issuer}/mine` }, stranger),
    'a header that must be understood': () => send({ alg: 'RS256', kid: 'RS256', crit: ['b64'], b64: false }, rsa),
    'no key named, several fit': () => send({ alg: 'RS256' }, rsa, (t) => t.replace(/\.[^.]*$/, '.')),
    'claims changed after signing': () => send({ alg: 'RS256', kid: 'RS256' }, rsa, (t) => { const [h, c, s] = t.split('.'); return `${h}.${Buffer.from(Buffer.from(c, 'base64url').toString().replace('liar-1', 'liar-2')).toString('base64url')}.${s}` }),
    'an empty signature': () => send({ alg: 'ES256', kid: 'ES256' }, keys.ES256, (t) => t.replace(/\.[^.]*$/, '.')),
    'zeros as a signature': () => send({ alg: 'ES256', kid: 'ES256' }, keys.ES256, (t) => t.replace(/\.[^.]*$/, `.${Buffer.alloc(64).toString('base64url')}`)),
    'zeros of Ed25519': () => send({ alg: 'EdDSA', kid: 'EdDSA' }, keys.EdDSA, (t) => t.replace(/\.[^.]*$/, `.${Buffer.alloc(64).toString('base64url')}`)),
    'not base64url': () => send({ alg: 'RS256', kid: 'RS256' }, rsa, (t) => t.replace('.', '.=')),
    'no token': () => send({}, rsa, () => 'x'),
    'a part too many': () => send({ alg: 'RS256', kid: 'RS256' }, rsa, (t) => `${t}.x`),
  }
  for (const [name, tried] of Object.entries(bad)) {
    const end = await tried()
    assert.equal(end.sso, 'oidc_token', name)
    assert.equal(end.session, undefined, name)
  }
})

withLiar('keys that are none of ours are not used; forged names of keys cost the provider nothing', async (run, assert, liar) => {
  const small = makeKey('RS256', 'small', { modulusLength: 1024 })
  const use = (key, more) => ({ publicJwk: { ...key.publicJwk, ...more } })
  const enc = makeKey('RS256', 'enc')
  const one = makeKey('RS256', 'one')
  liar.keys = [small, use(enc, { use: 'enc' }), use(one, { e: 'AQ' }), use(makeKey('EdDSA', 'odd'), { crv: 'Ed448' }), liar.key]
  for (const key of [small, enc, one]) assert.equal((await attemptWith(run, liar, (a) => makeToken({ alg: 'RS256', kid: key.kid }, good(liar, a), key))).sso, 'oidc_token', key.kid)
  for (let i = 0; i < 12; i++) await attemptWith(run, liar, (a) => makeToken({ alg: 'RS256', kid: `forged-${i}` }, good(liar, a), liar.key))
  assert.ok(liar.asked['/jwks'] <= 6, `asked ${liar.asked['/jwks']} times`)
  assert.ok((await attemptWith(run, liar, (a) => makeToken({ alg: 'RS256', kid: liar.key.kid }, good(liar, a), liar.key))).session)
})

withLiar('the answer must belong to this browser, once, and come from whom was asked', async (run, assert, liar) => {
  liar.about = { authorization_response_iss_parameter_supported: true }
  let attempt
  liar.token = () => makeToken({ alg: 'RS256', kid: liar.key.kid }, good(liar, attempt, { sub: 'state-1' }), liar.key)
  const fresh = async (to) => {
    attempt = await begin(run, to)
    liar.challenge = attempt.challenge
    return attempt
  }
  const iss = liar.issuer
  await fresh()
  assert.match(attempt.header, /HttpOnly/)
  assert.match(attempt.header, /SameSite=Lax/)
  assert.equal(attempt.url.searchParams.get('code_challenge_method'), 'S256')
  assert.equal((await back(run, attempt, { iss, state: 'x' })).sso, 'oidc_state')
  assert.equal((await back(run, attempt, { iss }, null)).sso, 'oidc_state')
  assert.equal((await back(run, attempt, { iss }, (await begin(run)).cookie)).sso, 'oidc_state') // the victim's browser, the attacker's answer
  assert.equal((await back(run, attempt, { iss }, attempt.cookie.slice(0, -2) + 'xx')).sso, 'oidc_state')
  const calls = liar.forms.length
  assert.equal((await back(run, attempt, { iss: 'https://id.example.com' })).sso, 'oidc_mixed_up')
  assert.equal((await back(run, attempt)).sso, 'oidc_mixed_up') // it says that it always tells, and does not
  assert.equal(liar.forms.length, calls) // the code has gone to nobody
  const journal = (await lastEvent(run, 'sign_in_refused')).id
  assert.equal((await back(run, attempt, { iss, error: 'access_denied' })).sso, 'oidc_denied')
  assert.equal((await back(run, attempt, { iss, error: '<script>' })).sso, 'oidc_refused')
  assert.equal((await back(run, attempt, { iss, code: '' })).sso, 'oidc_refused')
  assert.equal((await lastEvent(run, 'sign_in_refused')).id, journal) // what a stranger makes up fills no journal
  assert.ok((await back(run, attempt, { iss })).session)
  assert.equal((await back(run, attempt, { iss })).sso, 'oidc_state') // once
  assert.notEqual((await lastEvent(run, 'sign_in_refused')).id, journal)
  for (const [to, where] of [['/leads/7?a=b', '/leads/7?a=b'], ['//evil.example', '/'], ['/\\evil.example', '/'], ['https://evil.example', '/'], ['/a\r\nSet-Cookie: x=y', '/'], ['javascript:alert(1)', '/']])
    assert.equal((await back(run, await fresh(to), { iss })).location, where)
  const late = await fresh()
  await set(run, { issuer: 'https://id.example.com', client_secret: SECRET }) // the provider is changed in the middle
  assert.equal((await back(run, late, { iss })).sso, 'oidc_state')
})

withLiar('what the userinfo says must be about the same person', async (run, assert, liar) => {
  liar.about = { userinfo_endpoint: `${liar.issuer}/userinfo` }
  const come = () => attemptWith(run, liar, (a) => makeToken({ alg: 'RS256', kid: liar.key.kid }, good(liar, a, { sub: 'info-1', name: undefined }), liar.key))
  liar.userinfo = { sub: 'info-2', name: 'Somebody else' }
  assert.equal((await come()).sso, 'oidc_token')
  liar.userinfo = { sub: 'info-1', name: 'Info One', nonce: 'x' }
  assert.ok((await come()).session)
  assert.equal((await userOf(run, "name = 'Info One'")).name, 'Info One')
})

withLiar('a logout token: whose, for us, of now, once', async (run, assert, liar) => {
  const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
  const enterWith = async (sub, sid) => new Client(run, { cookie: (await attemptWith(run, liar, (a) => makeToken({ alg: 'RS256', kid: liar.key.kid }, good(liar, a, { sub, sid, name: `Out ${sub}` }), liar.key))).session })
  let n = 0
  const claims = (more) => ({ iss: liar.issuer, aud: 'zhike', iat: now(), exp: now() + 120, jti: `jti-${++n}-${Date.now()}`, events: { [EVENT]: {} }, sub: 'out-1', sid: 's-1', ...more })
  const token = (more, header = {}, how = liar.key) => makeToken({ alg: 'RS256', kid: liar.key.kid, typ: 'logout+jwt', ...header }, claims(more), how)
  const send = (t) => run.anyone.call('POST', '/oidc/logout', { raw: new URLSearchParams({ logout_token: t }).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  const first = await enterWith('out-1', 's-1')
  const second = await enterWith('out-1', 's-2')
  const other = await enterWith('out-2', 's-3')
  const bad = {
    'a nonce': token({ nonce: 'x' }), 'no event': token({ events: undefined }), 'another event': token({ events: { x: {} } }), 'an event that is a text': token({ events: { [EVENT]: 'x' } }), 'no jti': token({ jti: undefined }),
    'neither sub nor sid': token({ sub: undefined, sid: undefined }), 'for another': token({ aud: 'other' }), 'of another': token({ iss: 'https://id.example.com' }), old: token({ iat: now() - 900 }), expired: token({ exp: now() - 120 }),
    'no end': token({ exp: undefined }), 'an ID token': token({ events: undefined, nonce: 'x' }, { typ: 'JWT' }), 'of another type': token({}, { typ: 'at+jwt' }), unsigned: token({}, { alg: 'none' }, null), forged: token({}, {}, makeKey('RS256', liar.key.kid)),
    'HS256 with the public key': token({}, { alg: 'HS256' }, { hmac: liar.key.publicKey.export({ type: 'spki', format: 'pem' }) }), 'the sid of another person': null, nothing: 'x',
  }
  for (const [name, t] of Object.entries(bad)) if (t) assert.equal((await send(t)).body?.code, 'oidc_logout_token', name)
  assert.equal((await send(token({ sub: 'out-2' }))).status, 200) // out-2 has no session s-1: nothing ends
  for (const client of [first, second, other]) await client.get('/me')

  const used = token({})
  assert.equal((await send(used)).status, 200)
  await first.call('GET', '/me', { expect: 401 })
  await second.get('/me')
  assert.equal((await send(used)).body.code, 'oidc_logout_token') // replayed
  assert.equal((await send(token({ sid: undefined }))).status, 200) // everything of sub
  await second.call('GET', '/me', { expect: 401 })
  await other.get('/me')
  assert.equal((await send(token({ sub: undefined, sid: 's-3' }))).status, 200)
  await other.call('GET', '/me', { expect: 401 })
  await run.adminCookie.get('/me')
  await set(run, { on: false })
  assert.equal((await send(token({}))).status, 404)
})

withLiar('our own second step comes after the provider, unless the provider’s counts; what the provider ends, it ends under every secret', async (run, assert, liar) => {
  const token = (a) => makeToken({ alg: 'RS256', kid: liar.key.kid }, good(liar, a, { sub: 'second-1', sid: `sid-${a.state}`, name: 'Second One' }), liar.key)
  const renewed = (reply) => new Client(run, { cookie: /zhike_session=([^;]+)/.exec(reply.headers.getSetCookie().join(','))[1] })
  const enterWith = async () => (await attemptWith(run, liar, token)).session
  const user = (await new Client(run, { cookie: await enterWith() }).get('/me')).body
  await run.admin.post(`/users/${user.id}/password`, { password: 'a long second password', keep: true }, { expect: 204 })
  const attempt = await begin(run)
  liar.challenge = attempt.challenge
  liar.token = () => token(attempt)
  let client = new Client(run, { cookie: (await back(run, attempt)).session })
  client = renewed(await client.post('/me/password', { current: 'a long second password', new: 'another second password' }, { expect: 204 }))
  const offer = (await client.post('/me/totp', { password: 'another second password' }, { expect: 200 })).body
  const confirmed = await client.post('/me/totp/confirm', { code: codeOf(offer.secret, (await steadyStep()) - 1) }, { expect: 200 })
  client = renewed(confirmed)

  const half = await attemptWith(run, liar, token)
  assert.equal(half.location, '/sign-in?code=1')
  assert.equal(half.session, undefined)
  const code = { code: confirmed.body.recovery_codes[0] }
  const entered = renewed(await run.anyone.post('/session/code', code, { headers: { cookie: `zhike_half=${half.half}` }, expect: 200 }))
  await set(run, { trust_second_step: true })
  const trusted = new Client(run, { cookie: await enterWith() })
  for (const c of [client, entered, trusted]) assert.equal((await c.get('/me')).body.id, user.id)

  const out = makeToken({ alg: 'RS256', kid: liar.key.kid }, { iss: liar.issuer, aud: 'zhike', iat: now(), exp: now() + 60, jti: attempt.state, sub: 'second-1', events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }, liar.key)
  await run.anyone.call('POST', '/oidc/logout', { body: { logout_token: out }, expect: 200 })
  for (const c of [client, entered, trusted]) await c.call('GET', '/me', { expect: 401 })
})

withLiar('a provider that is away, slow, endless, or sends elsewhere', async (run, assert, liar) => {
  const test = async () => (await run.admin.post('/settings/oidc/test', {}, { expect: 200 })).body
  assert.deepEqual([(await test()).good, (await test()).keys], [true, 1])
  await set(run, { seconds: 1 })
  const document = '/.well-known/openid-configuration'
  const endless = (req, res) => {
    res.writeHead(200, { 'content-type': 'application/json' })
    const piece = Buffer.alloc(1 << 20, 0x20)
    let sent = 0
    const more = () => {
      while (sent < 100 && !res.destroyed) if ((sent++, !res.write(piece))) return res.once('drain', more)
      res.end('{}')
    }
    more()
  }
  const cases = {
    'larger than 256 KB': endless,
    'is larger': (req, res) => res.writeHead(200, { 'content-length': 100 << 20 }).end('{}'),
    'status 302': (req, res) => res.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    'status 500': (req, res) => res.writeHead(500).end(),
    'no JSON': (req, res) => res.end('<html>'),
    'not the one it was asked of': (req, res) => res.end(JSON.stringify({ ...liar.usual, issuer: 'https://id.example.com' })),
    'not https': (req, res) => res.end(JSON.stringify({ ...liar.usual, token_endpoint: 'http://id.example.com/token' })),
    PKCE: (req, res) => res.end(JSON.stringify({ ...liar.usual, code_challenge_methods_supported: ['plain'] })),
    timed: () => {}, // never answers
  }
  for (const [why, answer] of Object.entries(cases)) {
    liar.on[document] = answer
    const outcome = await test()
    assert.equal(outcome.good, false, why)
    assert.match(outcome.why.toLowerCase(), new RegExp(why === 'is larger' ? 'larger' : why.toLowerCase()), why)
  }
  delete liar.on[document]
  liar.on['/jwks'] = (req, res) => res.end('{"keys":[]}')
  assert.equal((await test()).good, false)
  delete liar.on['/jwks']

  // no answer from the token endpoint: it ends after the time of the settings, and nobody else waits meanwhile
  const attempts = [await begin(run), await begin(run), await begin(run), await begin(run), await begin(run), await begin(run)]
  let waiting = 0
  liar.on['/token'] = () => waiting++
  const slow = attempts.map((a) => back(run, a))
  while (waiting === 0) await new Promise((done) => setTimeout(done, 5))
  await run.admin.get('/leads?limit=1')
  assert.equal((await run.anyone.call('POST', '/session', { body: { login: 'nobody', password: 'nothing at all' } })).status, 401) // the slow lane is free
  for (const end of await Promise.all(slow)) assert.equal(end.sso, 'oidc_away')
  delete liar.on['/token']
  await run.admin.post('/settings/oidc/test', { issuer: 'http://id.example.com' }, { expect: 422 })
  const gone = await run.admin.post('/settings/oidc/test', { issuer: 'http://127.0.0.1:1' }, { expect: 200 })
  assert.equal(gone.body.good, false)
  await set(run, { issuer: 'http://127.0.0.1:1', client_secret: SECRET })
  assert.equal((await begin(run)).url.searchParams.get('sso'), 'oidc_away')
  await set(run, { issuer: '', on: false })
  await run.admin.post('/settings/oidc/test', {}, { expect: 422 })
})

// Who you are: signing in and out, tokens, passwords, what a revoked right means.
import { Client, PASSWORD, signIn } from '../harness.mjs'

it('a sign-in gives a cookie that scripts cannot read', async (run, assert) => {
  const { client, reply } = await signIn(run, 'ADMIN', PASSWORD)
  const cookie = reply.headers.get('set-cookie')
  assert.match(cookie, /HttpOnly/)
  assert.match(cookie, /SameSite=Lax/)
  assert.doesNotMatch(cookie, /Secure/)
  const me = await client.get('/me')
  assert.equal(me.body.login, 'admin')
  assert.equal(me.body.must_change_password, false) // it was given, not made up
  assert.equal(me.body.session.kind, 'cookie')
  await client.del('/session')
  const after = await client.call('GET', '/me', { expect: 401 })
  assert.equal(after.body.code, 'session_over')
})

it('a wrong password and an unknown login cannot be told apart', async (run, assert) => {
  const wrong = await run.anyone.post('/session', { login: 'admin', password: 'not it at all' }, { expect: 401 })
  const unknown = await run.anyone.post('/session', { login: 'nobody-here', password: 'not it at all' }, { expect: 401 })
  assert.equal(wrong.body.code, 'wrong_password')
  assert.equal(wrong.body.detail, unknown.body.detail)
  assert.equal(wrong.body.code, unknown.body.code)
})

it('guessing is slowed down, for logins that exist and those that do not', async (run, assert) => {
  for (const login of ['guess-me', 'guess-nobody']) {
    if (login === 'guess-me') await run.admin.make('users', { name: 'Guess', login, state: 'active' })
    let reply
    // a slow machine may take longer over one than the first wait is; each one doubles it
    for (let i = 0; i < 7 || (i < 14 && reply.status === 401); i++) reply = await run.anyone.post('/session', { login, password: `wrong ${i} wrong` })
    assert.equal(reply.status, 429)
    assert.equal(reply.body.code, 'sign_in_wait')
    assert.ok(Number(reply.headers.get('retry-after')) >= 1)
  }
})

it('a change that rides on the cookie must come from our own pages', async (run, assert) => {
  const { client } = await signIn(run, 'admin', PASSWORD)
  const body = { name: 'Cross' }
  const none = await client.post('/teams', body, { headers: { 'sec-fetch-site': '' }, expect: 403 })
  assert.equal(none.body.code, 'other_origin')
  await client.post('/teams', body, { headers: { 'sec-fetch-site': 'cross-site' }, expect: 403 })
  await client.post('/teams', body, { headers: { 'sec-fetch-site': '', origin: 'https://evil.example' }, expect: 403 })
  await client.post('/teams', body, { headers: { 'sec-fetch-site': '', origin: run.server.base }, expect: 201 })
  await client.get('/teams', { headers: { 'sec-fetch-site': 'cross-site' } })
})

it('a token is shown once, works, and ends', async (run, assert) => {
  const made = await run.admin.post('/tokens', { name: 'robot', expires_at: '2099-01-01T00:00:00Z' }, { expect: 201 })
  assert.equal(made.body.token.length, 43)
  const robot = new Client(run, { token: made.body.token })
  assert.equal((await robot.get('/me')).body.session.kind, 'token')
  const list = await run.admin.get('/tokens')
  assert.ok(list.body.tokens.some((t) => t.id === made.body.id && t.token === undefined))
  assert.ok(!list.text.includes(made.body.token))
  await run.admin.del(`/tokens/${made.body.id}`)
  assert.equal((await robot.call('GET', '/me', { expect: 401 })).body.code, 'token_unknown')
  await run.admin.del(`/tokens/${made.body.id}`, { expect: 404 })
  await run.admin.post('/tokens', { name: 'late', expires_at: '2001-01-01T00:00:00Z' }, { expect: 422 })
})

it('a person changes the password, and other sessions end', async (run, assert) => {
  const u = await run.admin.make('users', { name: 'Pat', login: 'pat', state: 'active' })
  await run.admin.post(`/users/${u.id}/password`, { password: 'short' }, { expect: 422 })
  await run.admin.post(`/users/${u.id}/password`, { password: 'first password' }, { expect: 204 })
  const a = (await signIn(run, 'pat', 'first password')).client
  const b = (await signIn(run, 'Pat', 'first password')).client
  assert.equal((await a.get('/me')).body.must_change_password, true)
  const wrong = await a.post('/me/password', { current: 'nope nope', new: 'second password' }, { expect: 422 })
  assert.deepEqual(wrong.body.errors.map((e) => [e.field, e.code]), [['current', 'wrong_current_password']])
  await a.post('/me/password', { current: 'first password', new: 'short' }, { expect: 422 })
  const changed = await a.post('/me/password', { current: 'first password', new: 'second password' }, { expect: 204 })
  await a.call('GET', '/me', { expect: 401 })
  const fresh = new Client(run, { cookie: /zhike_session=([^;]*)/.exec(changed.headers.get('set-cookie'))[1] }) // it goes on under another secret
  assert.equal((await fresh.get('/me')).body.must_change_password, false)
  await b.call('GET', '/me', { expect: 401 })
  await run.anyone.post('/session', { login: 'pat', password: 'first password' }, { expect: 401 })
})

it('a disabled user is out with the next request, by cookie and by token', async (run, assert) => {
  const u = await run.admin.make('users', { name: 'Leaver', login: 'leaver', state: 'active' })
  await run.admin.post(`/users/${u.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  const { client } = await signIn(run, 'leaver', 'first password')
  const token = (await client.post('/tokens', { name: 't' }, { expect: 201 })).body.token
  const robot = new Client(run, { token })
  await robot.get('/me')
  await run.admin.patch(`/users/${u.id}`, { state: 'disabled' }, { expect: 200 })
  await client.call('GET', '/me', { expect: 401 })
  await robot.call('GET', '/accounts', { expect: 401 })
  await robot.post('/accounts', { name: 'too late' }, { expect: 401 })
  assert.equal((await run.admin.get("/accounts?where=name='too late'")).body.records.length, 0)
})

// Nobody writes for forty requests, so that whatever is remembered of a person is in use when it ceases to hold.
it('who reads the same record again and again is still asked who it is', async (run, assert) => {
  const u = await run.admin.make('users', { name: 'Reader', login: 'reader', state: 'active' })
  await run.admin.post(`/users/${u.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  const { client } = await signIn(run, 'reader', 'first password')
  const made = (await client.post('/tokens', { name: 't' }, { expect: 201 })).body
  const robot = new Client(run, { token: made.token })
  const a = await run.admin.make('accounts', { name: 'Read often' })
  const read = async (times, who = robot) => {
    for (let i = 0; i < times; i++) await who.get(`/accounts/${a.id}`)
  }
  await read(40)
  await read(5, client)
  await run.admin.patch(`/accounts/${a.id}`, { name: 'Read anew' }, { expect: 200 })
  assert.equal((await robot.get(`/accounts/${a.id}`)).body.name, 'Read anew')
  await read(40)
  await run.admin.patch(`/users/${u.id}`, { state: 'disabled' }, { expect: 200 })
  for (const who of [robot, client]) await who.call('GET', `/accounts/${a.id}`, { expect: 401 })
  await run.admin.patch(`/users/${u.id}`, { state: 'active' }, { expect: 200 })
  for (const who of [robot, client]) await who.call('GET', `/accounts/${a.id}`, { expect: 401 }) // nothing of it revives
  const second = await signIn(run, 'reader', 'first password')
  const next = (await second.client.post('/tokens', { name: 't' }, { expect: 201 })).body
  robot.auth = { token: next.token }
  await read(40)
  await run.admin.del(`/tokens/${next.id}`)
  await robot.call('GET', `/accounts/${a.id}`, { expect: 401 })
})

it('a right that is taken away is gone with the next request', async (run, assert) => {
  const u = await run.admin.make('users', { name: 'Chief', login: 'chief', state: 'active', role: 'administrator' })
  await run.admin.post(`/users/${u.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  const { client } = await signIn(run, 'chief', 'first password')
  await client.post('/teams', { name: run.fresh() + ' team' }, { expect: 201 })
  await run.admin.patch(`/users/${u.id}`, { role: 'member' }, { expect: 200 })
  await client.post('/teams', { name: run.fresh() + ' team' }, { expect: 403 })
  assert.equal((await client.get('/me')).body.role, 'member')
  await client.patch('/settings', { name: 'mine' }, { expect: 403 })
  await client.post('/exports', { entity: 'account' }, { expect: 403 })
})

it('everybody sets their own language and zone', async (run, assert) => {
  const { client } = await signIn(run, 'pat', 'second password')
  const me = await client.patch('/me', { language: 'en', zone: 'Europe/Berlin' }, { expect: 200 })
  assert.equal(me.body.language, 'en')
  assert.equal(me.body.zone, 'Europe/Berlin')
  const bad = await client.patch('/me', { zone: 'Mars/Base', role: 'administrator' }, { expect: 422 })
  assert.deepEqual(bad.body.errors.map((e) => e.field).sort(), ['role'])
  await client.patch('/me', { zone: 'Mars/Base' }, { expect: 422 })
  await run.admin.make('users', { name: 'Mail Taken', email: 'taken@example.com' })
  await client.patch('/me', { email: 'TAKEN@example.com' }, { expect: 409 })
  const refused = await client.call('GET', '/accounts/999999', { expect: 404 })
  assert.match(refused.body.detail, /^[\x20-\x7e]+$/)
})

it('who is absent has somebody else for a deputy', async (run, assert) => {
  const [a, b] = [await run.admin.make('users', { name: 'Away', login: 'away', state: 'active' }), await run.admin.make('users', { name: 'There', login: 'there', state: 'active' })]
  const own = await run.admin.patch(`/users/${a.id}`, { state: 'absent', deputy: a.id }, { expect: 422 })
  assert.deepEqual(own.body.errors.map((e) => [e.field, e.code]), [['deputy', 'circle']])
  const away = await run.admin.patch(`/users/${a.id}`, { state: 'absent', deputy: b.id }, { expect: 200 })
  assert.equal(away.body.deputy.name, 'There')
})

it('nobody ends the last administrator', async (run, assert) => {
  const me = (await run.admin.get('/me')).body
  await run.admin.patch(`/users/${me.id}`, { state: 'disabled' }, { expect: 409 })
  await run.admin.del(`/users/${me.id}`, { expect: 409 })
})

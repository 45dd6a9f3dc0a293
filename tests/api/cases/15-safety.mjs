// What a stranger, a guesser and a thief find: second steps, sessions, links, tokens, and what is written down of it.
import { createHash, randomBytes } from 'node:crypto'
import { SMTPServer } from 'smtp-server'
import { Client, PASSWORD, Server, signIn } from '../harness.mjs'
import { codeOf, steadyStep } from '../totp.mjs'

const cookieOf = (reply, name) => reply.headers.getSetCookie().map((c) => new RegExp(`^${name}=([^;]*)`).exec(c)?.[1]).find((v) => v !== undefined)

async function person(run, login, more = {}) {
  const u = await run.admin.make('users', { name: `P ${login}`, login, state: 'active', ...more })
  await run.admin.post(`/users/${u.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  return u
}

/** Waits for a state; the condition's last answer is handed back. */
async function until(condition, what, ms = 30000) {
  const end = Date.now() + ms
  for (;;) {
    const found = await condition()
    if (found) return found
    if (Date.now() > end) throw new Error(`in vain: ${what}`)
    await new Promise((done) => setTimeout(done, 50))
  }
}

/** How many waits of 1, 2, 4 … seconds may have passed since: so many more attempts were free. */
const waited = (began) => Math.floor(Math.log2((Date.now() - began) / 1000 + 1)) + 1

const renewed = (run, reply) => new Client(run, { cookie: cookieOf(reply, 'zhike_session') })

async function setUp(run, client, password = 'first password') {
  const offer = (await client.post('/me/totp', { password }, { expect: 200 })).body
  const step = await steadyStep()
  const done = await client.post('/me/totp/confirm', { code: codeOf(offer.secret, step - 1) }, { expect: 200 })
  return { offer, step, codes: done.body.recovery_codes, client: renewed(run, done) }
}

it('a second step is set up with an app, asked for, and each code is good once', async (run, assert) => {
  const u = await person(run, 'twofold')
  const first = (await signIn(run, 'twofold', 'first password')).client
  const other = (await signIn(run, 'twofold', 'first password')).client
  await first.post('/me/totp', { password: 'not it at all' }, { expect: 422 })
  await first.post('/me/totp/confirm', { code: '123456' }, { expect: 409 })
  await first.post('/me/totp/recovery', { password: 'first password' }, { expect: 409 })
  const offer = (await first.post('/me/totp', { password: 'first password' }, { expect: 200 })).body
  assert.match(offer.address, /^otpauth:\/\/totp\/.*secret=[A-Z2-7]{32}&issuer=/)
  assert.match(offer.qr, /^<svg/)
  await first.post('/me/totp/confirm', { code: '000000x' }, { expect: 422 })
  await signIn(run, 'twofold', 'first password') // nothing is asked before the first code
  const { step, codes, client, offer: last } = await setUp(run, first)
  assert.notEqual(last.secret, offer.secret)
  assert.equal(new Set(codes).size, 10)
  for (const old of [first, other]) await old.call('GET', '/me', { expect: 401 })
  assert.deepEqual(
    { ...(await client.get('/me/totp')).body, since: 'T' },
    { active: true, required: false, readable: true, since: 'T', recovery_left: 10 },
  )

  const half = await run.anyone.post('/session', { login: 'twofold', password: 'first password' }, { expect: 401 })
  assert.equal(half.body.code, 'second_factor')
  assert.equal(cookieOf(half, 'zhike_session'), undefined)
  const key = cookieOf(half, 'zhike_half')
  for (const name of ['zhike_half', 'zhike_session']) // it opens nothing else, under whatever name
    await run.anyone.call('GET', '/me', { headers: { cookie: `${name}=${key}` }, expect: 401 })
  await run.anyone.call('GET', '/me', { headers: { authorization: `Bearer ${key}` }, expect: 401 })
  const withHalf = (code, cookie = key) => run.anyone.post('/session/code', { code }, { headers: { cookie: `zhike_half=${cookie}` } })
  assert.equal((await withHalf(codeOf(last.secret, step - 1))).body.code, 'wrong_code') // the one that set it up
  const entered = await withHalf(codeOf(last.secret, step))
  assert.equal(entered.status, 200)
  assert.equal(entered.body.login, 'twofold')
  assert.equal((await withHalf(codeOf(last.secret, step + 1))).body.code, 'half_over') // it ended with that
  assert.equal((await withHalf('123456', 'x'.repeat(43))).body.code, 'half_over')
  assert.equal((await run.anyone.post('/session/code', { code: '123456' })).body.code, 'half_over')
  const again = { login: 'twofold', password: 'first password', code: codeOf(last.secret, step) }
  assert.equal((await run.anyone.post('/session', again, { expect: 401 })).body.code, 'wrong_code') // replayed
  await run.anyone.post('/session', { ...again, code: codeOf(last.secret, step + 1) }, { expect: 200 }) // in one breath

  const recovery = { ...again, code: codes[3].toUpperCase() }
  await run.anyone.post('/session', recovery, { expect: 200 })
  assert.equal((await run.anyone.post('/session', recovery, { expect: 401 })).body.code, 'wrong_code')
  assert.equal((await client.get('/me/totp')).body.recovery_left, 9)
  const fresh = (await client.post('/me/totp/recovery', { password: 'first password' }, { expect: 200 })).body.recovery_codes
  assert.equal((await run.anyone.post('/session', { ...again, code: codes[4] }, { expect: 401 })).body.code, 'wrong_code')
  await run.anyone.post('/session', { ...again, code: fresh[0] }, { expect: 200 })

  await client.post('/me/totp/off', { password: 'wrong password' }, { expect: 422 })
  const off = await client.post('/me/totp/off', { password: 'first password' }, { expect: 204 })
  await client.call('GET', '/me', { expect: 401 }) // another secret from here on
  await signIn(run, 'twofold', 'first password')
  const kinds = (await renewed(run, off).get('/security_events')).body.events.map((e) => e.kind)
  for (const kind of ['totp_on', 'totp_off', 'recovery_used', 'recovery_made', 'totp_refused', 'sign_in']) assert.ok(kinds.includes(kind), kind)
  assert.ok((await run.admin.get(`/changes?entity=@access&record=${u.id}`)).body.changes.some((c) => c.about === 'second_step'))
}, { own: true })

it('codes are not guessed, and a half session ends with a few wrong ones', async (run, assert) => {
  await person(run, 'guessed')
  const { client } = await setUp(run, (await signIn(run, 'guessed', 'first password')).client)
  const key = cookieOf(await run.anyone.post('/session', { login: 'guessed', password: 'first password' }), 'zhike_half')
  const told = []
  for (let i = 0; i < 8; i++) told.push((await run.anyone.post('/session/code', { code: `00000${i}` }, { headers: { cookie: `zhike_half=${key}` } })).body.code)
  assert.deepEqual(told, [...Array(5).fill('wrong_code'), ...Array(3).fill('half_over')])
  const began = Date.now()
  const many = await Promise.all(Array.from({ length: 12 }, (_, i) => run.anyone.post('/session', { login: 'guessed', password: 'first password', code: `11111${i % 10}` })))
  assert.ok(many.filter((r) => r.status !== 429).length <= 5 + waited(began), many.map((r) => r.status).join()) // the right password buys no more guesses
  await client.get('/me')
}, { own: true })

it('an administrator takes a lost second step off, and everybody may be made to have one', async (run, assert) => {
  const u = await person(run, 'lost-phone')
  await setUp(run, (await signIn(run, 'lost-phone', 'first password')).client)
  const { client: plain } = await signIn(run, await person(run, 'no-admin').then(() => 'no-admin'), 'first password')
  await plain.call('DELETE', `/users/${u.id}/totp`, { expect: 403 })
  await run.admin.del(`/users/${u.id}/totp`)
  await signIn(run, 'lost-phone', 'first password')
  assert.ok((await run.admin.get(`/security_events?kind=totp_reset&user=${u.id}`)).body.events.length === 1)
  await setUp(run, (await signIn(run, 'lost-phone', 'first password')).client)
  assert.equal(run.server.cli('user', 'reset-code', 'lost-phone').status, 0)
  await signIn(run, 'lost-phone', 'first password')

  const chief = await person(run, 'must-have', { role: 'administrator' })
  const { client } = await signIn(run, 'must-have', 'first password')
  const robot = new Client(run, { token: (await client.post('/tokens', { name: 'r' }, { expect: 201 })).body.token })
  await run.admin.patch('/settings/sign_in', { second_step: 'sometimes', session_idle_hours: 0 }, { expect: 422 })
  await run.admin.patch('/settings/sign_in', { second_step: 'administrators' }, { expect: 200 })
  try {
    await robot.get('/me')
    await plain.get('/accounts')
    assert.equal((await client.get('/me')).body.must_set_second_step, true)
    assert.equal((await client.call('GET', '/accounts', { expect: 403 })).body.code, 'second_step_required')
    await client.post('/tokens', { name: 'way around' }, { expect: 403 })
    await client.post('/query', { query: 'SELECT name FROM user' }, { expect: 403 })
    await client.call('GET', '/events', { expect: 403 })
    const again = (await signIn(run, 'must-have', 'first password')).client
    await again.call('GET', '/accounts', { expect: 403 })
    const set = await setUp(run, again)
    await set.client.get('/accounts')
    assert.equal((await set.client.post('/me/totp/off', { password: 'first password' }, { expect: 409 })).body.code, 'second_step_kept')
    await set.client.get('/accounts')
  } finally {
    await run.admin.patch('/settings/sign_in', { second_step: 'nobody' }, { expect: 200 })
  }
  await run.admin.del(`/users/${chief.id}/totp`, { expect: 204 })
  await (await signIn(run, 'must-have', 'first password')).client.get('/accounts')
  await run.admin.patch(`/users/${chief.id}`, { state: 'disabled' }, { expect: 200 })
}, { own: true })

it('a session is never one that was known before, and ends when it should', async (run, assert) => {
  await person(run, 'fixed')
  const planted = 'A'.repeat(43)
  const anyone = new Client(run)
  const reply = await anyone.post('/session', { login: 'fixed', password: 'first password' }, { headers: { cookie: `zhike_session=${planted}` }, expect: 200 })
  const one = cookieOf(reply, 'zhike_session')
  assert.notEqual(one, planted)
  await anyone.call('GET', '/me', { headers: { cookie: `zhike_session=${planted}` }, expect: 401 })
  const next = await anyone.post('/session', { login: 'fixed', password: 'first password' }, { headers: { cookie: `zhike_session=${one}` }, expect: 200 })
  await anyone.call('GET', '/me', { headers: { cookie: `zhike_session=${one}` }, expect: 401 }) // this browser's earlier one
  const a = renewed(run, next)
  const changed = await a.post('/me/password', { current: 'first password', new: 'second password' }, { expect: 204 })
  await a.call('GET', '/me', { expect: 401 })
  const b = renewed(run, changed)
  await b.get('/me')
  const others = await Promise.all([1, 2, 3].map(() => signIn(run, 'fixed', 'second password')))
  assert.equal((await b.get('/sessions')).body.sessions.length, 4)
  await b.del('/sessions')
  for (const o of others) await o.client.call('GET', '/me', { expect: 401 })
  const left = (await b.get('/sessions')).body.sessions
  assert.deepEqual(left.map((s) => [s.current, s.address]), [[true, '127.0.0.1']])
  for (const forged of ['', 'x', one.slice(0, 42), `${one}A`, 'ff'.repeat(32), "' OR 1=1 --", '%00'])
    await anyone.call('GET', '/me', { headers: { cookie: `zhike_session=${forged}` }, expect: 401, unchecked: true })

  assert.equal((await run.admin.get('/settings/sign_in')).body.second_step, 'nobody')
  const policy = await run.admin.patch('/settings/sign_in', { session_idle_hours: 2, session_most_days: 1 }, { expect: 200 })
  assert.deepEqual(policy.body, { second_step: 'nobody', session_idle_hours: 2, session_most_days: 1, looks_an_hour: 60 })
  const me = (await (await signIn(run, 'fixed', 'second password')).client.get('/me')).body
  const hours = (Date.parse(me.session.expires_at) - Date.now()) / 3600000
  assert.ok(hours > 1.9 && hours <= 2.01, String(hours))
  await run.admin.patch('/settings/sign_in', { session_idle_hours: 48 }, { expect: 200 })
  const capped = (await (await signIn(run, 'fixed', 'second password')).client.get('/me')).body
  assert.ok((Date.parse(capped.session.expires_at) - Date.now()) / 3600000 <= 24.01) // the end beats the idle time
  await run.admin.patch('/settings/sign_in', { session_idle_hours: null, session_most_days: null }, { expect: 200 })
}, { own: true })

it('who is given more rights signs in anew; who is disabled is out on every server, and nothing revives', async (run, assert) => {
  const u = await person(run, 'rising')
  const { client } = await signIn(run, 'rising', 'first password')
  await run.admin.patch(`/users/${u.id}`, { role: 'administrator' }, { expect: 200 })
  await client.call('GET', '/me', { expect: 401 })
  await run.admin.patch(`/users/${u.id}`, { role: 'member' }, { expect: 200 })
  const now = (await signIn(run, 'rising', 'first password')).client
  const token = (await now.post('/tokens', { name: 't' }, { expect: 201 })).body.token
  const link = (await run.admin.post(`/users/${u.id}/reset`, {}, { expect: 200 })).body.link
  let second
  if (run.engine === 'postgresql') { // another server on the same database
    second = new Server('postgresql', run.server.db)
    await second.start()
  }
  try {
    const there = second ? { ...run, server: second, contract: null, transcribe: null } : run
    const clients = [now, new Client(run, { token }), new Client(there, { cookie: now.auth.cookie }), new Client(there, { token })]
    for (const c of clients) for (let i = 0; i < 3; i++) await c.get('/me')
    await run.admin.patch(`/users/${u.id}`, { state: 'disabled' }, { expect: 200 })
    for (const c of clients) await c.call('GET', '/me', { expect: 401 })
    await run.admin.patch(`/users/${u.id}`, { state: 'active' }, { expect: 200 })
    for (const c of clients) await c.call('GET', '/me', { expect: 401 })
    await run.anyone.post('/join', { token: link.split('#')[1], password: 'by the old link' }, { expect: 404 })
  } finally {
    if (second) {
      await second.stop()
      second.remove()
    }
  }
  const states = (await run.admin.get(`/security_events?user=${u.id}&kind=user_state`)).body.events.map((e) => e.detail)
  assert.deepEqual(states, [{ from: 'disabled', to: 'active' }, { from: 'active', to: 'disabled' }])
}, { own: true })

it('guessing waits longer and longer; the owner does not', async (run, assert) => {
  await person(run, 'besieged', { email: 'besieged@example.com' })
  const owner = await run.anyone.post('/session', { login: 'besieged', password: 'first password' }, { expect: 200 })
  const device = cookieOf(owner, 'zhike_device')
  await renewed(run, owner).del('/session') // no session from this address is left, which would be known too
  const names = ['besieged', 'BESIEGED@example.com', 'P besieged']
  const began = Date.now()
  const replies = await Promise.all(Array.from({ length: 30 }, (_, i) => run.anyone.post('/session', { login: names[i % 3], password: `wrong ${i} wrong` })))
  const refused = replies.filter((r) => r.status === 401).length
  assert.ok(refused <= 5 + waited(began), `${refused} guesses were looked at`) // under three names, and all at once
  assert.ok(replies.every((r) => r.status === 401 || r.status === 429 || r.status === 503), replies.map((r) => r.status).join())
  // a stranger waits, also with the right password and with a forged device; a slow machine needs more guesses for that
  for (const headers of [{}, { cookie: `zhike_device=${device.slice(0, -1)}0x` }])
    await until(async () => {
      await Promise.all(Array.from({ length: 6 }, (_, i) => run.anyone.post('/session', { login: 'besieged', password: `wrong ${i} again` })))
      const stranger = await run.anyone.post('/session', { login: 'besieged', password: 'first password' }, { headers })
      if (stranger.status === 200) await renewed(run, stranger).del('/session')
      return stranger.status === 429
    }, 'a stranger waits')
  const known = await run.anyone.post('/session', { login: 'besieged', password: 'first password' }, { headers: { cookie: `zhike_device=${device}` }, expect: 200 })
  await run.anyone.post('/session', { login: 'besieged', password: 'first password' }, { expect: 200 }) // the usual address
  await run.anyone.post('/session', { login: 'admin', password: PASSWORD }, { headers: { cookie: `zhike_device=${device}` }, expect: 200 })
  assert.ok(known)
}, { own: true })

it('who is believed about where a request comes from', async (run, assert) => {
  const { client } = await signIn(run, 'admin', PASSWORD)
  const reply = await run.anyone.post('/session', { login: 'admin', password: PASSWORD }, { headers: { 'x-forwarded-for': '203.0.113.9' }, expect: 200 })
  assert.equal((await renewed(run, reply).get('/sessions')).body.sessions.find((s) => s.current).address, '127.0.0.1')
  await client.get('/me')
}, { own: true })

it('passwords that are guessed first are refused, on every door', async (run, assert) => {
  const u = await person(run, 'choosy', { name: 'Choosy Person', email: 'choosy@example.com' })
  const { client } = await signIn(run, 'choosy', 'first password')
  for (const [password, code] of [['12345678', 'password_too_common'], ['Password1!', 'password_too_common'], ['qwertyui', 'password_too_common'], ['choosy.2026', 'password_holds_name'], ['Choosy Person', 'password_holds_name'], ['1234567', 'too_short']]) {
    for (const reply of [await client.post('/me/password', { current: 'first password', new: password }), await run.admin.post(`/users/${u.id}/password`, { password })]) {
      assert.equal(reply.status, 422)
      assert.deepEqual(reply.body.errors.map((e) => e.code), [code], password)
    }
  }
  const link = (await run.admin.post(`/users/${u.id}/reset`, {}, { expect: 200 })).body.link
  const token = link.split('#')[1]
  assert.equal((await run.anyone.post('/join', { token, password: 'choosy 2026' }, { expect: 422 })).body.errors[0].code, 'password_holds_name')
  for (const [args, input] of [[['user', 'passwd', 'choosy'], 'password1'], [['user', 'passwd', 'choosy'], 'choosy2026'], [['user', 'add', 'shelled'], 'qwertyui']]) {
    const cli = run.server.shell(`${input}\n`, ...args, '--password-stdin')
    assert.equal(cli.status, 1, cli.stdout)
    assert.match(cli.stderr, /the password is refused/)
  }
  assert.equal(run.server.shell('a decent phrase\n', 'user', 'passwd', 'choosy', '--password-stdin').status, 0)
  await run.anyone.post('/session', { login: 'choosy', password: 'a decent phrase' }, { expect: 200 })
}, { own: true })

it('a link works once, for an hour or three days, and stands in no address', async (run, assert) => {
  const u = await person(run, 'forgetful')
  const { client } = await signIn(run, 'forgetful', 'first password')
  await client.post(`/users/${u.id}/reset`, {}, { expect: 403 })
  const old = (await run.admin.post(`/users/${u.id}/reset`, {}, { expect: 200 })).body
  const link = (await run.admin.post(`/users/${u.id}/reset`, { send: false }, { expect: 200 })).body
  assert.match(link.link, /^\/join#[\w-]{43}$/)
  assert.ok(Date.parse(link.expires_at) - Date.now() <= 3600000)
  const invite = (await run.admin.post(`/users/${(await run.admin.make('users', { name: 'Invited One', login: 'invited-one' })).id}/invite`, undefined, { expect: 200 })).body
  assert.ok(Date.parse(invite.expires_at) - Date.now() > 2.9 * 86400000)
  await run.anyone.post('/join/look', { token: old.link.split('#')[1] }, { expect: 404 })
  const token = link.link.split('#')[1]
  const who = (await run.anyone.post('/join/look', { token }, { expect: 200 })).body
  assert.equal(who.reset, true)
  assert.equal(who.login, 'forgetful')
  for (const forged of ['', 'x', token.slice(1), `${token}x`]) await run.anyone.post('/join', { token: forged, password: 'another password 7' }).then((r) => assert.ok([404, 422].includes(r.status)))
  const two = await Promise.all([1, 2].map((i) => run.anyone.post('/join', { token, password: `chosen anew ${i}` })))
  assert.deepEqual(two.map((r) => r.status).sort(), [200, 404])
  await client.call('GET', '/me', { expect: 401 }) // what was open before
  await run.anyone.post('/session', { login: 'forgetful', password: 'first password' }, { expect: 401 })

  const twofold = await person(run, 'forgetful-two')
  const set = await setUp(run, (await signIn(run, 'forgetful-two', 'first password')).client)
  const next = (await run.admin.post(`/users/${twofold.id}/reset`, {}, { expect: 200 })).body.link.split('#')[1]
  const half = await run.anyone.post('/join', { token: next, password: 'another password 8' }, { expect: 401 }) // a link is no second step
  assert.equal(half.body.code, 'second_factor')
  assert.equal(cookieOf(half, 'zhike_session'), undefined)
  await run.anyone.post('/session/code', { code: set.codes[0] }, { headers: { cookie: `zhike_half=${cookieOf(half, 'zhike_half')}` }, expect: 200 })
  await run.admin.post(`/users/${u.id}/reset`, { send: true }, { expect: 409 }) // no server for mail yet
  assert.ok(!run.server.log.includes(token))
}, { own: true })

/** A real SMTP server on this machine; `answer` says what it does with a letter. */
async function smtp(answer = () => null, options = {}) {
  const letters = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (auth, session, done) => done(auth.password === 'smtp secret' ? null : new Error('no'), { user: auth.username }),
    onData(stream, session, done) {
      let text = ''
      stream.on('data', (d) => (text += d))
      stream.on('end', () => {
        const verdict = answer(letters.length)
        letters.push({ text, to: session.envelope.rcptTo.map((r) => r.address), from: session.envelope.mailFrom.address, user: session.user })
        if (verdict === 'hang up') return session.connection?.close?.() ?? stream.destroy()
        done(verdict)
      })
    },
    logger: false,
    ...options,
  })
  server.on('error', () => {})
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return { letters, port: server.server.address().port, close: () => new Promise((done) => server.close(done)) }
}

const bodyOf = (text) => Buffer.from(text.split('\r\n\r\n').slice(1).join(''), 'base64').toString('utf8')
const subjectOf = (text) => /^Subject: ((?:.*\r\n[ \t])*.*)\r\n/m.exec(text)[1].replace(/\r\n[ \t]/g, '').replace(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, b) => Buffer.from(b, 'base64').toString('utf8'))

it('mail is sent over SMTP, once, and never with a header that somebody chose', async (run, assert) => {
  let refusals = 1
  const server = await smtp((n) => (n === 1 && refusals-- > 0 ? Object.assign(new Error('later'), { responseCode: 451 }) : null))
  const settings = { host: '127.0.0.1', port: server.port, security: 'none', user: 'zhike', password: 'smtp secret', from: 'crm@example.com', from_name: '客户部 "A"', url: 'https://crm.example.com' }
  try {
    await run.admin.post('/settings/mail/test', { to: 'a@example.com' }, { expect: 409 })
    for (const [field, bad] of [['host', 'a b'], ['host', '127.0.0.1/x'], ['from', 'a@b\r\nBcc: c@d'], ['from', 'a@b, c@d'], ['from_name', 'x\r\nBcc: y@z'], ['user', 'a\nb'], ['password', 'a\r\nb'], ['url', 'javascript:x'], ['url', 'https://a.b/c'], ['port', 0], ['security', 'ssl']]) {
      const reply = await run.admin.patch('/settings/mail', { ...settings, [field]: bad }, { expect: 422 })
      assert.deepEqual(reply.body.errors.map((e) => e.field), [field], String(bad))
    }
    assert.equal((await run.admin.get('/settings/mail')).body.on, false)
    const kept = await run.admin.patch('/settings/mail', settings, { expect: 200 })
    assert.equal(kept.body.on, true)
    assert.equal(kept.body.password, true)
    assert.ok(!kept.text.includes('smtp secret'))
    for (const to of ['a@b\r\nBcc: evil@example.com', 'a@example.com, b@example.com', '<a@example.com>', 'no address', '"x y"@example.com'])
      await run.admin.post('/settings/mail/test', { to }, { expect: 409 })

    await run.admin.patch('/settings', { name: '北京客户科技\u2028Bcc: x' }, { expect: 200 })
    await run.admin.post('/settings/mail/test', { to: 'someone@example.com' }, { expect: 204 })
    await until(() => server.letters.length === 1, 'the test letter')
    const [letter] = server.letters
    assert.deepEqual([letter.to, letter.from, letter.user], [['someone@example.com'], 'crm@example.com', 'zhike'])
    const head = letter.text.split('\r\n\r\n')[0]
    assert.deepEqual(head.split('\r\n').filter((l) => !/^\s/.test(l)).map((l) => l.split(':')[0]), ['Date', 'From', 'To', 'Subject', 'Message-ID', 'Auto-Submitted', 'MIME-Version', 'Content-Type', 'Content-Transfer-Encoding'])
    assert.ok(head.split('\r\n').every((l) => l.length <= 78 && /^[\x20-\x7e]*$/.test(l)), head)
    assert.match(subjectOf(letter.text), /北京客户科技/)
    await run.admin.patch('/settings', { name: null }, { expect: 200 })

    // refused for now: once more, later, and only then
    const u = await run.admin.make('users', { name: 'Mailed', login: 'mailed', email: 'mailed@example.com', language: 'zh-CN' })
    const sent = (await run.admin.post(`/users/${u.id}/invite`, { send: true }, { expect: 200 })).body
    assert.deepEqual([sent.sent, sent.link], [true, null])
    await until(() => server.letters.length === 3, 'the second try')
    const [refused, taken] = server.letters.slice(1)
    assert.equal(/^Message-ID: (.*)$/m.exec(refused.text)[1], /^Message-ID: (.*)$/m.exec(taken.text)[1])
    const link = /https:\/\/crm\.example\.com\/join#([\w-]{43})/.exec(bodyOf(taken.text))
    assert.match(bodyOf(taken.text), /设置密码/)
    await run.anyone.post('/join', { token: link[1], password: 'chosen from mail' }, { expect: 200 })
    await run.admin.post(`/users/${(await run.admin.make('users', { name: 'Mailless', login: 'mailless' })).id}/invite`, { send: true }, { expect: 409 })

    // forgotten: the same answer for anybody, a letter for who has an address
    for (const login of ['nobody-at-all', 'mailless', 'mailed@example.com']) {
      const reply = await run.anyone.post('/session/forgot', { login }, { expect: 204 })
      assert.equal(reply.text, '')
    }
    await until(() => server.letters.length === 4, 'the letter with the reset')
    const reset = /#([\w-]{43})/.exec(bodyOf(server.letters[3].text))[1]
    await run.anyone.post('/join', { token: reset, password: 'chosen once more' }, { expect: 200 })
    const rows = (await run.admin.get('/mails')).body.mails
    await until(async () => (await run.admin.get('/mails')).body.mails.every((m) => m.state === 'sent'), 'all are sent')
    assert.equal(rows.length, 3)
    const flood = await Promise.all(Array.from({ length: 12 }, () => run.anyone.post('/session/forgot', { login: 'mailed' })))
    assert.ok(flood.some((r) => r.status === 429))

    // another server does not get the password
    const moved = await run.admin.patch('/settings/mail', { host: 'mail.example.org' }, { expect: 200 })
    assert.equal(moved.body.password, false)
  } finally {
    await run.admin.patch('/settings/mail', { host: null, password: null }, { expect: 200 })
    await server.close()
  }
}, { own: true })

it('a letter whose fate nobody knows is not sent again', async (run, assert) => {
  const sockets = new Set()
  const server = await smtp(() => {
    for (const s of sockets) s.destroy()
    return 'hang up'
  }, { onConnect: (session, done) => done() })
  const net = await import('node:net')
  // a wire in between that is cut when the text is over, before the answer
  const wire = net.createServer((near) => {
    const far = net.connect(server.port, '127.0.0.1')
    sockets.add(near)
    near.on('error', () => {})
    far.on('error', () => {})
    near.pipe(far)
    far.pipe(near)
    near.on('close', () => far.destroy())
  })
  await new Promise((done) => wire.listen(0, '127.0.0.1', done))
  try {
    await run.admin.patch('/settings/mail', { host: '127.0.0.1', port: wire.address().port, security: 'none', user: null, from: 'crm@example.com', url: 'https://crm.example.com' }, { expect: 200 })
    await run.admin.post('/settings/mail/test', { to: 'once@example.com' }, { expect: 204 })
    const mine = async () => (await run.admin.get('/mails')).body.mails.find((m) => m.to === 'once@example.com')
    await until(async () => (await mine()).state === 'uncertain', 'it is uncertain')
    assert.equal(server.letters.filter((l) => l.to.includes('once@example.com')).length, 1)
  } finally {
    await run.admin.patch('/settings/mail', { host: null }, { expect: 200 })
    wire.close()
    await server.close()
  }
}, { own: true })

it('a token may be for reading alone, or for some entities alone', async (run, assert) => {
  const acc = await run.admin.make('accounts', { name: 'Token Account' })
  await run.admin.make('contacts', { name: 'Token Contact', account: acc.id })
  const make = async (body) => {
    const made = (await run.admin.post('/tokens', { name: 'narrow', ...body }, { expect: 201 })).body
    return Object.assign(new Client(run, { token: made.token }), { id: made.id, made })
  }
  await run.admin.post('/tokens', { name: 'x', entities: ['planet'] }, { expect: 422 })
  await run.admin.post('/tokens', { name: 'x', entities: [] }, { expect: 422 })
  const reader = await make({ read_only: true })
  assert.equal(reader.made.read_only, true)
  await reader.get('/accounts')
  await reader.post('/query', { query: 'SELECT name FROM account' }, { expect: 200 })
  for (const [method, path, body] of [['POST', '/accounts', { name: 'x' }], ['PATCH', `/accounts/${acc.id}`, { name: 'x' }], ['DELETE', `/accounts/${acc.id}`], ['POST', '/tokens', { name: 'wider' }], ['PATCH', '/settings', { name: 'x' }], ['POST', '/me/password', { current: 'x', new: 'y' }], ['POST', '/exports', { entity: 'account' }]])
    assert.equal((await reader.call(method, path, { body, expect: 403 })).body.code, 'token_scope', `${method} ${path}`)
  const narrow = await make({ entities: ['account'] })
  assert.deepEqual(narrow.made.entities, ['account'])
  await narrow.patch(`/accounts/${acc.id}`, { city: 'By token' }, { expect: 200 })
  for (const path of ['/settings/sign_in', '/tokens', '/sessions', '/changes', '/jobs', '/notices', '/security_events', '/users', '/contacts', `/accounts/${acc.id}/contacts`]) {
    const reply = await narrow.call('GET', path)
    assert.ok([403, 404].includes(reply.status) || (reply.body.records ?? ['?']).length === 0, `${path}: ${reply.status} ${reply.text.slice(0, 200)}`)
  }
  for (const query of ['SELECT name FROM contact', 'SELECT COUNT() FROM contact', "SELECT name FROM account WHERE id IN (SELECT account FROM contact WHERE name = 'Token Contact')"]) {
    const reply = await narrow.post('/query', { query })
    assert.ok(reply.status >= 400 || reply.body.records.length === 0, `${query}: ${reply.text.slice(0, 200)}`)
    assert.ok(!reply.body.count, query)
  }
  const hits = (await narrow.get('/search?q=Token')).body.hits
  assert.ok(hits.length > 0 && hits.every((h) => h.entity === 'account'), JSON.stringify(hits))
  await narrow.post('/contacts', { name: 'No' }, { expect: 403 })
  await narrow.post('/tokens', { name: 'wider' }, { expect: 403 })
  const listed = await until(async () => (await run.admin.get('/tokens')).body.tokens.find((t) => t.id === narrow.id && t.seen_at), 'its last use')
  assert.equal(listed.address, '127.0.0.1')
  for (const t of [reader, narrow]) await run.admin.del(`/tokens/${t.id}`)
}, { own: true })

it('what concerns safety is written down, for oneself and for administrators', async (run, assert) => {
  const u = await person(run, 'watched')
  const { client } = await signIn(run, 'watched', 'first password')
  await run.anyone.post('/session', { login: 'watched', password: 'wrong wrong' }, { headers: { 'user-agent': 'burglar/1.0' }, expect: 401 })
  await run.anyone.post('/session', { login: 'nobody-watched', password: 'secret-that-was-typed' }, { expect: 401 })
  const mine = (await client.get('/security_events')).body.events
  assert.deepEqual(mine.map((e) => e.kind), ['sign_in_refused', 'sign_in', 'password_set', 'rights'])
  assert.deepEqual([mine[0].agent, mine[0].address, mine[0].detail.why, mine[0].user.id], ['burglar/1.0', '127.0.0.1', 'password', u.id])
  assert.equal(mine[2].by.name, (await run.admin.get('/me')).body.name)
  await client.call('GET', `/security_events?user=${(await run.admin.get('/me')).body.id}`, { expect: 403 })
  const all = await run.admin.get('/security_events?kind=sign_in_refused&limit=200')
  assert.ok(all.body.events.some((e) => e.user === null && e.detail.login === 'nobody-watched'))
  assert.ok(!all.text.includes('secret-that-was-typed'))
  await run.admin.call('GET', '/security_events?kind=nonsense', { expect: 400 })
  const seen = []
  for (let next = null; ; ) {
    const page = (await run.admin.get(`/security_events?user=${u.id}&limit=2${next ? `&after=${next}` : ''}`)).body
    seen.push(...page.events.map((e) => e.id))
    if (!(next = page.next)) break
  }
  assert.deepEqual(seen, mine.map((e) => e.id))
  assert.equal((await run.admin.get(`/security_events?user=${u.id}&to=2001-01-01`)).body.events.length, 0)
  assert.equal((await run.admin.get('/security_events?user=:me&limit=1')).body.events.length, 1)
}, { own: true })

it('secrets stand in the database sealed, and without their key it says so', async (run, assert) => {
  if (run.engine !== 'sqlite') return
  const { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } = await import('node:fs')
  const { spawnSync } = await import('node:child_process')
  const { tmpdir } = await import('node:os')
  const { join } = await import('node:path')
  const u = await person(run, 'sealed')
  const set = await setUp(run, (await signIn(run, 'sealed', 'first password')).client)
  assert.equal(statSync(join(run.server.dir, 'zhike.key')).mode & 0o777, 0o600)
  const folder = mkdtempSync(join(tmpdir(), 'zhike-seal-'))
  const there = { ...run, contract: null, transcribe: null }
  try {
    const copy = join(folder, 'zhike.db')
    assert.equal(run.server.cli('backup', copy).status, 0)
    const bytes = readFileSync(copy)
    const { base32 } = await import('../totp.mjs')
    for (const secret of [Buffer.from(set.offer.secret), base32(set.offer.secret), ...set.codes.map((c) => Buffer.from(c)), readFileSync(join(run.server.dir, 'zhike.key')).subarray(0, 40)]) assert.equal(bytes.indexOf(secret), -1)
    for (const token of [run.admin.auth.token, run.adminCookie.auth.cookie]) {
      assert.equal(bytes.indexOf(Buffer.from(token)), -1)
      assert.notEqual(bytes.indexOf(createHash('sha256').update(token).digest()), -1) // known by its hash
    }
    const server = new Server('sqlite', copy) // without the key: a new one
    there.server = server
    await server.start()
    const anyone = new Client(there)
    const reply = await anyone.post('/session', { login: 'sealed', password: 'first password', code: '123456' }, { expect: 409 })
    assert.equal(reply.body.code, 'secret_locked')
    await anyone.post('/session', { login: 'sealed', password: 'first password', code: set.codes[1] }, { expect: 200 }) // recovery codes need no key
    await server.stop()
    const check = server.cli('check')
    assert.equal(check.status, 1)
    assert.match(check.stdout, /secrets cannot be opened/)
    rmSync(join(server.dir, 'zhike.key'))
    copyFileSync(join(run.server.dir, 'zhike.key'), join(server.dir, 'zhike.key')) // the key is brought back
    assert.doesNotMatch(server.cli('check').stdout, /secrets/)
    const old = readFileSync(join(server.dir, 'zhike.key'), 'utf8') // another key takes its place: both, then the new one alone
    const next = `${randomBytes(32).toString('base64')}\n`
    writeFileSync(join(server.dir, 'zhike.key'), next + old, { mode: 0o600 })
    assert.doesNotMatch(server.cli('check').stdout, /secrets/)
    writeFileSync(join(server.dir, 'zhike.key'), next)
    assert.doesNotMatch(server.cli('check').stdout, /secrets/)
    writeFileSync(join(server.dir, 'zhike.key'), old)
    assert.match(server.cli('check').stdout, /secrets cannot be opened/)
    chmodSync(join(server.dir, 'zhike.key'), 0o644)
    const refused = spawnSync(process.env.ZHIKE_BIN, ['serve', '--data', server.dir, '--db', copy, '--listen', '127.0.0.1:0'], { encoding: 'utf8' })
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /others may read the key/)
    server.remove()
  } finally {
    rmSync(folder, { recursive: true, force: true })
    assert.ok(!existsSync(folder))
  }
  await run.admin.patch(`/users/${u.id}`, { state: 'disabled' }, { expect: 200 })
}, { own: true })

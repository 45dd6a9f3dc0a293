// Mail over TLS, with certificates of the tests' own authority: what is believed, what is refused, and that nothing goes in clear.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { authority } from '../../support/authority.mjs'
import { PASSWORD, ownServer, signIn } from '../harness.mjs'

const SECRET = 'smtp secret 密'

async function until(condition, what, ms = 60000) {
  for (const end = Date.now() + ms; ;) {
    const found = await condition()
    if (found) return found
    if (Date.now() > end) throw new Error(`in vain: ${what}`)
    await new Promise((done) => setTimeout(done, 20))
  }
}

/** A mail server; what it was told, by whom, how they showed who they are, and whether it was in clear. */
async function mailServer(cert, method, options) {
  const letters = []
  const logins = []
  const server = new SMTPServer({
    cert: cert.cert,
    key: cert.key,
    authMethods: [method],
    onAuth(auth, session, done) {
      logins.push({ method: auth.method, secure: session.secure, right: auth.username === 'zhike' && auth.password === SECRET })
      done(logins.at(-1).right ? null : new Error('no'), { user: auth.username })
    },
    onData(stream, session, done) {
      stream.resume()
      stream.on('end', () => {
        letters.push({ secure: session.secure, user: session.user, to: session.envelope.rcptTo.map((r) => r.address) })
        done()
      })
    },
    logger: false,
    ...options,
  })
  server.on('error', () => {})
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return { letters, logins, port: server.server.address().port, close: () => new Promise((done) => server.close(done)) }
}

/** What a thief in between would do: says that there is no STARTTLS, takes down whatever comes. */
async function thief() {
  const heard = []
  const server = createServer((s) => {
    s.on('error', () => {})
    s.write('220 mail.example.com ESMTP\r\n')
    s.on('data', (d) => {
      heard.push(String(d))
      for (const line of String(d).split('\r\n').filter(Boolean)) s.write(/^EHLO/i.test(line) ? '250-mail.example.com\r\n250 AUTH PLAIN LOGIN\r\n' : /^QUIT/i.test(line) ? '221 bye\r\n' : /^STARTTLS/i.test(line) ? '502 no\r\n' : '235 yes\r\n')
    })
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return { heard, port: server.address().port, close: () => new Promise((done) => server.close(done)) }
}

it('mail over TLS: STARTTLS and TLS with both ways to show who one is; forged and missing certificates are refused', async (run, assert) => {
  if (run.engine !== 'sqlite') return // what goes over the wire is the same on both
  const folder = mkdtempSync(join(tmpdir(), 'zhike-mail-'))
  const own = authority(folder)
  if (!own) return rmSync(folder, { recursive: true }), { skip: 'no openssl here' }
  const [right, forged, other] = [own.sign('localhost', '127.0.0.1'), authority(folder, 'forged').sign('localhost', '127.0.0.1'), own.sign('mail.example.org')]
  const { server, remove } = ownServer(run)
  const there = { ...run, server, contract: null, transcribe: null }
  const opened = []
  const open = async (...args) => opened[opened.push(await mailServer(...args)) - 1]
  const start = async (env) => {
    Object.assign(process.env, env)
    try {
      await server.start()
    } finally {
      for (const name of Object.keys(env)) delete process.env[name]
    }
    return (await signIn(there, 'admin', PASSWORD)).client
  }
  let n = 0
  /** Sends a letter by these settings; its row when the first try is over. */
  const send = async (admin, settings) => {
    const to = `letter-${++n}@example.com`
    await admin.patch('/settings/mail', { host: '127.0.0.1', user: 'zhike', password: SECRET, from: 'crm@example.com', url: 'https://crm.example.com', ...settings }, { expect: 200 })
    await admin.post('/settings/mail/test', { to }, { expect: 204 })
    return until(async () => (await admin.get('/mails')).body.mails.find((m) => m.to === to && (m.state !== 'waiting' || m.error)), `${to} was tried`)
  }
  try {
    let admin = await start({ ZHIKE_MAIL_CA: own.caFile })
    for (const security of ['starttls', 'tls'])
      for (const method of ['PLAIN', 'LOGIN']) {
        const mail = await open(right, method, { secure: security === 'tls' })
        const row = await send(admin, { port: mail.port, security })
        assert.equal(row.state, 'sent', JSON.stringify(row))
        assert.deepEqual(mail.logins, [{ method, secure: true, right: true }])
        assert.deepEqual([mail.letters.length, mail.letters[0].secure, mail.letters[0].user], [1, true, 'zhike'])
      }

    // another authority's certificate, one for another name
    for (const [cert, security] of [[forged, 'starttls'], [forged, 'tls'], [other, 'tls'], [other, 'starttls']]) {
      const mail = await open(cert, 'PLAIN', { secure: security === 'tls' })
      const row = await send(admin, { port: mail.port, security })
      assert.notEqual(row.state, 'sent')
      assert.match(row.error, /certificate|SSL|TLS|verif/i)
      assert.deepEqual([mail.logins, mail.letters], [[], []])
    }

    // no encryption to be had: nothing is said
    const between = await thief()
    opened.push(between)
    const row = await send(admin, { port: between.port, security: 'starttls' })
    assert.notEqual(row.state, 'sent')
    assert.ok(between.heard.length > 0 && !/AUTH|MAIL|RCPT|DATA/i.test(between.heard.join('')), between.heard.join(''))
    const clear = await open(right, 'PLAIN', { hideSTARTTLS: true, disabledCommands: ['STARTTLS'], allowInsecureAuth: true })
    assert.notEqual((await send(admin, { port: clear.port, security: 'starttls' })).state, 'sent')
    assert.notEqual((await send(admin, { port: clear.port, security: 'tls' })).state, 'sent')
    assert.deepEqual([clear.logins, clear.letters], [[], []])

    // a wrong password: refused, told, and not in the words
    const strict = await open(right, 'PLAIN', { secure: true })
    const refused = await send(admin, { port: strict.port, security: 'tls', password: 'wrong secret' })
    assert.notEqual(refused.state, 'sent')
    assert.deepEqual(strict.letters, [])
    assert.equal(await server.stop(), 0, server.log)
    const encoded = [SECRET, 'wrong secret'].flatMap((s) => [s, Buffer.from(s).toString('base64'), Buffer.from(`\0zhike\0${s}`).toString('base64')])
    const mails = JSON.stringify(refused)
    for (const secret of encoded) assert.ok(!server.log.includes(secret) && !mails.includes(secret))

    // without the option the tests' authority is nobody's
    admin = await start({})
    const mail = await open(right, 'PLAIN', { secure: true })
    assert.notEqual((await send(admin, { port: mail.port, security: 'tls' })).state, 'sent')
    assert.deepEqual([mail.logins, mail.letters], [[], []])
    assert.equal(await server.stop(), 0, server.log)
  } finally {
    if (server.child?.exitCode === null) await server.stop()
    remove()
    for (const s of opened) await s.close()
    rmSync(folder, { recursive: true, force: true })
  }
}, { own: true })

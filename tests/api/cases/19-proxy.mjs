// Behind a proxy: the configurations stand in docs/guide/10-running.en.md and run here as they are, but for addresses and
// certificates, in a real nginx and a real Caddy.
import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { request as plain } from 'node:http'
import { request as tls } from 'node:https'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { authority } from '../../support/authority.mjs'
import { PASSWORD, ownServer } from '../harness.mjs'

const HOST = 'crm.example.com'
const guide = (lang) => readFileSync(new URL(`../../../docs/guide/10-running.${lang}.md`, import.meta.url), 'utf8')
const block = (kind, lang = 'en') => new RegExp('```' + kind + '\\n([^]*?)```').exec(guide(lang))[1]

async function freePort() {
  const s = createServer()
  await new Promise((done) => s.listen(0, '127.0.0.1', done))
  const { port } = s.address()
  await new Promise((done) => s.close(done))
  return port
}

/** Runs a proxy in front of `upstream`; another port where somebody was quicker. */
async function proxied(folder, upstream, cert, start) {
  for (let tries = 0; tries < 5; tries++) {
    const [port, http] = [await freePort(), await freePort()]
    const child = start({ port, http, upstream, cert, folder })
    let said = ''
    child.stderr.on('data', (d) => (said += d))
    const ended = new Promise((done) => child.on('exit', done))
    for (const end = Date.now() + 20000; Date.now() < end && child.exitCode === null; ) {
      const up = await new Promise((done) => plain({ port, host: '127.0.0.1', path: '/' }, (r) => done(r.resume().statusCode)).on('error', (e) => done(e.code !== 'ECONNREFUSED')).end())
      if (up && child.exitCode === null) return { port, http, stop: async () => { child.kill('SIGTERM'); await ended }, said: () => said }
      await new Promise((done) => setTimeout(done, 50))
    }
    child.kill('SIGKILL')
    if (!/in use/i.test(said)) throw new Error(`the proxy does not start: ${said}`)
  }
  throw new Error('no free port')
}

const starts = {
  nginx({ port, http, upstream, cert, folder }) {
    const site = block('nginx')
      .replace(/^ *listen \[::\].*\n/gm, '')
      .replace('listen 80;', `listen 127.0.0.1:${http};`)
      .replace('listen 443 ssl http2;', `listen 127.0.0.1:${port} ssl http2;`)
      .replace('127.0.0.1:8080', upstream)
      .replace(/ssl_certificate .*/, `ssl_certificate ${cert.certFile};`)
      .replace(/ssl_certificate_key .*/, `ssl_certificate_key ${cert.keyFile};`)
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((x) => `${x}_temp_path ${folder}/${x};`).join('\n')
    writeFileSync(join(folder, 'nginx.conf'), `${process.getuid() === 0 ? 'user root;' : ''}\ndaemon off;\npid ${folder}/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${site}\n}\n`)
    return spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] })
  },
  caddy({ port, http, upstream, cert, folder }) {
    const site = block('caddy')
      .replace(`${HOST} {`, `https://${HOST}:${port} {\n    bind 127.0.0.1\n    tls ${cert.certFile} ${cert.keyFile}`)
      .replace('127.0.0.1:8080', upstream)
    writeFileSync(join(folder, 'Caddyfile'), `{\n    admin off\n    http_port ${http}\n    https_port ${port}\n    auto_https disable_redirects\n    storage file_system ${folder}/caddy\n}\n${site}`)
    return spawn('caddy', ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder } })
  },
}

for (const [name, start] of Object.entries(starts))
  it(`behind ${name}, as the guide says: sign-in, changes, upload, event stream, who it was`, async (run, assert) => {
    if (run.engine !== 'sqlite') return
    const version = { nginx: '-v', caddy: 'version' }[name]
    if (spawnSync(name, [version]).status !== 0) return { skip: `no ${name} here` }
    const folder = mkdtempSync(join(tmpdir(), 'zhike-proxy-'))
    const own = authority(folder)
    if (!own) return rmSync(folder, { recursive: true }), { skip: 'no openssl here' }
    const cert = own.sign(HOST)
    const { server, remove } = ownServer(run)
    server.args = /ZHIKE_TRUSTED_PROXIES=(\S+)/.exec(guide('en')).slice(1).flatMap((nets) => ['--trusted-proxies', nets])
    let proxy
    try {
      await server.start()
      proxy = await proxied(folder, server.base.slice(7), cert, start)
      const origin = `https://${HOST}:${proxy.port}`
      const ask = (method, path, { from = '127.0.0.1', headers = {}, body, stream } = {}) =>
        new Promise((done, fail) => {
          const r = tls({ host: '127.0.0.1', servername: HOST, port: proxy.port, ca: own.ca, localAddress: from, agent: false, method, path, headers: { host: `${HOST}:${proxy.port}`, ...headers } }, (reply) => {
            if (stream) return done(reply)
            let text = ''
            reply.on('data', (d) => (text += d))
            reply.on('end', () => done({ status: reply.statusCode, headers: reply.headers, text }))
          })
          r.on('error', fail)
          r.end(body)
        })
      const json = (o) => ({ body: JSON.stringify(o), headers: { 'content-type': 'application/json' } })
      const signIn = (password, from, more = {}) => {
        const { body, headers } = json({ login: 'admin', password })
        return ask('POST', '/api/v1/session', { from, body, headers: { ...headers, ...more } })
      }

      assert.match((await ask('GET', '/')).text, /<html|web app/i)
      assert.equal((await ask('GET', '/metrics')).status, 403)
      assert.equal((await ask('GET', '/healthz')).status, 200)
      if (name === 'nginx') {
        const moved = await new Promise((done) => plain({ port: proxy.http, host: '127.0.0.1', path: '/x', headers: { host: HOST } }, (r) => done(r.resume())).end())
        assert.deepEqual([moved.statusCode, moved.headers.location], [301, `https://${HOST}/x`])
      }

      // who it was: the address is the browser's, whatever it says of itself
      const reply = await signIn(PASSWORD, '127.0.0.2', { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'http' })
      assert.equal(reply.status, 200, reply.text)
      const set = reply.headers['set-cookie'].find((c) => c.startsWith('zhike_session='))
      assert.match(set, /; Secure/)
      const cookie = set.split(';')[0]
      const events = JSON.parse((await ask('GET', '/api/v1/security_events?limit=5', { headers: { cookie } })).text).events
      assert.equal(events[0].address, '127.0.0.2')

      // guessing is counted by that address, not by the proxy's
      let waits = 0
      for (let i = 0; i < 12 && !waits; i++) waits = (await signIn(`wrong ${i}`, '127.0.0.3', { 'x-forwarded-for': `203.0.113.${i}` })).status === 429
      assert.ok(waits)
      assert.equal((await signIn(PASSWORD, '127.0.0.2')).status, 200)

      // a change comes from this address, by Origin alone too
      const { body, headers } = json({ name: 'Proxied AG' })
      const change = (from) => ask('POST', '/api/v1/accounts', { body, headers: { ...headers, cookie, origin: from } })
      assert.equal((await change('https://evil.example')).status, 403)
      assert.equal((await change(`https://${HOST}`)).status, 403) // another port is another origin
      const listening = await ask('GET', '/api/v1/events', { headers: { cookie }, stream: true })
      assert.match(listening.headers['content-type'], /event-stream/)
      const heard = new Promise((done) => {
        let text = ''
        listening.on('data', (d) => (text += d).includes('"entity":"account"') && done(text))
      })
      assert.equal((await change(origin)).status, 201)
      await heard // while the stream goes on
      listening.destroy()

      // 20 MB up and down
      const bytes = Buffer.alloc(20 << 20, 'zhike ')
      const edge = 'edge-of-the-part'
      const parts = Buffer.concat([Buffer.from(`--${edge}\r\nContent-Disposition: form-data; name="file"; filename="big.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`), bytes, Buffer.from(`\r\n--${edge}--\r\n`)])
      const up = await ask('POST', '/api/v1/files', { body: parts, headers: { cookie, origin, 'content-type': `multipart/form-data; boundary=${edge}`, 'content-length': parts.length } })
      assert.equal(up.status, 201, up.text)
      const down = await ask('GET', `/api/v1/files/${JSON.parse(up.text).id}`, { headers: { cookie } })
      assert.equal(down.text.length, bytes.length)
    } finally {
      await proxy?.stop()
      if (server.child?.exitCode === null) await server.stop()
      remove()
      rmSync(folder, { recursive: true, force: true })
    }
  }, { own: true })

it('behind a proxy: both guides show the same configuration', async (run, assert) => {
  const bare = (text) => text.replace(/ *#.*$/gm, '')
  for (const kind of ['nginx', 'caddy']) assert.equal(bare(block(kind, 'zh-CN')), bare(block(kind)))
  assert.ok(guide('zh-CN').includes(/ZHIKE_TRUSTED_PROXIES=\S+/.exec(guide('en'))[0]))
}, { own: true })

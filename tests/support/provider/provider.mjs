// A certified provider of OpenID Connect (oidc-provider) on a free port of this machine, with people, keys and pages; a browser
// without a screen that walks through its pages; and a provider that lies, for what no honest one would ever answer.
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

// It says at length what is only for tests; it is for tests.
for (const how of ['info', 'warn']) {
  const before = console[how]
  console[how] = (...words) => String(words[0]).includes('oidc-provider') || before(...words)
}

const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)))
const close = (server) => new Promise((done) => (server.closeAllConnections(), server.close(done)))

const KINDS = { RS256: ['rsa', { modulusLength: 2048 }], PS256: ['rsa', { modulusLength: 2048 }], ES256: ['ec', { namedCurve: 'P-256' }], EdDSA: ['ed25519', {}] }

/** A key pair for one algorithm: { alg, kid, private, publicJwk, privateJwk }. */
export function makeKey(alg, kid = randomBytes(6).toString('hex'), options = {}) {
  const [kind, how] = KINDS[alg]
  const pair = generateKeyPairSync(kind, { ...how, ...options })
  const more = { kid, alg, use: 'sig' }
  return { alg, kid, private: pair.privateKey, publicKey: pair.publicKey, publicJwk: { ...pair.publicKey.export({ format: 'jwk' }), ...more }, privateJwk: { ...pair.privateKey.export({ format: 'jwk' }), ...more } }
}

// ---- the honest one ----

/** `people`: sub → claims. `clients(issuer)`: the metadata of the clients. `host`: another name of this machine is another site to a
 *  browser. */
export async function startProvider({ people, clients, host = '127.0.0.1', algs = ['RS256', 'PS256', 'ES256', 'EdDSA'] }) {
  let handler
  const asked = {}
  const server = createServer((req, res) => {
    const path = req.url.split('?')[0]
    asked[path] = (asked[path] ?? 0) + 1
    handler(req, res)
  })
  const issuer = `http://${host}:${await listen(server)}`
  const use = (keys) => {
    const provider = new Provider(issuer, {
      clients: clients(issuer),
      jwks: { keys: keys.map((k) => k.privateJwk) },
      enabledJWA: { idTokenSigningAlgValues: algs },
      cookies: { keys: ['tests'] },
      claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'], groups: ['groups', 'team'] },
      scopes: ['openid', 'offline_access', 'groups'],
      features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true }, devInteractions: { enabled: true } },
      findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
      fetch: (url, { dispatcher, ...options }) => fetch(url, options), // Zhike is on this machine, where its own would not go
      ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
    })
    handler = provider.callback()
    return provider
  }
  let keys = algs.map((a) => makeKey(a))
  const self = {
    issuer,
    asked,
    provider: use(keys),
    /** Other keys under other names; sessions and grants of before are gone too. */
    rotate() {
      keys = algs.map((a) => makeKey(a))
      self.provider = use(keys)
    },
    stop: () => close(server),
  }
  return self
}

// ---- a browser without a screen ----

export class Browser {
  constructor() {
    this.jars = new Map() // host → name → value
  }
  jar(url) {
    const { host } = new URL(url)
    if (!this.jars.has(host)) this.jars.set(host, new Map())
    return this.jars.get(host)
  }
  /** One request without following: { status, url, location, text }. */
  async go(url, init = {}) {
    const jar = this.jar(url)
    const cookie = [...jar].map(([n, v]) => `${n}=${v}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', ...init, headers: { ...(cookie ? { cookie } : {}), ...init.headers } })
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = line.split(';')[0].split(/=(.*)/s)
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(line) || value === '') jar.delete(name)
      else jar.set(name, value)
    }
    const location = response.headers.get('location')
    return { status: response.status, url, location: location && new URL(location, url).href, text: await response.text() }
  }
  /** Follows redirects as long as they stay with `site`. */
  async walk(url, site, init) {
    let at = await this.go(url, init)
    while (at.location && at.location.startsWith(site)) at = await this.go(at.location)
    return at
  }
  /** Sends the one form of a page. */
  send(page, fields) {
    const action = /<form[^>]* action="([^"]*)"/.exec(page.text)[1].replaceAll('&amp;', '&')
    const hidden = [...page.text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [/name="([^"]*)"/.exec(tag)[1], /value="([^"]*)"/.exec(tag)?.[1] ?? ''])
    return { url: new URL(action, page.url).href, init: { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams([...hidden, ...Object.entries(fields)]) } }
  }
  /** Signs in at the honest provider as `sub`, says yes to everything; the page where it ends up, back at the client. */
  async through(start, issuer, sub) {
    let page = await this.walk(start, issuer)
    for (let i = 0; i < 4 && page.status === 200 && page.text.includes('<form'); i++) {
      const form = this.send(page, page.text.includes('name="login"') ? { login: sub, password: 'any' } : {})
      page = await this.walk(form.url, issuer, form.init)
    }
    return page
  }
}

// ---- the one that lies ----

const b64 = (v) => Buffer.from(typeof v === 'string' ? v : JSON.stringify(v)).toString('base64url')

/** A token with whatever header and claims; `how`: a key of makeKey(), { hmac: bytes }, or null for no signature. */
export function makeToken(header, claims, how) {
  const text = `${b64(header)}.${b64(claims)}`
  if (!how) return `${text}.`
  if (how.hmac) return `${text}.${createHmac('sha256', how.hmac).update(text).digest('base64url')}`
  const key = { RS256: how.private, PS256: { key: how.private, padding: 6, saltLength: 32 }, ES256: { key: how.private, dsaEncoding: 'ieee-p1363' }, EdDSA: how.private }[how.alg]
  return `${text}.${sign(how.alg === 'EdDSA' ? null : 'sha256', Buffer.from(text), key).toString('base64url')}`
}

/** What it answers is decided by the test: `about`, `keys`, `token(form)` and `userinfo` may be replaced at any time; a handler
 *  gets (req, res, body) and answers by itself. */
export async function startLiar() {
  const self = { asked: {}, forms: [], on: {} }
  const server = createServer(async (req, res) => {
    const path = new URL(req.url, 'http://x').pathname
    let body = ''
    for await (const piece of req) body += piece
    self.asked[path] = (self.asked[path] ?? 0) + 1
    if (self.on[path]) return self.on[path](req, res, body)
    const say = (o, status = 200) => res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(o))
    if (path === '/.well-known/openid-configuration') return say({ ...self.usual, ...self.about })
    if (path === '/jwks') return say({ keys: self.keys.map((k) => k.publicJwk ?? k) })
    if (path === '/token') {
      const form = Object.fromEntries(new URLSearchParams(body))
      self.forms.push(form)
      if (self.challenge && createHash('sha256').update(form.code_verifier ?? '').digest('base64url') !== self.challenge) return say({ error: 'invalid_grant' }, 400)
      return say({ access_token: 'access', token_type: 'Bearer', id_token: self.token(form) })
    }
    if (path === '/userinfo') return say(self.userinfo)
    res.writeHead(404).end()
  })
  self.issuer = `http://127.0.0.1:${await listen(server)}`
  self.key = makeKey('RS256')
  self.keys = [self.key]
  self.usual = { issuer: self.issuer, authorization_endpoint: `${self.issuer}/auth`, token_endpoint: `${self.issuer}/token`, jwks_uri: `${self.issuer}/jwks` }
  self.about = {}
  self.stop = () => close(server)
  return self
}

// glewlwyd, a provider of OpenID Connect written by others: Debian's package, on a SQLite database in a folder of its own, set up over
// its own API. Null with the reason where it is not there (docs/TESTS.md).
import { spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SCHEMA = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3'
const SETTINGS = '/usr/share/glewlwyd/templates/glewlwyd-debian.conf.properties'
const PASSWORD = 'provider password'

export function glewlwydMissing() {
  if (spawnSync('glewlwyd', ['--version']).error) return 'no glewlwyd here'
  for (const file of [SCHEMA, SETTINGS]) if (!existsSync(file)) return `no ${file} here`
  return spawnSync('sqlite3', ['--version']).error ? 'no sqlite3 here' : null
}

async function freePort() {
  const s = createServer()
  await new Promise((done) => s.listen(0, '127.0.0.1', done))
  const { port } = s.address()
  await new Promise((done) => s.close(done))
  return port
}

/** One who is signed in there; what it is told that is no success is an error. */
function caller(base) {
  let cookie
  return async (method, path, body) => {
    const r = await fetch(`${base}/api${path}`, { method, redirect: 'manual', headers: { 'content-type': 'application/json', ...(cookie ? { cookie } : {}) }, body: body && JSON.stringify(body) })
    const set = r.headers.getSetCookie().find((c) => c.startsWith('GLEWLWYD2_SESSION_ID='))
    if (set) cookie = set.split(';')[0]
    if (!r.ok) throw new Error(`glewlwyd: ${method} ${path}: ${r.status} ${(await r.text()).slice(0, 500)}`)
    return { cookie }
  }
}

const parameters = (base, size) => {
  const pem = { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }
  const keys = size === 'ecdsa' ? generateKeyPairSync('ec', { namedCurve: 'P-256', ...pem }) : generateKeyPairSync('rsa', { modulusLength: 2048, ...pem })
  const on = ['auth-type-code-enabled', 'auth-type-id-token-enabled', 'jwks-show', 'pkce-allowed', 'pkce-required', 'session-management-allowed', 'back-channel-logout-allowed', 'oauth-iss-auth-resp']
  const off = ['refresh-token-rolling', 'allow-non-oidc', 'auth-type-token-enabled', 'auth-type-none-enabled', 'auth-type-password-enabled', 'auth-type-client-enabled', 'auth-type-device-enabled', 'auth-type-refresh-enabled', 'pkce-method-plain-allowed', 'front-channel-logout-allowed', 'oauth-par-allowed']
  return {
    iss: `${base}/api/oidc`,
    'jwt-type': size,
    'jwt-key-size': '256',
    key: keys.privateKey,
    cert: keys.publicKey,
    'access-token-duration': 3600,
    'refresh-token-duration': 3600,
    'code-duration': 600,
    'session-cookie-name': 'GLEWLWYD2_OIDC_SID',
    'session-cookie-expiration': 3600,
    'subject-type': 'public',
    'name-claim': 'mandatory',
    'email-claim': 'mandatory',
    'scope-claim': 'no',
    claims: [{ name: 'preferred_username', 'user-property': 'username', type: 'string', mandatory: true }],
    ...Object.fromEntries(on.map((k) => [k, true])),
    ...Object.fromEntries(off.map((k) => [k, false])),
  }
}

async function serve(folder, port) {
  const database = join(folder, 'glewlwyd.db')
  const made = spawnSync('sqlite3', [database], { input: readFileSync(SCHEMA), encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`glewlwyd's tables: ${made.stderr}`)
  const file = join(folder, 'glewlwyd.conf')
  writeFileSync(file, readFileSync(SETTINGS, 'utf8')
    .replace(/^port *=.*$/m, `port=${port}\nbind_address="127.0.0.1"`)
    .replace(/^external_url *=.*$/m, `external_url="http://127.0.0.1:${port}"`)
    .replace(/^log_mode *=.*$/m, 'log_mode="console"')
    .replace(/^log_file *=.*$/m, '')
    .replace(/^@include.*$/m, `database = { type="sqlite3"; path="${database}"; };`))
  const child = spawn('glewlwyd', [`--config-file=${file}`], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const s of [child.stdout, child.stderr]) s.on('data', (d) => (said = (said + d).slice(-4000)))
  child.ended = new Promise((done) => child.on('exit', done))
  for (const end = Date.now() + 30000; Date.now() < end && child.exitCode === null; ) {
    if (await fetch(`http://127.0.0.1:${port}/api/scope/`).then(() => true, () => false)) return child
    await new Promise((done) => setTimeout(done, 50))
  }
  child.kill('SIGKILL')
  throw new Error(`glewlwyd does not start: ${said}`)
}

/** `type`: rsa or ecdsa. `client`: client_id, client_secret, redirect_uri. People: name by login. */
export async function startGlewlwyd({ type, client, people }) {
  const folder = mkdtempSync(join(tmpdir(), 'zhike-glewlwyd-'))
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const child = await serve(folder, port)
  const admin = caller(base)
  await admin('POST', '/auth/', { username: 'admin', password: 'password' })
  await admin('POST', '/mod/plugin/', { module: 'oidc', name: 'oidc', display_name: 'OIDC', parameters: parameters(base, type) })
  await admin('POST', '/client/?source=database', { name: 'Zhike', confidential: true, enabled: true, authorization_type: ['code'], scope: [], token_endpoint_auth_method: ['client_secret_basic'], ...client, redirect_uri: [client.redirect_uri] })
  for (const [username, name] of Object.entries(people)) await admin('POST', '/user/?source=database', { username, name, email: `${username}@example.com`, enabled: true, password: PASSWORD, scope: ['openid', 'g_profile'] })
  return {
    base,
    issuer: `${base}/api/oidc`,
    /** From the page that asks who it is back to the client, as its own page does it: sign in, agree, go on. */
    async through(browser, start, username) {
      const asked = await browser.go(start)
      if (!asked.location?.includes('login.html')) return asked
      const person = caller(base)
      await person('POST', '/auth/', { username, password: PASSWORD })
      const { cookie } = await person('PUT', `/auth/grant/${client.client_id}`, { scope: 'openid' })
      browser.jar(base).set(...cookie.split(/=(.*)/s))
      return browser.go(`${new URL(asked.location).searchParams.get('callback_url')}&g_continue`)
    },
    async stop() {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 10000)
      await child.ended
      clearTimeout(late)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

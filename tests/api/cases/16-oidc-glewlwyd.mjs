// Signing in by another provider than the one of 16-oidc.mjs: glewlwyd, written by others in another language.
import { Browser } from '../../support/provider/provider.mjs'
import { glewlwydMissing, startGlewlwyd } from '../../support/provider/glewlwyd.mjs'
import { Client } from '../harness.mjs'

// without signs that RFC 6749 wants encoded: this provider takes them as they stand
const SECRET = 'a-secret-of-the-tests-32-bytes-0'
const OFF = { on: false, issuer: '', client_id: '', client_secret: null, scopes: 'openid profile email', join_by: 'email', make_users: false }

it('provider: glewlwyd: discovery, code with PKCE, RSA and ECDSA; who came before is known by sub', async (run, assert) => {
  if (run.engine !== 'sqlite') return
  const missing = glewlwydMissing()
  if (missing) return { skip: missing }
  const set = (patch) => run.admin.patch('/settings/oidc', patch, { expect: 200 })
  for (const type of ['rsa', 'ecdsa']) {
    const login = `gwen-${type}`
    const provider = await startGlewlwyd({ type, client: { client_id: 'zhike', client_secret: SECRET, redirect_uri: `${run.server.base}/api/v1/oidc/callback` }, people: { [login]: `Gwen ${type}`, [`${login}-2`]: 'Somebody else' } })
    try {
      await set({ ...OFF, on: true, issuer: provider.issuer, client_id: 'zhike', client_secret: SECRET, scopes: 'openid', join_by: 'login' })
      const tried = (await run.admin.post('/settings/oidc/test', {}, { expect: 200 })).body
      assert.equal(tried.good, true, JSON.stringify(tried))
      const here = await run.admin.make('users', { name: 'Gwen', login, state: 'active' })
      const enter = async (who) => {
        const browser = new Browser()
        const start = await browser.go(`${run.server.base}/api/v1/oidc/start?to=/leads`)
        const page = await provider.through(browser, start.location, who)
        assert.ok(page.location?.startsWith(`${run.server.base}/api/v1/oidc/callback`), `${page.status} ${page.location} ${page.text}`)
        const end = await browser.go(page.location)
        const cookie = browser.jar(run.server.base).get('zhike_session')
        return { browser, page, sso: new URL(end.location).searchParams.get('sso'), client: cookie && new Client(run, { cookie }) }
      }
      const first = await enter(login)
      assert.equal(first.sso, null)
      assert.equal((await first.client.get('/me')).body.id, here.id)
      await run.admin.patch(`/users/${here.id}`, { login: `${login}-renamed` }, { expect: 200 }) // sub stays
      assert.equal((await (await enter(login)).client.get('/me')).body.id, here.id)
      assert.equal((await enter(`${login}-2`)).sso, 'oidc_unknown')
      // the answer again, in this browser and in another
      for (const browser of [first.browser, new Browser()]) {
        const again = await browser.go(first.page.location)
        assert.ok(!again.location || new URL(again.location).searchParams.get('sso'), again.location)
      }
      await run.admin.patch(`/users/${here.id}`, { state: 'disabled' }, { expect: 200 })
      const out = await enter(login)
      assert.equal(out.client, undefined)
      // the wrong secret is the provider's to refuse
      await set({ client_secret: 'another-secret-of-the-same-length' })
      assert.notEqual((await enter(`${login}-2`)).sso, null)
    } finally {
      await set(OFF)
      await provider.stop()
    }
  }
}, { own: true })

// Signing in by a provider of OpenID Connect: an administrator sets it up, people come in by it, go, and are turned away.
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { startProvider } from '../support/provider/provider.mjs'
import { api, everywhere, person, picture, say, signIn } from './support.mjs'

everywhere('provider', tasks)

function tasks(given, engine, language) {
  const t = (key, values) => say(language, key, values)
  const button = language === 'en' ? 'Sign in with Lantern' : '用灯笼账号登录'
  const people = {
    dana: { name: 'Dana Lantern', preferred_username: `dana-${language}`, email: `dana-${language}@example.com`, email_verified: true, groups: ['north'] },
    stray: { name: 'Stray', email: 'stray@example.com', email_verified: false },
  }
  let page, context, errors, theirs, provider
  const step = (name, work) =>
    it(name, { timeout: 300000 }, async () => {
      try {
        await work()
      } catch (e) {
        for (const [who, p] of [['admin', page], ['theirs', theirs?.page]]) if (p) await picture(p, `provider-${engine}-${language}-${who}-${name}`.replace(/[^\w-]+/g, '_'))
        throw e
      }
      assert.deepEqual([...errors.splice(0), ...theirs.errors.splice(0)], [], 'the page met errors')
    })
  const fill = (p, label, text) => p.getByLabel(label, { exact: true }).fill(text)
  const press = (p, label) => p.getByRole('button', { name: label, exact: true }).click()
  /** The provider's own pages: who one is, and yes to what is asked. */
  const through = async (p, sub) => {
    await p.locator('input[name="login"]').fill(sub)
    await p.locator('input[name="password"]').fill('any')
    await p.locator('button[type="submit"]').click()
    await p.locator('button[type="submit"]').click()
  }

  before(async () => {
    const { server, browser } = given()
    provider = await startProvider({
      people,
      host: 'localhost', // another site than Zhike's
      clients: () => [{ client_id: 'zhike', client_secret: 'the secret of this test, 32 bytes', redirect_uris: [`${server.url}/api/v1/oidc/callback`], post_logout_redirect_uris: [`${server.url}/sign-in`], backchannel_logout_uri: `${server.url}/api/v1/oidc/logout`, backchannel_logout_session_required: true }],
    })
    ;({ page, context, errors } = await person(browser, server, language))
    theirs = await person(browser, server, language)
  })
  after(async () => {
    await context?.close()
    await theirs?.context.close()
    await provider?.stop()
  })

  step('set the provider up', async () => {
    await signIn(page, language, given().server)
    await page.goto('/settings/provider')
    await fill(page, t('provider.issuer'), `${provider.issuer}/nothing`)
    await press(page, t('provider.test'))
    await page.locator('.provider-outcome .form-fault').getByText('404').waitFor()
    await fill(page, t('provider.issuer'), provider.issuer)
    await press(page, t('provider.test'))
    await page.locator('.provider-outcome').getByText(t('provider.good', { n: 4 })).waitFor()
    await page.locator('.provider-outcome').getByText(t('provider.tells')).waitFor()
    await page.getByText(`${given().server.url}/api/v1/oidc/callback`).waitFor()
    await fill(page, t('provider.client_id'), 'zhike')
    await fill(page, t('provider.secret'), 'the secret of this test, 32 bytes')
    await fill(page, t('provider.scopes'), 'openid profile email groups')
    for (const name of ['English', '简体中文', '中文']) {
      const box = page.getByLabel(t('provider.button', { language: name }), { exact: true })
      if (await box.count()) await box.fill(button)
    }
    await page.getByText(t('provider.make'), { exact: true }).click()
    await fill(page, t('provider.claim_role'), 'groups')
    await press(page, t('provider.role_add'))
    await fill(page, t('provider.value'), 'north')
    await page.getByText(t('provider.on'), { exact: true }).click()
    await press(page, t('save'))
    await page.getByText(t('settings.saved')).first().waitFor()
    const kept = await api(page, 'GET', '/settings/oidc')
    assert.deepEqual([kept.on, kept.secret, kept.make_users, kept.roles.length], [true, true, true, 1])
  })

  step('come in by it to the page that was wanted', async () => {
    const p = theirs.page
    await p.goto('/leads')
    await p.waitForURL(/\/sign-in\?to=/)
    await p.getByRole('link', { name: button }).click()
    await p.waitForURL((u) => u.origin === provider.issuer)
    await through(p, 'dana')
    await p.waitForURL(/\/leads/)
    await p.locator('.head-user').waitFor()
    assert.equal((await api(p, 'GET', '/me')).name, 'Dana Lantern')
    assert.ok(!(await p.evaluate(() => document.cookie)).includes('zhike'))
  })

  step('the session ends while a form is open: signed in again by the provider in another window, nothing is lost', async () => {
    const p = theirs.page
    await p.goto('/accounts/new')
    const name = `Typed ${language}`
    await p.locator('#f-name').fill(name)
    await api(p, 'DELETE', '/session')
    await p.getByRole('button', { name: t('save'), exact: true }).click()
    const dialog = p.getByRole('dialog', { name: t('signin.over') })
    await dialog.waitFor()
    const opened = theirs.context.waitForEvent('page')
    await dialog.getByRole('button', { name: button, exact: true }).click()
    const other = await opened // the provider knows the person still, and closes it by itself
    await other.waitForEvent('close').catch(() => undefined)
    await p.waitForURL(/\/accounts\/\d+$/)
    await p.getByRole('heading', { name }).waitFor()
    await dialog.waitFor({ state: 'detached' })
  })

  step('sign out here and there', async () => {
    const p = theirs.page
    await p.locator('.head-user').click()
    await p.getByText(t('menu.leave'), { exact: true }).click()
    await p.waitForURL((u) => u.origin === provider.issuer)
    await p.locator('button[value="yes"]').click()
    await p.waitForURL(/\/sign-in$/)
    await p.getByRole('link', { name: button }).click() // it asks who one is again
    await p.locator('input[name="login"]').waitFor()
  })

  step('who is not known is told so', async () => {
    await api(page, 'PATCH', '/settings/oidc', { make_users: false })
    const p = theirs.page
    await through(p, 'stray')
    await p.waitForURL(/\/sign-in\?sso=/)
    await p.getByRole('alert').getByText(t('provider.why.oidc_unknown')).waitFor()
    await p.getByRole('link', { name: button }).waitFor()
    await api(page, 'PATCH', '/settings/oidc', { on: false })
    await p.goto('/sign-in')
    await p.getByLabel(t('signin.login')).waitFor()
    assert.equal(await p.getByRole('link', { name: button }).count(), 0)
  })
}

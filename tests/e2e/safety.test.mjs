// One evening with access: a second step, its recovery, a forgotten password by mail, a narrow token, and what was written down.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, it } from 'node:test'
import { api, everywhere, person, picture, say, signIn } from './support.mjs'
import { codeOf, stepNow } from '../api/totp.mjs'

everywhere('access', tasks)

async function until(condition) {
  for (let i = 0; !(await condition()); i++) {
    if (i > 300) throw new Error(`in vain: ${condition}`)
    await new Promise((done) => setTimeout(done, 100))
  }
}

/** What a mail server must say so that one letter is taken; the letters are kept. */
function mailbox() {
  const letters = []
  const server = createServer((s) => {
    let text = ''
    let data = false
    s.on('error', () => {})
    s.write('220 here\r\n')
    s.on('data', (d) => {
      text += d
      for (let at; (at = text.indexOf(data ? '\r\n.\r\n' : '\r\n')) >= 0; ) {
        const line = text.slice(0, at)
        text = text.slice(at + (data ? 5 : 2))
        if (data) {
          data = false
          letters.push(Buffer.from(line.split('\r\n\r\n').slice(1).join(''), 'base64').toString('utf8'))
          s.write('250 taken\r\n')
        } else if (/^DATA/i.test(line)) {
          data = true
          s.write('354 go on\r\n')
        } else if (/^QUIT/i.test(line)) s.end('221 bye\r\n')
        else s.write('250 good\r\n')
      }
    })
  })
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done({ letters, port: server.address().port, close: () => server.close() })))
}

function tasks(given, engine, language) {
  const t = (key, values) => say(language, key, values)
  const login = language === 'en' ? 'casey' : 'xiaolin'
  const first = 'copper kettle song'
  let page, context, errors, theirs, box, secret, codes
  const step = (name, work) =>
    it(name, { timeout: 300000 }, async () => {
      try {
        await work()
      } catch (e) {
        for (const [who, p] of [['admin', page], ['theirs', theirs?.page]]) if (p) await picture(p, `safety-${engine}-${language}-${who}-${name}`.replace(/[^\w-]+/g, '_'))
        throw e
      }
      errors.splice(0)
    })
  const fill = (p, label, text) => p.getByLabel(label, { exact: true }).fill(text)
  const press = (p, label) => p.getByRole('button', { name: label, exact: true }).click()
  const enter = async (p, password) => {
    await p.goto('/sign-in')
    await fill(p, t('signin.login'), login)
    await fill(p, t('signin.password'), password)
    await press(p, t('signin.go'))
  }
  const inside = (p) => p.locator('.head-user').waitFor()

  before(async () => {
    const { server, browser } = given()
    box = await mailbox()
    ;({ page, context, errors } = await person(browser, server, language))
    theirs = await person(browser, server, language)
  })
  after(async () => {
    box?.close()
    await context?.close()
    await theirs?.context.close()
  })

  step('the administrator sets up mail and tries it', async () => {
    await signIn(page, language, given().server)
    await page.goto('/settings/mail')
    await fill(page, t('mail.host'), '127.0.0.1')
    await fill(page, t('mail.port'), String(box.port))
    await page.getByRole('combobox', { name: t('mail.security'), exact: true }).click({ force: true }) // its label lies over it
    await page.getByRole('option', { name: t('mail.by.none'), exact: true }).click()
    await fill(page, t('mail.from'), 'crm@example.com')
    await fill(page, t('mail.url'), given().server.url)
    await press(page, t('save'))
    await fill(page, t('mail.test_to'), 'chief@example.com')
    await press(page, t('mail.test'))
    await page.locator('.set-row', { hasText: 'chief@example.com' }).getByText(t('mail.state.sent'), { exact: true }).waitFor()
    assert.equal(box.letters.length, 1)
  })

  step('a person sets up a second step, and it is asked for', async () => {
    const user = await api(page, 'POST', '/users', { name: language === 'en' ? 'Casey Doe' : '林晓', login, email: `${login}@example.com`, language, state: 'active' })
    await api(page, 'POST', `/users/${user.id}/password`, { password: first, keep: true })
    const p = theirs.page
    await enter(p, first)
    await inside(p)
    await p.goto('/settings/profile')
    await press(p, t('second.set_up'))
    await p.locator('.second').getByLabel(t('signin.old'), { exact: true }).fill(first)
    await press(p, t('second.begin'))
    await p.getByAltText(t('second.picture')).waitFor()
    secret = (await p.locator('.second-key').textContent()).replaceAll(' ', '')
    await fill(p, t('second.code'), '000000')
    await press(p, t('second.confirm'))
    await p.getByRole('alert').waitFor()
    await fill(p, t('second.code'), codeOf(secret, stepNow()))
    await press(p, t('second.confirm'))
    await p.locator('.second-codes code').first().waitFor()
    codes = await p.locator('.second-codes code').allTextContents()
    assert.equal(codes.length, 10)
    await press(p, t('second.kept'))
    await p.getByRole('button', { name: t('second.off'), exact: true }).waitFor()
    await p.context().clearCookies()
    await enter(p, first)
    await fill(p, t('second.code'), codes[0])
    await press(p, t('signin.go'))
    await inside(p)
    assert.equal(await p.evaluate(() => fetch('/api/v1/me/totp').then((r) => r.json()).then((x) => x.recovery_left)), 9)
  })

  step('a forgotten password is chosen anew by mail; the second step still stands', async () => {
    const p = theirs.page
    await p.context().clearCookies()
    await p.goto('/sign-in')
    await press(p, t('signin.forgot'))
    await fill(p, t('signin.login'), `${login}@example.com`)
    await press(p, t('signin.forgot_go'))
    await p.getByText(t('signin.forgot_sent')).waitFor()
    await until(async () => (await api(page, 'GET', '/mails')).mails.some((m) => m.to === `${login}@example.com` && m.state === 'sent'))
    const link = /http\S+\/join#\S+/.exec(box.letters.at(-1))[0]
    const asked = []
    p.on('request', (r) => asked.push(r.url()))
    await p.goto(link)
    await fill(p, t('signin.new'), 'first password1')
    await fill(p, t('signin.again'), 'first password1')
    assert.ok(!p.url().includes('#'), 'the secret is gone from the address')
    await press(p, t('signin.set'))
    await p.waitForURL(/\/sign-in/)
    await fill(p, t('second.code'), codes[1])
    await press(p, t('signin.go'))
    await inside(p)
    const key = link.split('#')[1]
    assert.ok(asked.every((url) => !url.includes(key)), 'no address that was asked for has the secret')
  })

  step('other sessions are ended, a narrow token is made, and all of it was written down', async () => {
    const p = theirs.page
    await p.goto('/settings/tokens')
    await fill(p, t('settings.token_for'), 'robot')
    await p.getByText(t('settings.token_read'), { exact: true }).click()
    await press(p, t('settings.token_make'))
    const token = await p.locator('.set-secret code').textContent()
    const said = await p.evaluate(async (key) => {
      const ask = (method, path) => fetch(`/api/v1${path}`, { method, credentials: 'omit', headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }, ...(method === 'POST' ? { body: '{"name":"x"}' } : {}) }).then((r) => r.status)
      return [await ask('GET', '/accounts'), await ask('POST', '/accounts')]
    }, token)
    assert.deepEqual(said, [200, 403])
    await p.goto('/settings/safety')
    for (const kind of ['token_made', 'password_reset', 'recovery_used', 'totp_on', 'reset_asked']) await p.getByText(t(`safety.kind.${kind}`)).first().waitFor()
    await page.goto('/settings/safety?kind=totp_on')
    await page.getByText(language === 'en' ? 'Casey Doe' : '林晓').first().waitFor()
  })

  step('a role masks a telephone number; who has it sees the mask, and looks at one, which is written down', async () => {
    const meta = await api(page, 'GET', '/meta')
    const entity = (name) => meta.entities.find((e) => e.name === name)
    const label = (e, f) => entity(e).fields.find((x) => x.name === f).label[language]
    const roles = (await api(page, 'GET', '/roles?limit=50')).records
    const role = roles.find((r) => r.key === 'salesperson')
    // on the page of roles
    await page.goto('/settings/roles')
    await page.getByRole('tab', { name: role.name, exact: true }).click()
    const choose = async (name, option) => {
      const box = page.locator('.role-add').getByRole('combobox', { name, exact: true })
      await box.click({ force: true })
      await page.getByRole('option', { name: option, exact: true }).first().click()
    }
    await choose(t('settings.role_of'), entity('contact').plural_label[language])
    await choose(t('settings.role_field'), label('contact', 'mobile'))
    const masked = entity('role_field').fields.find((f) => f.name === 'access').choices.find((c) => c.key === 'masked').label[language]
    await choose(label('role_field', 'access'), masked)
    await press(page, t('settings.role_field_add'))
    await page.locator('.set-tag', { hasText: masked }).waitFor()
    // a salesperson, with a contact of a firm that is not theirs
    const chief = (await api(page, 'GET', '/me')).name
    const name = language === 'en' ? 'Sam Seller' : '孙销'
    const user = await api(page, 'POST', '/users', { name, login: `sam-${language}`, language, state: 'active', role: 'salesperson' })
    await api(page, 'POST', `/users/${user.id}/password`, { password: first, keep: true })
    const firm = await api(page, 'POST', '/accounts', { name: 'Undisclosed Works' })
    const contact = await api(page, 'POST', '/contacts', { name: 'Chen Mask', mobile: '13812348000', account: firm.id, owner: user.id })
    const sam = await person(given().browser, given().server, language)
    try {
      const p = sam.page
      await p.goto('/sign-in')
      await fill(p, t('signin.login'), `sam-${language}`)
      await fill(p, t('signin.password'), first)
      await press(p, t('signin.go'))
      await inside(p)
      await p.goto(`/contacts/${contact.id}`)
      await p.getByText('138****8000', { exact: true }).first().waitFor()
      await p.getByText(t('field.hidden'), { exact: true }).first().waitFor()
      assert.ok(!(await p.content()).includes('13812348000'))
      assert.ok(!(await p.content()).includes('Undisclosed'))
      await p.getByRole('button', { name: t('field.reveal', { name: label('contact', 'mobile') }), exact: true }).click()
      await p.getByText('13812348000', { exact: true }).waitFor()
      // whose a firm is that one may not see
      await p.goto('/accounts/new')
      await p.getByLabel(label('account', 'name')).first().fill('Undisclosed Works')
      await p.locator('.twins').getByText(t('twins.hidden_of', { owner: chief }), { exact: true }).first().waitFor()
      assert.equal(await p.locator('.twins a').count(), 0)
    } finally {
      await sam.context.close()
    }
    await page.goto('/settings/safety?kind=unmasked')
    await page.getByText(name).first().waitFor()
    await page.getByText(`contact/${contact.id}`).first().waitFor()
  })

  step('one person’s data are taken out and erased; the list of what happened says so and is taken out', async () => {
    const name = language === 'en' ? 'Terry Gone' : '高无痕'
    const c = await api(page, 'POST', '/contacts', { name, mobile: '13912345678' })
    await page.goto(`/contacts/${c.id}`)
    const menu = async (label) => {
      await page.getByRole('button', { name: t('record.more') }).click()
      await page.locator('.menu-item').getByText(label, { exact: true }).click()
    }
    const out = page.waitForEvent('download')
    await menu(language === 'en' ? 'Personal data' : '导出个人数据')
    assert.equal((await out).suggestedFilename(), `contact ${c.id}.json`)
    await menu(language === 'en' ? 'Erase personal data' : '清除个人数据')
    await page.locator('.erase-list li').first().waitFor()
    const yes = page.getByRole('button', { name: t('erase.yes'), exact: true })
    assert.ok(await yes.isDisabled())
    await page.getByLabel(t('erase.type'), { exact: true }).fill(name)
    await yes.click()
    await page.getByText(t('erase.done')).waitFor()
    const now = await api(page, 'GET', `/contacts/${c.id}`)
    assert.ok(now.mobile === null && now.name !== name)
    await page.goto(`/settings/safety?record=${c.id}`)
    await page.getByText(t('safety.kind.erased')).first().waitFor()
    const file = page.waitForEvent('download')
    await press(page, t('safety.take_out'))
    assert.match((await file).suggestedFilename(), /^security_events .*\.csv$/)
  })

  step('when everybody must have one, the next sign-in sets it up first', async () => {
    await page.goto('/settings/sign_ins')
    await page.getByRole('combobox', { name: t('safety.second_for'), exact: true }).click({ force: true }) // its label lies over it
    await page.getByRole('option', { name: t('safety.rule.everybody'), exact: true }).click()
    await press(page, t('save'))
    await until(async () => (await api(page, 'GET', '/me')).must_set_second_step)
    await page.goto('/accounts')
    await page.waitForURL(/\/sign-in/)
    const here = page.locator('.second')
    await here.getByLabel(t('signin.old'), { exact: true }).fill(given().server.password)
    await press(page, t('second.begin'))
    await page.locator('.second-key').waitFor()
    const key = (await page.locator('.second-key').textContent()).replaceAll(' ', '')
    await fill(page, t('second.code'), codeOf(key, stepNow()))
    await press(page, t('second.confirm'))
    await press(page, t('second.kept'))
    await page.waitForURL(/\/accounts/)
    await inside(page)
  })
}

// Somebody has written scripts into everything that can be written, and another page sends requests in one's name. In a real
// browser: nothing runs, nothing is fetched from elsewhere, nothing is changed.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { scripts } from '../api/hostile/strings.mjs'
import { api, engines, launch, person, picture, say, signIn, startServer } from './support.mjs'

const ROOT = new URL('../../', import.meta.url)
const language = 'en'
const t = (key, values) => say(language, key, values)
const sections = [...readFileSync(new URL('web/src/pages/settings/SettingsPage.vue', ROOT), 'utf8').matchAll(/own\('([a-z_]+)'/g)].map(([, key]) => key)
const MODULES = ['lead', 'account', 'contact', 'opportunity', 'competitor', 'campaign', 'case', 'activity', 'product']

describe('hostile', () => {
  let server, browser, other, canary, page, context, errors
  const asked = []
  const dialogs = []
  before(async () => {
    other = createServer((request, response) => {
      if (request.url.startsWith('/canary')) asked.push(request.url)
      response.setHeader('content-type', 'text/html')
      response.end(pages[request.url] ?? '')
    })
    await new Promise((done) => other.listen(0, '127.0.0.1', done))
    // localhost, not 127.0.0.1: another site, and another origin, than the server's
    canary = `http://localhost:${other.address().port}/canary`
    server = await startServer(engines()[0])
    browser = await launch()
    ;({ page, context, errors } = await person(browser, server, language, { reducedMotion: 'reduce' }))
    await context.addInitScript(() => {
      globalThis.violations = []
      addEventListener('securitypolicyviolation', (e) => globalThis.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`))
    })
    page.on('dialog', (d) => (dialogs.push(d.message()), d.dismiss()))
    await signIn(page, language, server)
  })
  after(async () => {
    await context?.close()
    await browser?.close()
    await server?.stop()
    other?.close()
  })
  const pages = {}

  const found = []
  async function look(where) {
    const said = await page.evaluate(() => globalThis.violations.splice(0))
    for (const v of said) found.push(`${where}: the policy was broken: ${v}`)
    for (const d of dialogs.splice(0)) found.push(`${where}: a dialog: ${d}`)
    for (const a of asked.splice(0)) found.push(`${where}: asked ${a}`)
    for (const e of errors.splice(0)) found.push(`${where}: ${e}`)
  }
  async function go(path) {
    await page.evaluate((to) => {
      history.pushState({}, '', to)
      dispatchEvent(new PopStateEvent('popstate', { state: null }))
    }, path)
    await page.waitForFunction(() => document.querySelector('#content > *') && !document.querySelector('#content [aria-busy="true"]'), null, { timeout: 20000 })
    await look(path)
  }

  /** Records of every entity whose every text is a script: as many as it takes for each field to have held each. */
  async function write() {
    const payloads = scripts(canary)
    const meta = await api(page, 'GET', '/meta')
    const ids = {}
    let n = 0
    for (const e of meta.entities) {
      if (!e.may.create || /^(role|user_role|role_right|role_field|fiscal_period|pipeline_stage|quota|currency_rate|holiday|working_calendar|share|assignment_rule|form_attempt)$/.test(e.name)) continue
      const texts = e.fields.filter((f) => ['text', 'long_text', 'url', 'phone'].includes(f.type) && !f.readonly && f.name !== 'external_id' && f.name !== e.key && !f.unique)
      if (!texts.length) continue
      const rest = {}
      for (const f of e.fields.filter((x) => x.required && !x.readonly && !texts.includes(x))) {
        if (f.choices?.length) rest[f.name] = f.choices[0].key
        else if (f.type === 'date') rest[f.name] = '2031-02-03'
        else if (ids[f.target]?.length) rest[f.name] = ids[f.target][0]
      }
      if (e.name === 'campaign_member') rest.contact = ids.contact?.[0]
      if (e.name === 'activity') rest.about = `account/${ids.account[0]}`
      if (e.name === 'contact' || e.name === 'opportunity' || e.name === 'case') rest.account = ids.account?.[0]
      if (e.name === 'user') Object.assign(rest, { login: `x${n}`, state: 'active' })
      const many = MODULES.includes(e.name) ? payloads.length : 2
      const rows = Array.from({ length: many }, (_, i) => ({ ...rest, ...Object.fromEntries(texts.map((f, j) => [f.name, payloads[(i + j * 5 + n) % payloads.length]])), ...(e.name === 'user' ? { login: `x${n}-${i}` } : {}) }))
      n++
      const make = async (list) => (await api(page, 'POST', `/${e.plural}/bulk`, { rows: list.map((record) => ({ do: 'create', record })) })).results
      const results = await make(rows)
      for (let i = 0; i < rows.length; i++)
        for (let tries = 0; results[i].status !== 201 && tries < 3; tries++) {
          for (const x of results[i].errors ?? []) rows[i][x.field] = x.code === 'too_long' ? '<b onclick=alert(1)>x' : undefined
          results[i] = (await make([rows[i]]))[0]
        }
      ids[e.name] = results.map((r) => r.id).filter(Boolean)
    }
    for (const name of MODULES) assert.ok(ids[name].length > 20, `${name}: ${ids[name].length}`)
    // what is no record: views, mappings, own fields and their choices, files, settings
    const label = '<img src=x onerror=alert(1)>'
    await api(page, 'POST', '/saved_views', { entity: 'account', name: label, shared: true, where: "name LIKE '%<%'" })
    await api(page, 'POST', '/mappings', { entity: 'account', name: label, map: {} })
    await api(page, 'POST', '/fields', { entity: 'account', type: 'choice', label: { en: label, 'zh-CN': label }, choices: [{ label: { en: '<svg onload=alert(1)>', 'zh-CN': label } }] })
    await api(page, 'POST', '/tokens', { name: label })
    await page.evaluate(async ([about, name]) => {
      const f = new FormData()
      f.append('file', new Blob(['<script>alert(1)</script>'], { type: 'text/html' }), name)
      f.append('about', about)
      await fetch('/api/v1/files', { method: 'POST', body: f })
    }, [`account/${ids.account[0]}`, '<img src=x onerror=alert(1)>.html'])
    for (const id of ids.account.slice(0, 3)) await api(page, 'POST', `/accounts/${id}/follow`, { follow: true })
    return { meta, ids }
  }

  it('scripts in every text of every entity run nowhere', { timeout: 900000 }, async () => {
    const { meta, ids } = await write()
    await page.goto('/')
    await page.locator('.head-user').waitFor()
    const first = (name, k = 1) => ids[name].slice(0, k)
    const paths = ['/', '/desk', '/reports', '/forecast', '/calendar', '/calendar?cal=week', '/import', '/bin', ...sections.map((s) => `/settings/${s}`)]
    for (const e of meta.entities) {
      if (e.module === false) continue
      paths.push(`/${e.plural}?view=all`)
      if (!ids[e.name]?.length) continue
      for (const id of first(e.name, MODULES.includes(e.name) ? 2 : 1)) paths.push(`/${e.plural}/${id}`)
      if (MODULES.includes(e.name)) paths.push(`/${e.plural}/${ids[e.name].at(-1)}/edit`)
    }
    for (const as of ['board', 'split']) for (const p of ['opportunities', 'leads', 'cases']) paths.push(`/${p}?as=${as}&view=all`)
    paths.push('/activities?as=calendar&view=all', `/leads/${ids.lead[0]}/convert`, `/accounts/${ids.account[0]}/merge?with=${ids.account[1]}`, `/accounts?where=${encodeURIComponent('<img src=x onerror=alert(1)>')}`, `/accounts?view=${encodeURIComponent('"><script>alert(1)</script>')}`, `/${encodeURIComponent('<img src=x onerror=alert(1)>')}`)
    for (const e of meta.reports ?? []) paths.push(`/reports/${e.name}`)
    page.mayAskNonsense = true // conditions that are none stand in addresses
    for (const path of paths) await go(path).catch((e) => found.push(`${path}: ${e.message.split('\n')[0]}`))
    // a whole load of an address, a search, the bell, the dialogs
    await page.goto(`/accounts/${ids.account[0]}`)
    await page.locator('h1').first().waitFor()
    await look('a record loaded anew')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: t('frame.search') }).fill('<img src=x')
    await page.waitForFunction(() => document.querySelector('.pal-line'), null, { timeout: 20000 })
    await look('search')
    await page.keyboard.press('Escape')
    if (found.length) await picture(page, 'hostile')
    assert.deepEqual(found.splice(0), [])
    console.log(`hostile: ${paths.length} pages full of scripts`)

    // the trap itself holds: what is put into a page as HTML is seen
    await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>'))
    for (let i = 0; i < 100 && !found.length; i++) {
      await page.waitForTimeout(50)
      await look('the trap')
    }
    assert.ok(found.splice(0).length > 0, 'a script in a page would not be noticed')

    // pages for those who are not signed in are written by the server
    const links = (await api(page, 'GET', `/views/case_links?case=${ids.case[0]}`)).rows[0]
    const form = (await api(page, 'GET', '/web_forms?limit=200&order=id DESC')).records[0]
    const campaign = await api(page, 'GET', `/views/campaign_link?form=${form.id}&at=${encodeURIComponent(server.url)}`).catch(() => null)
    const outside = [...JSON.stringify([links, campaign]).matchAll(/\/(?:status|rate|answers|forms)\/[\w/.-]+/g)].map(([p]) => p)
    assert.ok(outside.length >= 2, JSON.stringify([links, campaign]))
    for (const path of outside) {
      await page.goto(path)
      await look(path)
    }
    assert.deepEqual(found.splice(0), [])
  })

  // ---- what opens on a page: menus, dialogs, cards, previews ----

  /** Somebody else: what they change is a notice, and a version that another one overtakes. */
  async function somebodyElse(meta) {
    const role = meta.entities.some((e) => e.name === 'role') ? 'administrator' : undefined
    const made = await api(page, 'POST', '/users', { name: '<img src=x onerror=alert(1)>', login: 'somebody-else', state: 'active', role })
    await api(page, 'POST', `/users/${made.id}/password`, { password: 'copper kettle song', keep: true }).catch(() => null)
    const send = (path, method, body, cookie) => fetch(`${server.url}/api/v1${path}`, { method, headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', ...(cookie ? { cookie } : {}) }, body: JSON.stringify(body) })
    const entered = await send('/session', 'POST', { login: 'somebody-else', password: 'copper kettle song' })
    assert.equal(entered.status, 200, await entered.text())
    const cookie = /zhike_session=[^;]*/.exec(entered.headers.get('set-cookie'))[0]
    return { id: made.id, change: async (path, body) => assert.equal((await send(path, 'PATCH', body, cookie)).status, 200, path) }
  }

  it('what opens on a page full of scripts runs none either', { timeout: 300000 }, async () => {
    const script = '<img src=x onerror=alert(1)>'
    page.mayAskNonsense = true
    await page.goto('/')
    await page.locator('.head-user').waitFor()
    const meta = await api(page, 'GET', '/meta')
    const list = async (plural, where = '') => (await api(page, 'GET', `/${plural}?limit=3&order=id DESC${where ? `&where=${encodeURIComponent(where)}` : ''}`)).records
    const [account, second] = await list('accounts')
    const [contact] = await list('contacts')
    const [deal] = await list('opportunities', "stage.kind = 'open'")
    const [request] = await list('cases', "status = 'new'")
    const somebody = await somebodyElse(meta)
    await api(page, 'POST', `/accounts/${account.id}/follow`, { follow: true })
    await somebody.change(`/accounts/${account.id}`, { city: script, name: `${script} 1` })
    await api(page, 'POST', '/leads', { name: script, owner: somebody.id })
    await api(page, 'POST', '/activities', { kind: 'task', subject: script, due_at: new Date().toISOString(), owner: (await api(page, 'GET', '/me')).id, about: `account/${account.id}` })
    const campaign = await api(page, 'POST', '/campaigns', { name: script })
    const stage = (await api(page, 'GET', `/pipeline_stages?limit=50&where=${encodeURIComponent(`kind = 'lost' AND pipeline = '${deal.pipeline?.key ?? deal.pipeline}'`)}`)).records[0]

    const button = (name, within = page) => within.getByRole('button', { name, exact: true }).first()
    const seen = (what) => page.locator(what).filter({ visible: true }).first().waitFor({ timeout: 15000 })
    const option = '.el-select-dropdown__item:visible'
    const menu = async (path, text) => {
      await go(path)
      await button(t('record.more')).click()
      await page.locator('.menu-item', { hasText: text }).first().click()
    }
    const ticked = async (name) => {
      await go('/accounts?view=all')
      for (const i of (await page.locator('.bulk').count()) ? [] : [0, 1]) await page.locator(`.rt-row[data-row="${i}"] .tick`).click()
      if (name) await button(name, page.locator('.bulk')).click()
    }
    const action = (entity, name) => meta.entities.find((e) => e.name === entity).actions.find((x) => x.name === name).label.en

    const openings = {
      sharing: async () => { await menu(`/accounts/${account.id}`, t('reach.sharing')); await seen('.share-seen li') },
      assigning: async () => { await menu(`/accounts/${account.id}`, action('account', 'assign')); await page.locator('#a-owner').fill('<img'); await seen(option) },
      erasing: async () => { await menu(`/contacts/${contact.id}`, action('contact', 'erase')); await seen('.erase-list li') },
      'history of a field': async () => {
        await go(`/accounts/${account.id}?tab=details`)
        await page.getByLabel(t('history.show', { name: meta.entities.find((e) => e.name === 'account').fields.find((f) => f.name === 'city').label.en })).last().evaluate((x) => x.click())
        await seen('.field-history li')
      },
      'both versions': async () => {
        await go(`/accounts/${account.id}/edit`)
        await page.locator('#f-city').fill('mine')
        await somebody.change(`/accounts/${account.id}`, { city: `${script} again` })
        await button(t('save')).click()
        await seen('.conflict tbody tr')
      },
      'closing a deal': async () => {
        await go('/opportunities?as=board&view=all')
        await page.locator('.bd-card .bd-move').first().selectOption(stage.key)
        await seen('#closing')
      },
      'members of a campaign': async () => { await go(`/campaigns/${campaign.id}?tab=overview`); await button(t('campaign.add')).click(); await seen('#fill-campaign') },
      'answering a case': async () => { await go(`/cases/${request.id}`); await button(t('case.answer')).click(); await seen('#case-answer') },
      'settling a case': async () => { await go(`/cases/${request.id}`); await button(t('case.settle')).click(); await seen('#case-settle') },
      'a change of many': async () => {
        await ticked(t('list.change'))
        const dialog = page.getByRole('dialog').filter({ visible: true })
        await dialog.locator('input').first().fill('City')
        await page.keyboard.press('Enter')
        await seen('.bulk-preview li')
      },
      'handing on many': async () => { await ticked(t('list.assign')); await page.getByRole('dialog').filter({ visible: true }).locator('input').first().fill('<img'); await page.locator(option).first().click(); await seen('.bulk-preview .bulk-new') },
      'deleting many': async () => { await ticked(t('delete')); await seen('.bulk-preview li') },
      'merging from a list': async () => { await ticked(t('list.merge')); await seen('.mg tbody tr') },
      exporting: async () => {
        await ticked()
        await button(t('list.export'), page.locator('.bulk')).click()
        await page.locator('.menu-item:visible').first().click()
        await seen('#export')
      },
      'a new one from a picker': async () => {
        await go('/contacts/new')
        await page.locator('#f-account').fill(`${script} new`)
        await page.locator('.el-select-dropdown:visible').getByText(`${script} new`).click()
        await seen('.quick-form')
      },
      'a picker': async () => { await go('/contacts/new'); await page.locator('#f-account').fill('<img'); await seen(option) },
      'a card over a link': async () => {
        await go(`/contacts/${contact.id}`)
        await page.locator('.rec-facts .fact a[href*="/accounts/"]').first().hover()
        await seen('.hover-card')
      },
      'a typed line': async () => { await go('/'); await page.keyboard.press('c'); await seen('.line-input'); await page.locator('.line-input').fill(`${script} 13800138000 Acme`); await seen('.line-part') },
      notices: async () => { await page.reload(); await page.locator('.bell').click(); await page.locator('.bell-line', { hasText: '<img' }).first().waitFor() },
      'an entry of the calendar': async () => { await go('/calendar?cal=day'); await page.locator('.cal-box', { hasText: '<img' }).first().waitFor() },
      'handing over': async () => {
        await go('/settings/people')
        await page.getByLabel(t('settings.find_person')).fill('somebody-else')
        await page.getByRole('button', { name: /<img src=x/ }).first().click()
        await page.getByRole('dialog').filter({ visible: true }).getByRole('button', { name: t('people.hand_over'), exact: true }).click()
        await seen('.hand-row')
        const hand = page.getByRole('dialog').filter({ visible: true }).last()
        await hand.locator('.el-select').first().click()
        await page.locator(option).first().click()
        await seen('.hand-plan')
      },
      'access explained': async () => {
        await go('/settings/access')
        await page.locator('.reach-table').waitFor()
        const boxes = page.locator('.set-page .el-select')
        for (const [i, what] of [[0, '<img'], [1, '<img']]) {
          await boxes.nth(i).click()
          await page.keyboard.type(what)
          await page.locator('.el-select-dropdown:visible .el-select-dropdown__item').first().click()
        }
        await seen('.reach-record li')
      },
      'what an import would do': async () => {
        await go('/import?entity=account')
        await page.locator('input[type=file]').first().setInputFiles({ name: `${script}.csv`, mimeType: 'text/csv', buffer: Buffer.from(`name,city,"${script}"\n"${script}","${script}","${script}"\n"${second.name.replaceAll('"', '""')}",x,y\n`) })
        await page.waitForFunction((label) => [...document.querySelectorAll('button')].some((x) => x.textContent.trim() === label && !x.disabled), t('import.go'))
      },
    }
    const shut = async () => {
      await page.keyboard.press('Escape') // a list, a menu
      for (let i = 0; i < 50 && (await page.locator('.el-overlay:visible').count()); i++) {
        await page.evaluate(() => [...document.querySelectorAll('.el-dialog__headerbtn')].filter((x) => x.checkVisibility()).at(-1)?.click())
        await page.waitForTimeout(20)
      }
    }
    const began = Date.now()
    for (const [what, open] of Object.entries(openings)) {
      await open().catch(async (e) => {
        found.push(`${what} did not open: ${e.message.split('\n').slice(0, 3).join(' ')}`)
        await picture(page, `hostile-${what}`)
      })
      await look(what)
      await shut()
      if (process.env.VERBOSE) console.log(`${what}: ${Date.now() - began} ms`)
    }
    assert.deepEqual(found.splice(0), [])
    assert.equal(await page.locator('#content img[src="x"], .el-overlay img[src="x"], .el-popper img[src="x"]').count(), 0)
    console.log(`hostile: ${Object.keys(openings).length} dialogs, previews and cards full of scripts (${Date.now() - began} ms)`)
  })

  it('another site sends nothing in one’s name, and frames nothing', { timeout: 120000 }, async () => {
    await page.goto('/')
    await page.locator('.head-user').waitFor()
    const before = (await api(page, 'GET', '/accounts?count=exact&limit=1')).count
    const target = (await api(page, 'GET', '/accounts?limit=1&order=id')).records[0]
    const base = `${server.url}/api/v1`
    const inputs = '<input name=\'{"name":"Forged","x":"\' value=\'"}\'>'
    pages['/evil'] = `<!doctype html><meta charset=utf-8><body>
      <form id=a method=post action="${base}/accounts" target=f1>${inputs}</form><form id=b method=post enctype="text/plain" action="${base}/accounts" target=f2>${inputs}</form>
      <form id=c method=post action="${base}/accounts/${target.id}/follow" target=f3></form><form id=d method=post enctype="multipart/form-data" action="${base}/files" target=f4><input name=file value=x></form>
      <iframe name=f1></iframe><iframe name=f2></iframe><iframe name=f3></iframe><iframe name=f4></iframe><iframe id=framed src="${server.url}/"></iframe><img src="${base}/me"><script src="${base}/me"></script>`
    const evil = await context.newPage()
    const replies = []
    evil.on('response', (r) => r.url().startsWith(server.url) && replies.push(`${r.request().method()} ${new URL(r.url()).pathname} ${r.status()}`))
    await evil.goto(canary.replace('/canary', '/evil'))
    const read = await evil.evaluate(async (to) => {
      const tries = []
      const send = (path, options) => fetch(`${to}${path}`, { credentials: 'include', ...options }).then((r) => tries.push(`${path}: ${r.type} ${r.status}`), (e) => tries.push(`${path}: ${e.name}`))
      await send('/me', {})
      await send('/accounts', { method: 'POST', mode: 'no-cors', body: '{"name":"Forged"}' })
      await send('/accounts', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"Forged"}' })
      await send('/accounts', { method: 'DELETE' })
      await send('/session', { method: 'DELETE', mode: 'no-cors' })
      await send('/notices/read', { method: 'POST', mode: 'no-cors', body: '{"all":true}' })
      for (const f of document.forms) f.submit()
      return tries
    }, base)
    assert.ok(read.every((x) => !/ (basic|cors) 2/.test(x)), read.join('\n'))
    for (let i = 0; i < 100 && replies.filter((r) => r.startsWith('POST')).length < 5; i++) await evil.waitForTimeout(50)
    assert.ok(replies.filter((r) => r.startsWith('POST')).length >= 5, replies.join('\n'))
    assert.deepEqual(replies.filter((r) => /^(POST|PATCH|DELETE|PUT) .* 2\d\d$/.test(r)), [])
    const framed = await evil.frames().find((f) => f.name() === '' && f.parentFrame())?.evaluate(() => document.body?.innerHTML ?? '').catch(() => '')
    assert.ok(!/head-user/.test(framed ?? ''), 'the app stands in a frame of another site')
    await evil.close()
    assert.equal((await api(page, 'GET', '/accounts?count=exact&limit=1')).count, before)
    assert.equal((await api(page, 'GET', '/me')).login, 'admin') // still signed in
    errors.splice(0)
  })
})

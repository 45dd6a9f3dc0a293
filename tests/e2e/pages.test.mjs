// Every page there is, in both languages: nothing serious for a screen reader, no text of the other language, no bare key, no error;
// what a first visit weighs; and what the app needs to be installed.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, describe, it } from 'node:test'
import { api, engines, LANGUAGES, launch, person, picture, signIn, startServer } from './support.mjs'

const ROOT = new URL('../../', import.meta.url)
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const router = readFileSync(new URL('web/src/router.ts', ROOT), 'utf8')
const FIRST_LOAD = 250 * 1024

/** Addresses of the router's own table, each with something in the place of its parameters. */
const routes = [...router.matchAll(/path: '([^']*)'/g)].map(([, path]) => (path.startsWith('/') ? path : `/${path}`))
const sections = [...readFileSync(new URL('web/src/pages/settings/SettingsPage.vue', ROOT), 'utf8').matchAll(/own\('([a-z_]+)'/g)].map(([, key]) => key)

function flat(value, prefix = '') {
  return Object.entries(value).flatMap(([key, inner]) => (typeof inner === 'object' && inner !== null ? flat(inner, `${prefix}${key}.`) : [[`${prefix}${key}`, String(inner)]]))
}
const texts = (language) => new Map(readdirSync(new URL('locale/', ROOT)).filter((n) => n.endsWith(`${language}.json`)).flatMap((n) => flat(JSON.parse(readFileSync(new URL(`locale/${n}`, ROOT), 'utf8')), `${n.startsWith('app') ? '' : '@'}`)))
const [english, chinese] = [texts('en'), texts('zh-CN')]

/** What must not stand on a page in this language: whole texts that differ in the other one, and keys. */
function strangers(language) {
  const [own, other] = language === 'en' ? [english, chinese] : [chinese, english]
  const mine = new Set(own.values())
  const foreign = [...other].filter(([key, text]) => own.get(key) !== text && !mine.has(text) && !/[{|@]/.test(text) && text.length > (language === 'en' ? 1 : 3)).map(([, text]) => text)
  return { foreign, keys: [...english.keys()].filter((k) => k.includes('.') && !k.startsWith('@')) }
}

describe('every page', () => {
  let server, browser
  before(async () => {
    server = await startServer(engines()[0])
    browser = await launch()
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })
  for (const language of LANGUAGES) describe(language, () => pages(() => ({ server, browser }), language))
})

function pages(given, language) {
  let page, context, errors, meta, all
  const named = new Set(['English', '简体中文']) // languages stand under their own names
  before(async () => {
    const { server, browser } = given()
    ;({ page, context, errors } = await person(browser, server, language, { reducedMotion: 'reduce' }))
    await signIn(page, language, server)
    meta = await api(page, 'GET', '/meta')
    all = await addresses()
    // Stages, calendars, forms, roles are records: they bear the name that somebody gave them, in one language.
    for (const e of meta.entities.filter((x) => x.module !== false || x.name === 'role'))
      for (const r of (await api(page, 'GET', `/${e.plural}?limit=50`)).records) for (const v of [r.name, r.label, e.name === 'role' ? r.description : null]) if (typeof v === 'string') named.add(v)
  })
  after(async () => context?.close())

  async function addresses() {
    const out = []
    const first = async (plural) => (await api(page, 'GET', `/${plural}?limit=1&order=id`)).records[0]?.id
    for (const path of routes) {
      const plain = path.replace(/\(\\\\d\+\)|\(\[a-z\]\[a-z_\]\*\)/g, '')
      if (/:rest|:section|^\/(join|sign-in|signed-in)$/.test(plain)) continue
      if (plain.includes(':plural')) {
        for (const e of meta.entities) {
          if (e.module === false || (plain.endsWith('/new') && !e.may.create)) continue
          // What the tables draw looks alike for all; each module has its list and a record, the rest is seen at some.
          if (!plain.endsWith(':plural') && (e.configuration || (/new|edit|merge/.test(plain) && !['account', 'opportunity', 'activity', 'case'].includes(e.name)))) continue
          const id = plain.includes(':id') ? await first(e.plural) : ''
          if (id !== undefined) out.push(plain.replace(':plural', e.plural).replace(':id', id))
        }
      } else if (plain.includes(':id')) {
        const id = await first(plain.split('/')[1])
        if (id !== undefined) out.push(plain.replace(':id', id))
      } else out.push(plain)
    }
    return [...new Set([...out, ...sections.map((s) => `/settings/${s}`), '/opportunities?as=board&view=all', '/activities?as=calendar&view=all', '/calendar?cal=week', '/calendar?cal=list', '/nowhere/at/all'])]
  }

  /** There as by a link, without loading the app anew; until its shape has become what it shows. */
  async function go(path) {
    await page.evaluate((to) => {
      history.pushState({}, '', to)
      dispatchEvent(new PopStateEvent('popstate', { state: null }))
    }, path)
    await page.waitForFunction(() => document.querySelector('#content > *') && !document.querySelector('#content [aria-busy="true"]') && ![...document.querySelectorAll('#content .ghost')].some((g) => !g.closest('.rt')), null, { timeout: 15000 })
      .catch(async () => { throw new Error(`${path} does not come to rest: ${await page.evaluate(() => [...document.querySelectorAll('#content [aria-busy="true"], #content .ghost')].slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(' ') || document.querySelector('#content')?.innerHTML.slice(0, 200))}`) })
    await page.waitForTimeout(60)
  }

  it('nothing serious for a screen reader, nothing untranslated, no error', { timeout: 600000 }, async () => {
    assert.ok(all.length > 40, `${all.length} pages`)
    const found = []
    await page.goto('/')
    await page.locator('h1').first().waitFor()
    await page.evaluate(axe)
    const said = strangers(language)
    said.foreign = said.foreign.filter((x) => !named.has(x))
    for (const path of all) {
      await go(path)
      const bad = await page.evaluate(({ foreign, keys }) => {
        const odd = new Set(foreign)
        const bare = new Set(keys)
        const out = new Set()
        const look = (text, where) => {
          const s = text.replace(/\s+/g, ' ').trim()
          if (odd.has(s) || bare.has(s) || /\bundefined\b|\bNaN\b|\[object |\{\w+\}/.test(s)) out.add(`“${s}” ${where}`)
        }
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
        for (let n = walk.nextNode(); n; n = walk.nextNode()) {
          const at = n.parentElement
          // What people wrote may be in any language, and so may the switch of languages and the names of choices in the other one.
          if (!at || at.closest('script, style, noscript, [lang]:not(html), .hover-card')) continue
          look(n.data, `in ${at.tagName.toLowerCase()}.${at.className}`)
        }
        for (const el of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]'))
          if (!el.closest('[lang]:not(html), .cho-name')) for (const a of ['aria-label', 'title', 'placeholder', 'alt']) if (el.hasAttribute(a)) look(el.getAttribute(a), `as ${a}`)
        return [...out]
      }, said)
      for (const b of bad) found.push(`${path}: ${b}`)
      if (errors.length) found.push(...errors.splice(0).map((e) => `${path}: ${e}`))
      // The same elements stand in both languages: one is enough.
      if (language === 'zh-CN') {
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
        for (const v of violations) if (['serious', 'critical'].includes(v.impact)) found.push(`${path}: ${v.id}: ${v.nodes.slice(0, 2).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join('; ')}`)
      }
    }
    if (found.length) await picture(page, `pages-${language}`)
    assert.deepEqual(found, [])
  })

  if (language === 'zh-CN') {
    it('the same in the dark, where colours differ', { timeout: 300000 }, async () => {
      const found = []
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
      await page.goto('/')
      await page.locator('h1').first().waitFor()
      await page.evaluate(axe)
      const differ = all.filter((p) => /^\/$|as=|calendar|settings\/(people|fields|changes)|^\/(accounts|opportunities|leads|cases)(\/\d+)?$|\/accounts\/new|merge|convert|import|bin/.test(p))
      assert.ok(differ.length > 15)
      for (const path of differ) {
        await go(path)
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['color-contrast'], resultTypes: ['violations'] }))
        for (const v of violations) found.push(`${path}: ${v.nodes.slice(0, 2).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join('; ')}`)
      }
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
      assert.deepEqual(found, [])
    })

    it('a first visit loads at most 250 KB of scripts and sheets', { timeout: 60000 }, async () => {
      const { server, browser } = given()
      const account = (await api(page, 'GET', '/accounts?limit=1')).records[0].id
      const cookies = await context.cookies()
      for (const path of ['/', '/accounts', `/accounts/${account}`, '/opportunities?as=board', '/sign-in']) {
        const cold = await browser.newContext({ baseURL: server.url, locale: language })
        if (path !== '/sign-in') await cold.addCookies(cookies)
        const tab = await cold.newPage()
        const cdp = await cold.newCDPSession(tab)
        await cdp.send('Network.enable')
        const kind = new Map()
        let bytes = 0
        cdp.on('Network.responseReceived', (e) => kind.set(e.requestId, /javascript|css/.test(e.response.mimeType)))
        cdp.on('Network.loadingFinished', (e) => { if (kind.get(e.requestId)) bytes += e.encodedDataLength })
        await tab.goto(path)
        await tab.locator('h1, form').first().waitFor()
        for (let before = -1; before !== bytes; await tab.waitForTimeout(1200)) before = bytes
        assert.ok(bytes > 50000 && bytes <= FIRST_LOAD, `${path} loads ${bytes} bytes`)
        await cold.close()
      }
    })

    it('it can be installed, and nothing of the records is kept by the browser', async () => {
      const manifest = await (await page.request.get('/manifest.webmanifest')).json()
      assert.ok(manifest.name && manifest.start_url && manifest.display === 'standalone')
      for (const size of ['192x192', '512x512']) {
        const icon = manifest.icons.find((i) => i.sizes === size && i.type === 'image/png')
        const reply = await page.request.get(icon.src)
        assert.equal(reply.headers()['content-type'], 'image/png')
      }
      const cdp = await context.newCDPSession(page)
      await page.goto('/')
      assert.deepEqual((await cdp.send('Page.getInstallabilityErrors')).installabilityErrors.filter((e) => e.errorId !== 'in-incognito'), [])
      // Rights can be taken away: what the API says is asked for anew each time, and no worker stands between.
      for (const path of ['/api/v1/accounts?limit=1', '/api/v1/me', '/api/v1/meta']) assert.match((await page.request.get(path)).headers()['cache-control'], /no-store/)
      assert.equal((await page.request.get('/')).headers()['cache-control'], 'no-cache')
      assert.equal(await page.evaluate(async () => (await navigator.serviceWorker?.getRegistrations())?.length ?? 0), 0)
      const script = await page.evaluate(() => document.querySelector('script[type=module]').src)
      const reply = await page.request.get(script)
      assert.match(reply.headers()['cache-control'], /immutable/)
      assert.equal(reply.headers()['content-encoding'], 'br')
    })
  }
}

// What people do, done by a browser. Each task leaves the page where the next one can begin.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before } from 'node:test'
import { api, becomes, dragCard, everywhere, person, say, signIn, stepper } from './support.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

everywhere('tasks', tasks, { first: true })

function tasks(given, engine, language) {
  const t = (key, values) => say(language, key, values)
  const unique = `${language === 'en' ? 'Northern Star' : '北辰仪表'} ${Date.now().toString(36)}${engine[0]}`
  let page, context, errors, meta, account, deal
  const label = (entity, field) => {
    const f = meta.entities.find((e) => e.name === entity).fields.find((x) => x.name === field)
    return typeof f.label === 'string' ? f.label : (f.label[language] ?? f.label.en)
  }
  const step = stepper(`${engine}-${language}`, () => [{ page, errors }], 300000)

  before(async () => {
    const { server, browser } = given()
    ;({ page, context, errors } = await person(browser, server, language))
  })
  after(async () => context?.close())

  step('a wrong password is refused in words', async () => {
    await page.goto('/accounts')
    await page.waitForURL(/\/sign-in/)
    await page.getByLabel(t('signin.login')).fill('admin')
    await page.getByLabel(t('signin.password')).fill('not this one')
    await page.getByRole('button', { name: t('signin.go'), exact: true }).click()
    await page.getByText(t('signin.wrong')).waitFor()
  })

  step('sign in', async () => {
    await signIn(page, language, given().server)
    assert.equal(await page.locator('html').getAttribute('lang'), language)
    meta = await api(page, 'GET', '/meta')
    assert.ok((await page.locator('.side-item').count()) >= 10, 'the modules stand at the left')
  })

  step('create an account', async () => {
    await page.goto('/accounts/new')
    await page.locator('#f-name').fill(unique)
    await page.locator('#f-phone').fill('010-65551234')
    await page.getByRole('button', { name: t('save'), exact: true }).click()
    await page.waitForURL(/\/accounts\/\d+$/)
    await page.getByRole('heading', { level: 1, name: unique }).waitFor()
    account = /(\d+)$/.exec(page.url())[1]
    const saved = await api(page, 'GET', `/accounts/${account}`)
    assert.equal(saved.name, unique)
  })

  step('a validation error stands beside its field and keeps what was typed', async () => {
    await page.goto('/accounts/new')
    await page.locator('#f-name').fill('Faulty')
    await page.locator('#f-email').fill('no address')
    await page.getByRole('button', { name: t('save'), exact: true }).click()
    const fault = page.locator('#e-email')
    await fault.waitFor()
    assert.ok((await fault.innerText()).trim().length > 0)
    assert.equal(await page.locator('#f-name').inputValue(), 'Faulty')
    // A draft survives a reload.
    await page.reload()
    await page.getByText(t('form.draft')).waitFor()
    assert.equal(await page.locator('#f-name').inputValue(), 'Faulty')
    await page.getByRole('button', { name: t('form.draft_drop') }).click()
  })

  step('find a record with Ctrl-K', async () => {
    await page.goto('/')
    await page.locator('.head-user').waitFor()
    await page.keyboard.press('Control+k')
    const box = page.getByRole('combobox', { name: t('frame.search') })
    await box.fill(unique)
    const kind = meta.entities.find((e) => e.name === 'account').label[language]
    await page.locator('.pal-line', { hasText: unique }).filter({ hasText: kind }).first().click() // a record, not the line that would make one
    await page.waitForURL(new RegExp(`/accounts/${account}$`))
  })

  step('edit in place', async () => {
    await page.goto(`/accounts/${account}`)
    const facts = page.locator('.rec-facts')
    await facts.getByRole('button', { name: t('record.edit_field', { name: label('account', 'phone') }) }).focus()
    await page.keyboard.press('Enter')
    await facts.getByRole('textbox', { name: label('account', 'phone') }).fill('021-55550000')
    await page.keyboard.press('Enter')
    await facts.getByText('021-55550000').waitFor()
    assert.equal((await api(page, 'GET', `/accounts/${account}`)).phone.replace(/\D/g, '').slice(-8), '55550000')
  })

  step('an edit that somebody overtook shows both versions', async () => {
    await page.goto(`/accounts/${account}/edit`)
    await page.locator('#f-phone').fill('021-11112222')
    const now = await api(page, 'GET', `/accounts/${account}`)
    await api(page, 'PATCH', `/accounts/${account}`, { description: `overtaken ${now.version}` })
    await page.getByRole('button', { name: t('save'), exact: true }).click()
    await page.getByText(t('conflict.title')).waitFor()
    await page.getByRole('button', { name: t('conflict.save') }).click()
    await page.waitForURL(/\/accounts\/\d+$/)
    const saved = await api(page, 'GET', `/accounts/${account}`)
    assert.match(saved.phone, /1111.?2222$/)
    assert.match(saved.description, /^overtaken/)
  })

  step('log a call', async () => {
    await page.goto(`/accounts/${account}`)
    await page.locator('.composer').getByRole('button', { name: t('kind.call') }).click()
    const subject = `${t('kind.call')} ${unique}`
    await page.locator('.composer-text').fill(`${subject}\n${t('composer.hint_note')}`)
    await page.getByRole('button', { name: t('composer.add_call') }).click()
    await page.locator('.trail').getByText(subject).first().waitFor()
    const trail = await api(page, 'GET', `/accounts/${account}/timeline`)
    assert.ok(JSON.stringify(trail).includes(subject))
  })

  step('filter by clicking and by text, sort, and keep it in the address', async () => {
    await page.goto('/accounts?view=all')
    await page.locator('.rt-row a').first().waitFor()
    await page.getByRole('button', { name: t('filter.add'), exact: true }).click()
    await page.locator('.fp .fpick input').first().fill(label('account', 'name'))
    await page.keyboard.press('Enter')
    await page.locator('.fp .fr-value input').fill(unique)
    await page.getByRole('button', { name: t('filter.apply'), exact: true }).click()
    await page.waitForURL(/where=/)
    await page.locator('.rt-row[data-row="1"]').waitFor({ state: 'detached' })
    await page.locator('.rt-row').getByText(unique).waitFor()
    assert.equal(await page.locator('.rt-row a').count(), 1)
    assert.match(new URL(page.url()).searchParams.get('where'), /^name LIKE '%.+%'$/)
    await page.getByRole('button', { name: t('filter.as_text'), exact: true }).click()
    const text = page.locator('.filter-area')
    await text.fill("created_at = TODAY AND phone != null")
    await page.keyboard.press('Enter')
    await page.locator('.rt-row').getByText(unique).waitFor()
    await page.getByRole('button', { name: t('filter.as_chips'), exact: true }).click()
    assert.equal(await page.locator('.chip').count(), 2, 'the text became two chips')
    // A faulty filter is refused with its place.
    await page.getByRole('button', { name: t('filter.as_text'), exact: true }).click()
    page.mayAskNonsense = true
    await text.fill('name = = 3')
    await page.keyboard.press('Enter')
    await page.locator('.filter-error').waitFor()
    page.mayAskNonsense = false
    // Sorting: by name down, then Shift-click adds.
    await page.goto('/accounts?view=all')
    const head = page.getByRole('columnheader', { name: label('account', 'name') }).locator('.rt-sort')
    await head.click()
    await page.waitForURL(/order=name(&|$)/)
    await head.click()
    await page.waitForURL(/order=name\+DESC|order=name%20DESC/)
    await page.reload()
    assert.equal(await page.getByRole('columnheader', { name: label('account', 'name') }).getAttribute('aria-sort'), 'descending')
  })

  step('find in the list while typing', async () => {
    await page.goto('/accounts?view=all')
    await page.locator('.rt-row a').first().waitFor()
    await page.getByRole('searchbox', { name: t('list.quick') }).fill(unique)
    await page.waitForURL(/[?&]q=/)
    await page.locator('.rt-row').getByText(unique).waitFor()
    await page.locator('.rt-row[data-row="1"]').waitFor({ state: 'detached' })
  })

  step('scrolling brings further pages', async () => {
    const many = await api(page, 'GET', '/contacts?limit=1&count=exact')
    if (many.count < 120) return
    await page.goto('/contacts?view=all')
    await page.locator('.rt-row a').first().waitFor()
    await page.waitForFunction(() => {
      const box = document.querySelector('.rt')
      box.scrollTo(0, box.scrollHeight)
      return Number([...document.querySelectorAll('.rt-row[data-row]')].at(-1)?.dataset.row) >= 100
    }, null, { polling: 150 })
  })

  step('drag an opportunity on the board', async () => {
    const me = await api(page, 'GET', '/me')
    const stages = await api(page, 'GET', '/pipeline_stages?order=position&limit=50')
    const keys = stages.records.filter((s) => s.kind === 'open').map((s) => s.key)
    deal = await api(page, 'POST', '/opportunities', { name: `Deal ${unique}`, account, stage: keys[0], amount: 120000, owner: me.id, close_date: new Date(Date.now() - 400 * 864e5).toISOString().slice(0, 10) })
    await page.goto(`/opportunities?as=board&view=all&where=${encodeURIComponent(`account = '${account}'`)}`)
    await dragCard(page, deal.id, keys[1])
    await page.locator(`.bd-cards[data-key="${keys[1]}"] .bd-card[data-id="${deal.id}"]`).waitFor()
    await becomes(page, async () => (await api(page, 'GET', `/opportunities/${deal.id}`)).stage, keys[1])
    // The same by keyboard.
    await page.locator(`.bd-card[data-id="${deal.id}"] a`).focus()
    await page.keyboard.press('Shift+ArrowRight')
    await page.locator(`.bd-cards[data-key="${keys[2]}"] .bd-card[data-id="${deal.id}"]`).waitFor()
    await becomes(page, async () => (await api(page, 'GET', `/opportunities/${deal.id}`)).stage, keys[2])
  })

  step('a lost deal asks for its reason', async () => {
    await page.goto(`/opportunities/${deal.id}`)
    const stages = await api(page, 'GET', "/pipeline_stages?where=kind%20%3D%20'lost'&limit=1")
    await page.locator('.path').getByRole('button', { name: stages.records[0].label }).click()
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    await dialog.locator('.el-select__wrapper').first().click()
    await page.locator('.el-select-dropdown__item:visible').first().click()
    await dialog.getByRole('button', { name: t('closing.go_lost') }).click()
    await page.locator('.path.lost').waitFor()
    const now = await api(page, 'GET', `/opportunities/${deal.id}`)
    assert.equal(now.stage, stages.records[0].key)
    assert.ok(now.lost_reason)
  })

  step('a related list shows the deal', async () => {
    await page.goto(`/accounts/${account}?tab=opportunities`)
    await page.getByRole('tabpanel').getByText(`Deal ${unique}`).waitFor()
  })

  step('delete, undo, and the recycle bin', async () => {
    await page.goto(`/accounts/${account}`)
    await page.getByRole('button', { name: t('record.more') }).click()
    await page.getByRole('button', { name: t('delete'), exact: true }).click()
    await page.waitForURL(/\/accounts(\?|$)/)
    await page.getByRole('button', { name: t('undo'), exact: true }).click()
    await page.waitForURL(new RegExp(`/accounts/${account}`))
    await page.getByRole('heading', { level: 1, name: unique }).waitFor()
    await api(page, 'DELETE', `/accounts/${account}`)
    await page.goto('/bin?entity=account')
    const row = page.locator('.rt-row', { hasText: unique })
    await row.getByRole('button', { name: t('bin.restore') }).click()
    await row.waitFor({ state: 'detached' })
    assert.equal((await api(page, 'GET', `/accounts/${account}`)).name, unique)
  })

  step('a change elsewhere appears by itself', async () => {
    const hears = page.waitForResponse((r) => r.url().includes('/api/v1/events'))
    await page.goto(`/accounts/${account}`)
    await page.getByRole('heading', { level: 1, name: unique }).waitFor()
    await hears
    await api(page, 'PATCH', `/accounts/${account}`, { name: `${unique} plus` })
    await page.getByRole('heading', { level: 1, name: `${unique} plus` }).waitFor()
  })

  step('import a file, see what would happen, do it, undo it', async () => {
    await page.goto('/import?entity=account')
    const name = `Imported ${unique}`
    await page.locator('input[type=file]').setInputFiles({ name: 'accounts.csv', mimeType: 'text/csv', buffer: Buffer.from(`name,phone\n${name},010-5555 0000\n`) })
    await page.getByText('accounts.csv').waitFor()
    await page.getByRole('heading', { name: t('import.would') }).waitFor()
    await page.getByRole('button', { name: t('import.go') }).click()
    await page.getByRole('heading', { name: t('import.over') }).waitFor()
    const where = encodeURIComponent(`name = '${name}'`)
    assert.equal((await api(page, 'GET', `/accounts?where=${where}`)).records.length, 1)
    await page.getByRole('button', { name: t('import.undo') }).click()
    await page.getByRole('heading', { name: t('import.undone') }).waitFor()
    assert.equal((await api(page, 'GET', `/accounts?where=${where}`)).records.length, 0)
  })

  // What axe looks at is the same in every language and on every engine.
  if (engine === 'SQLite' && language === 'zh-CN') step('nothing serious for a screen reader', async () => {
    const found = []
    await page.emulateMedia({ reducedMotion: 'reduce' }) // a colour on its way is no colour
    for (const path of ['/', '/accounts?view=all', `/accounts/${account}`, '/accounts/new', '/opportunities?as=board&view=all', '/calendar?cal=month', '/calendar?cal=week', '/import', '/bin', '/settings']) {
      await page.emulateMedia({ colorScheme: 'light' })
      await page.goto(path)
      await page.locator('h1').first().waitFor()
      await page.waitForTimeout(1000)
      await page.evaluate(axe)
      for (const scheme of path === '/' || /accounts.\d+|as=board/.test(path) ? ['light', 'dark'] : ['light']) {
        if (scheme === 'dark') {
          await page.emulateMedia({ colorScheme: scheme })
          await page.waitForTimeout(500)
        }
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
        for (const v of violations)
          if (['serious', 'critical'].includes(v.impact)) found.push(`${path} ${scheme}: ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join('; ')}`)
      }
    }
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: null })
    assert.deepEqual(found, [])
  })

  step('nothing wider than a phone of 375', async () => {
    const { browser, server } = given()
    const small = await person(browser, server, language, { viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true })
    try {
      await signIn(small.page, language, server)
      for (const path of ['/', '/accounts?view=all', `/accounts/${account}`, `/accounts/${account}?tab=timeline`, '/leads/new', '/opportunities?as=board', '/calendar', '/import']) {
        await small.page.goto(path)
        await small.page.locator('h1').first().waitFor()
        await small.page.waitForTimeout(500)
        assert.ok((await small.page.evaluate(() => document.documentElement.scrollWidth)) <= 375, `${path} is too wide`)
      }
    } finally {
      await small.context.close()
    }
  })

  step('switch the language', async () => {
    const other = language === 'en' ? 'zh-CN' : 'en'
    await page.goto('/accounts?view=all')
    await page.locator('.head-user').click()
    await page.locator(`.menu-choice [lang="${other}"]`).click()
    await page.getByRole('button', { name: say(other, 'frame.create'), exact: true }).waitFor()
    assert.equal(await page.locator('html').getAttribute('lang'), other)
    assert.equal((await api(page, 'GET', '/me')).language, other)
    await page.locator(`.menu-choice [lang="${language}"]`).click()
    await page.getByRole('button', { name: t('frame.create'), exact: true }).waitFor()
    await page.waitForTimeout(300)
  })

  step('sign out', async () => {
    await page.goto('/')
    await page.locator('.head-user').click()
    await page.getByRole('button', { name: t('menu.leave') }).click()
    await page.waitForURL(/\/sign-in/)
    await page.goto('/accounts')
    await page.waitForURL(/\/sign-in/)
  })
}

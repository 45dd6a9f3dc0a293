// Boards: any choice, by mouse, finger and keyboard; what closes a deal; what two people see of each other.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { api, dragCard, everywhere, person, say, signIn, stepper, takeable } from './support.mjs'

everywhere('board', tasks)

function tasks(given, _engine, language) {
  const t = (key, values) => say(language, key, values)
  let page, context, errors, me, account, keys, stages
  const step = stepper(`board-${language}`, () => [{ page, errors }])
  const deal = (name, more = {}) => api(page, 'POST', '/opportunities', { name: `${name} ${Date.now()}`, account: account.id, stage: keys[0], amount: 1000, owner: me.id, ...more })
  const board = (extra = '') => `/opportunities?as=board&view=all&where=${encodeURIComponent(`account = '${account.id}'`)}${extra}`
  const card = (id, of = page) => of.locator(`.bd-card[data-id="${id}"]`)
  const inColumn = (key, id, of = page) => of.locator(`.bd-cards[data-key="${key}"] .bd-card[data-id="${id}"]`)
  const stands = async (id, field, wanted) => {
    for (let i = 0; i < 40 && (await api(page, 'GET', `/opportunities/${id}`))[field] !== wanted; i++) await page.waitForTimeout(100)
    assert.equal((await api(page, 'GET', `/opportunities/${id}`))[field], wanted)
  }

  before(async () => {
    const { server, browser } = given()
    ;({ page, context, errors } = await person(browser, server, language))
    await signIn(page, language, server)
    me = await api(page, 'GET', '/me')
    account = await api(page, 'POST', '/accounts', { name: `Board ${language} ${Date.now()}` })
    stages = (await api(page, 'GET', '/pipeline_stages?order=position&limit=50')).records
    keys = stages.filter((s) => s.kind === 'open').map((s) => s.key)
  })
  after(async () => context?.close())

  step('columns by any choice, with counts and sums, kept in the address', async () => {
    await deal('One', { source: 'web', amount: 2000 })
    await deal('Two', { source: 'phone', amount: 3000 })
    await page.goto(board())
    const first = page.locator('.bd-col').first()
    await first.locator('.bd-sum b').waitFor()
    assert.match((await first.locator('.bd-sum b').getAttribute('title')) ?? (await first.locator('.bd-sum').getAttribute('title')), /5,000|5000/)
    await page.locator('.bd-bar select').first().selectOption('source')
    await page.waitForURL(/by=source/)
    await page.locator('.bd-cards[data-key="web"] .bd-card').waitFor()
    await page.reload()
    await page.locator('.bd-cards[data-key="phone"] .bd-card').waitFor()
  })

  step('a card dragged to another source, and undone', async () => {
    const d = await deal('Dragged', { source: 'web' })
    await page.goto(board('&by=source'))
    await dragCard(page, d.id, 'phone')
    await inColumn('phone', d.id).waitFor()
    await stands(d.id, 'source', 'phone')
    await page.getByRole('button', { name: t('undo') }).click()
    await inColumn('web', d.id).waitFor()
    await stands(d.id, 'source', 'web')
  })

  step('by keyboard: arrows go, Shift and an arrow moves', async () => {
    const d = await deal('Keyed')
    await page.goto(board())
    await card(d.id).locator('a').focus()
    await page.keyboard.press('Shift+ArrowRight')
    await inColumn(keys[1], d.id).waitFor()
    await stands(d.id, 'stage', keys[1])
    await page.waitForFunction((id) => document.activeElement?.closest('.bd-card')?.getAttribute('data-id') === id, d.id)
    await page.keyboard.press('ArrowLeft')
    await page.waitForFunction((id) => document.activeElement?.closest('.bd-card')?.getAttribute('data-id') !== id, d.id)
  })

  step('lost asks why and to whom', async () => {
    const rival = await api(page, 'POST', '/competitors', { name: `Rival ${language} ${Date.now()}` })
    const d = await deal('Losing')
    const lost = stages.find((s) => s.kind === 'lost')
    await api(page, 'POST', '/opportunity_competitors', { opportunity: d.id, competitor: rival.id })
    await page.goto(board())
    await card(d.id).waitFor()
    await card(d.id).locator('.bd-move').selectOption(lost.key)
    const dialog = page.getByRole('dialog')
    const go = dialog.getByRole('button', { name: t('closing.go_lost') })
    await go.waitFor()
    assert.ok(await go.isDisabled(), 'not without a reason')
    await dialog.getByText(rival.name).waitFor() // the only competitor on the deal is proposed
    await dialog.locator('#closing-why').click({ force: true })
    await page.locator('.el-select-dropdown__item:visible').first().click()
    await go.click()
    await inColumn(lost.key, d.id).waitFor()
    await stands(d.id, 'stage', lost.key)
    assert.ok((await api(page, 'GET', `/opportunities/${d.id}`)).lost_reason)
    for (let i = 0; i < 30; i++) {
      const ties = (await api(page, 'GET', `/opportunities/${d.id}/opportunity_competitors`)).records
      if (ties[0].state === 'won') break
      await page.waitForTimeout(100)
    }
    assert.equal((await api(page, 'GET', `/opportunities/${d.id}/opportunity_competitors`)).records[0].state, 'won')
  })

  step('two browsers see each other’s moves', async () => {
    const { browser, server } = given()
    const d = await deal('Shared')
    const other = await person(browser, server, language)
    await signIn(other.page, language, server)
    await other.page.goto(board())
    await page.goto(board())
    await card(d.id, other.page).waitFor()
    await card(d.id).locator('a').focus()
    await page.keyboard.press('Shift+ArrowRight')
    await inColumn(keys[1], d.id, other.page).waitFor()
    await other.page.waitForTimeout(600)
    await card(d.id, other.page).locator('a').focus()
    await other.page.keyboard.press('Shift+ArrowRight')
    await inColumn(keys[2], d.id).waitFor()
    await other.context.close()
  })

  step('a column draws fifty, and more on asking', async () => {
    const full = await api(page, 'POST', '/accounts', { name: `Full ${Date.now()}` })
    await api(page, 'POST', '/opportunities/bulk', { rows: Array.from({ length: 70 }, (_, i) => ({ do: 'create', record: { name: `Many ${i}`, account: full.id, stage: keys[0] } })) })
    await page.goto(`/opportunities?as=board&view=all&where=${encodeURIComponent(`account = '${full.id}'`)}`)
    await page.locator(`.bd-cards[data-key="${keys[0]}"] .bd-card`).nth(49).waitFor()
    assert.equal(await page.locator('.bd-card').count(), 50)
    await page.getByRole('button', { name: t('board.more_of', { n: 20 }) }).click()
    await page.locator('.bd-card').nth(69).waitFor()
  })

  step('by finger: a long press takes the card', async () => {
    const { browser, server } = given()
    const d = await deal('Touched')
    const phone = await person(browser, server, language, { viewport: { width: 820, height: 1000 }, hasTouch: true })
    await signIn(phone.page, language, server)
    await phone.page.goto(board())
    await card(d.id, phone.page).waitFor()
    await takeable(phone.page)
    const from = await card(d.id, phone.page).boundingBox()
    const to = await phone.page.locator(`.bd-cards[data-key="${keys[1]}"]`).boundingBox()
    const cdp = await phone.context.newCDPSession(phone.page)
    const touch = (type, x, y) => cdp.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] })
    const x = from.x + 40
    const y = from.y + from.height - 12
    await touch('touchStart', x, y)
    await phone.page.waitForTimeout(500)
    for (let i = 1; i <= 12; i++) {
      await touch('touchMove', x + ((to.x + to.width / 2 - x) * i) / 12, y + ((to.y + 60 - y) * i) / 12)
      await phone.page.waitForTimeout(20)
    }
    await phone.page.waitForTimeout(150)
    await touch('touchEnd')
    await inColumn(keys[1], d.id, phone.page).waitFor()
    await stands(d.id, 'stage', keys[1])
    await phone.context.close()
  })
}

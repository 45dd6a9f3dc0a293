// Somebody is away, somebody leaves: deputies where people are picked, hand-over with a preview and an undo, who sees a record and why.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { codeOf, steadyStep } from '../api/totp.mjs'
import { api, everywhere, person, say, signIn, stepper } from './support.mjs'

everywhere('people', tasks)

function tasks(given, engine, language) {
  const t = (key, values) => say(language, key, values)
  const stamp = language === 'en' ? 'E' : 'C'
  const names = { leaver: `Lena Leaver ${stamp}`, one: `Olga One ${stamp}`, two: `Tom Two ${stamp}`, away: `Ada Away ${stamp}` }
  const ids = {}
  let admin, theirs, deal, account
  const step = stepper(`people-${engine}-${language}`, () => [admin, theirs])
  const page = () => admin.page
  const press = (label, within = page()) => within.getByRole('button', { name: label, exact: true }).click()
  /** Picks in a select that offers people. */
  const pick = async (box, name) => {
    await box.click()
    await page().locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: name }).first().click()
  }
  const open = async (name) => {
    await page().goto('/settings/people')
    await page().getByLabel(t('settings.find_person')).fill(name)
    await page().getByRole('button', { name: new RegExp(name) }).click()
    return page().getByRole('dialog', { name, exact: true })
  }

  before(async () => {
    const { server, browser } = given()
    admin = await person(browser, server, language)
    await signIn(page(), language, server)
    for (const [key, name] of Object.entries(names)) ids[key] = (await api(page(), 'POST', '/users', { name, login: `${key}-${stamp}`.toLowerCase(), state: 'active', role: 'salesperson' })).id
    for (let i = 0; i < 3; i++) deal = await api(page(), 'POST', '/opportunities', { name: `Pump ${stamp} ${i}`, stage: 'prospecting', owner: ids.leaver })
    await api(page(), 'POST', '/opportunities', { name: `Won ${stamp}`, stage: 'won', owner: ids.leaver })
    account = await api(page(), 'POST', '/accounts', { name: `Mill ${stamp}`, owner: ids.leaver })
  })
  after(async () => {
    await admin?.context.close()
    await theirs?.context.close()
  })

  step('who is absent is shown with the deputy where an owner is picked', async () => {
    const dialog = await open(names.away)
    await pick(dialog.locator('.set-form > div', { hasText: t('settings.state') }).locator('.el-select'), language === 'en' ? 'Absent' : '休假')
    await pick(dialog.locator('.set-form > div', { hasText: t('settings.deputy') }).locator('.el-select'), names.one)
    await press(t('save'), dialog)
    const said = t('people.absent_deputy', { name: names.one })
    await page().getByText(said).first().waitFor()
    await page().goto(`/opportunities/${deal.id}/edit`)
    const owner = page().locator('.el-select', { has: page().getByLabel(language === 'en' ? 'Owner' : '负责人', { exact: true }) })
    await owner.click()
    await page().keyboard.type('Ada Away')
    await page().locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: names.away }).getByText(said).waitFor()
    await page().keyboard.press('Escape')
  })

  step('a record is shared, and it says who sees it and why', async () => {
    await page().goto(`/accounts/${account.id}`)
    await press(t('record.more'))
    await page().getByRole('button', { name: t('reach.sharing') }).click()
    const dialog = page().getByRole('dialog', { name: t('reach.sharing_of', { name: account.name }) })
    const line = (name) => dialog.locator('.share-seen li', { hasText: name })
    await line(names.leaver).waitFor()
    assert.equal(await line(names.two).count(), 0)
    await dialog.locator('.share-add .el-select').first().click()
    await page().keyboard.type('Tom Two')
    await page().locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: names.two }).click()
    await press(t('reach.share_go'), dialog)
    await line(names.two).getByText(t('reach.why.shared', { by: (await api(page(), 'GET', '/me')).name })).waitFor()
    await press(t('reach.share_end'), dialog)
    await line(names.two).waitFor({ state: 'detached' })
    await page().keyboard.press('Escape')
  })

  step('what somebody may, of all kinds and of one record, in sentences', async () => {
    await page().goto('/settings/access')
    await page().locator('.reach-table').waitFor()
    const boxes = page().locator('.set-page .el-select')
    await boxes.nth(0).click()
    await page().keyboard.type('Lena Leaver')
    await page().locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: names.leaver }).click()
    await page().locator('.reach-table .reach-own').first().waitFor()
    await boxes.nth(1).click()
    await page().keyboard.type(account.name)
    await page().locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: account.name }).first().click()
    const row = page().locator('.reach-record li').first()
    await row.getByText(t('yes'), { exact: true }).waitFor()
    assert.match(await row.innerText(), new RegExp(names.leaver))
  })

  step('a role asks for a second step: who is in the middle of something sets it up there and goes on', async () => {
    const { server, browser } = given()
    const role = (await api(page(), 'GET', `/roles?where=${encodeURIComponent("key = 'salesperson'")}`)).records[0]
    await api(page(), 'POST', `/users/${ids.two}/password`, { password: 'copper kettle song', keep: true })
    theirs = await person(browser, server, language)
    const p = theirs.page
    await signIn(p, language, server, { login: `two-${stamp}`.toLowerCase(), password: 'copper kettle song' })
    await p.goto('/accounts/new')
    await p.locator('#f-name').fill(`Kept ${stamp}`)
    await page().goto('/settings/roles')
    await page().getByRole('tab', { name: role.name, exact: true }).click()
    await press(t('settings.change'))
    const dialog = page().getByRole('dialog', { name: role.name, exact: true })
    await dialog.locator('.role-check input').check()
    await press(t('save'), dialog)
    await page().locator('.set-bar .set-tag').waitFor()
    await p.getByRole('button', { name: t('save'), exact: true }).click()
    const now = p.getByRole('dialog', { name: t('second.title') })
    await now.getByLabel(t('signin.old'), { exact: true }).fill('copper kettle song')
    await press(t('second.begin'), now)
    const secret = (await now.locator('.second-key').textContent()).replaceAll(' ', '')
    await now.getByLabel(t('second.code'), { exact: true }).fill(codeOf(secret, await steadyStep()))
    await press(t('second.confirm'), now)
    await now.locator('.second-codes code').first().waitFor()
    await press(t('second.kept'), now)
    await p.waitForURL(/\/accounts\/\d+$/)
    await p.getByRole('heading', { name: `Kept ${stamp}` }).waitFor()
    await p.goto('/settings/profile')
    await p.getByRole('button', { name: t('second.renew'), exact: true }).waitFor()
    assert.equal(await p.getByRole('button', { name: t('second.off'), exact: true }).count(), 0) // it is kept
    await api(page(), 'PATCH', `/roles/${role.id}`, { second_step: false })
  })

  step('somebody leaves: what they own is offered, tried out, handed over, and taken back', async () => {
    const dialog = await open(names.leaver)
    await pick(dialog.locator('.set-form > div', { hasText: t('settings.state') }).locator('.el-select'), language === 'en' ? 'Disabled' : '停用')
    await press(t('save'), dialog)
    const hand = page().getByRole('dialog', { name: t('people.hand_over_of', { name: names.leaver }) })
    await hand.waitFor()
    const to = hand.locator('.el-select').first()
    await to.click()
    for (const name of [names.one, names.two]) await page().locator('.el-select-dropdown:visible .el-select-dropdown__item', { has: page().getByText(name, { exact: true }) }).first().click()
    await hand.locator('.el-dialog__header').click() // closes the list
    await hand.getByText([t('people.hand_gets', { name: names.one, n: '2' }), t('people.hand_gets', { name: names.two, n: '1' })].join(t('reach.comma'))).waitFor()
    await hand.locator('.hand-shares input').nth(1).fill('2')
    await hand.getByText([t('people.hand_gets', { name: names.one, n: '1' }), t('people.hand_gets', { name: names.two, n: '2' })].join(t('reach.comma'))).waitFor()
    await press(t('people.hand_over'), hand)
    await page().getByText(t('people.handed', { n: '4', name: names.leaver })).waitFor()
    const owners = async () => (await api(page(), 'GET', `/opportunities?where=${encodeURIComponent(`name LIKE '% ${stamp}%' AND owner != null`)}&limit=200`)).records.filter((r) => r.name.startsWith(`Pump ${stamp}`) || r.name === `Won ${stamp}`).map((r) => r.owner.name)
    assert.deepEqual((await owners()).sort(), [names.leaver, names.one, names.two, names.two].sort())
    await page().getByRole('button', { name: t('undo'), exact: true }).last().click()
    await page().getByText(t('list.undone')).waitFor()
    assert.deepEqual([...new Set(await owners())], [names.leaver])
  })
}

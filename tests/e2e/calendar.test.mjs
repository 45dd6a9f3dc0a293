// The calendar: lunar dates, making, moving and resizing entries, the feed's address; what another browser sees.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, it } from 'node:test'
import { api, everywhere, person, say, signIn, stepper } from './support.mjs'

it('lunar dates of 130 years are those of the Chinese calendar of ICU', () => {
  const script = `
    import { lunarDay, lunarShort } from '${new URL('../../web/src/calendar/lunar.ts', import.meta.url)}'
    const f = new Intl.DateTimeFormat('en-u-ca-chinese', { timeZone: 'UTC', year: 'numeric', month: 'numeric', day: 'numeric' })
    let wrong = 0, n = 0
    for (let at = Date.UTC(1970, 1, 10); at < Date.UTC(2100, 11, 31); at += 864e5, n++) {
      const d = new Date(at), p = Object.fromEntries(f.formatToParts(d).map((x) => [x.type, x.value]))
      const l = lunarDay(d.getUTCFullYear(), d.getUTCMonth() + 1, d.getUTCDate())
      if (!l || l.year !== Number(p.relatedYear) || l.month !== parseInt(p.month) || l.leap !== /bis/.test(p.month) || l.day !== Number(p.day)) wrong++
    }
    const at = (y, m, d) => lunarShort(lunarDay(y, m, d))
    console.log(JSON.stringify([n > 47000, wrong, at(2026, 2, 17), at(2026, 2, 16), at(2026, 6, 19), at(2026, 9, 25), at(2023, 3, 22), at(2026, 11, 24), lunarDay(1960, 1, 1)]))`
  const out = execFileSync(process.execPath, ['--no-warnings', '--experimental-strip-types', '--input-type=module', '-e', script], { encoding: 'utf8' })
  assert.deepEqual(JSON.parse(out), [true, 0, '春节', '除夕', '端午', '中秋', '闰二月', '十六', null])
})

everywhere('calendar', tasks)

function tasks(given, _engine, language) {
  const t = (key, values) => say(language, key, values)
  const DAY = language === 'en' ? '2027-03-10' : '2027-04-14' // Wednesdays far from what the sample company holds
  let page, context, errors
  const step = stepper(`calendar-${language}`, () => [{ page, errors }])
  const day = (n) => new Date(Date.parse(DAY) + n * 864e5).toISOString().slice(0, 10)
  const cell = (d, of = page) => of.locator(`.cal-cell[data-day="${d}"]`)
  const stands = async (id, wanted) => {
    const read = async () => {
      const r = await api(page, 'GET', `/activities/${id}`)
      return [r.due_at, r.end_at]
    }
    for (let i = 0; i < 50 && JSON.stringify(await read()) !== JSON.stringify(wanted); i++) await page.waitForTimeout(100)
    assert.deepEqual(await read(), wanted)
  }

  before(async () => {
    const { server, browser } = given()
    ;({ page, context, errors } = await person(browser, server, language))
    await signIn(page, language, server)
  })
  after(async () => context?.close())

  step('lunar dates and public holidays in the month', async () => {
    await page.goto('/calendar?cal=month&at=2026-10-01')
    await cell('2026-10-01').locator('.cal-mark', { hasText: t('cal.off_mark') }).waitFor()
    await cell('2026-10-10').locator('.cal-mark.work').waitFor()
    assert.match(await cell('2026-10-01').getAttribute('aria-label'), /国庆节/)
    if (language === 'zh-CN') assert.equal(await cell('2026-10-10').locator('.cal-lunar').innerText(), '九月')
    else assert.equal(await page.locator('.cal-lunar').count(), 0)
  })

  step('a click on a day makes an entry, dragging moves it, undo brings it back', async () => {
    const subject = `${language} entry ${Date.now()}`
    await page.goto(`/calendar?cal=month&at=${DAY}`)
    await cell(DAY).click({ position: { x: 60, y: 60 } })
    const dialog = page.getByRole('dialog')
    await dialog.locator('#new-subject').fill(subject)
    await dialog.getByRole('button', { name: t('save'), exact: true }).click()
    const entry = cell(DAY).locator('.cal-entry', { hasText: subject })
    await entry.waitFor()
    const id = /(\d+)$/.exec(await entry.getAttribute('href'))[1]
    await stands(id, [`${DAY}T01:00:00Z`, `${DAY}T02:00:00Z`]) // nine to ten in Shanghai
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const from = await entry.boundingBox()
    const to = await cell(day(2)).boundingBox()
    await page.mouse.move(from.x + 20, from.y + 8)
    await page.mouse.down()
    await page.mouse.move(from.x + 40, from.y + 10, { steps: 4 })
    await page.mouse.move(to.x + 60, to.y + 60, { steps: 10 })
    await page.mouse.up()
    await stands(id, [`${day(2)}T01:00:00Z`, `${day(2)}T02:00:00Z`])
    assert.match(page.url(), /\/calendar/, 'dropping opens nothing')
    await page.getByRole('button', { name: t('undo') }).last().click()
    await stands(id, [`${DAY}T01:00:00Z`, `${DAY}T02:00:00Z`])
    // By keyboard.
    await cell(DAY).locator('.cal-entry', { hasText: subject }).focus()
    await page.keyboard.press('Alt+ArrowRight')
    await stands(id, [`${day(1)}T01:00:00Z`, `${day(1)}T02:00:00Z`])
  })

  step('in the week the hours are dragged and the end is pulled', async () => {
    const a = await api(page, 'POST', '/activities', { subject: `Week ${Date.now()}`, kind: 'meeting', due_at: `${DAY}T03:00:00Z`, end_at: `${DAY}T04:00:00Z`, owner: (await api(page, 'GET', '/me')).id })
    await page.goto(`/calendar?cal=week&at=${DAY}`)
    const box = page.locator('.cal-box', { hasText: a.subject })
    await box.waitFor()
    await box.scrollIntoViewIfNeeded()
    let b = await box.boundingBox()
    await page.mouse.move(b.x + 20, b.y + 10)
    await page.mouse.down()
    await page.mouse.move(b.x + 22, b.y + 30, { steps: 4 })
    await page.mouse.move(b.x + 22, b.y + 10 + 88, { steps: 8 }) // two hours
    await page.mouse.up()
    await stands(a.id, [`${DAY}T05:00:00Z`, `${DAY}T06:00:00Z`])
    b = await box.boundingBox()
    await page.mouse.move(b.x + 20, b.y + b.height - 3)
    await page.mouse.down()
    await page.mouse.move(b.x + 20, b.y + b.height + 10, { steps: 4 })
    await page.mouse.move(b.x + 20, b.y + b.height + 22, { steps: 6 }) // half an hour
    await page.mouse.up()
    await stands(a.id, [`${DAY}T05:00:00Z`, `${DAY}T06:30:00Z`])
  })

  step('another browser sees it move', async () => {
    const { browser, server } = given()
    const me = await api(page, 'GET', '/me')
    const a = await api(page, 'POST', '/activities', { subject: `Seen ${Date.now()}`, kind: 'task', due_at: `${DAY}T03:00:00Z`, owner: me.id })
    const other = await person(browser, server, language)
    await signIn(other.page, language, server)
    await other.page.goto(`/calendar?cal=month&at=${DAY}`)
    await cell(DAY, other.page).getByText(a.subject).waitFor()
    await api(page, 'PATCH', `/activities/${a.id}`, { due_at: `${day(3)}T03:00:00Z` })
    await cell(day(3), other.page).getByText(a.subject).waitFor()
    await other.context.close()
  })

  step('days and list, by address and by keyboard', async () => {
    await page.goto(`/calendar?cal=month&at=${DAY}`)
    await cell(DAY).focus()
    await page.keyboard.press('ArrowRight')
    await page.waitForURL(new RegExp(`at=${day(1)}`))
    await page.waitForFunction((d) => document.activeElement?.getAttribute('data-day') === d, day(1))
    await page.getByRole('button', { name: t('cal.list'), exact: true }).click()
    await page.waitForURL(/cal=list/)
    await page.locator('.cal-line').first().waitFor()
  })

  step('subscribe: an address that works, is renewed, and is taken back', async () => {
    await page.goto('/calendar')
    await page.getByRole('button', { name: t('cal.subscribe') }).click()
    const dialog = page.getByRole('dialog')
    const make = dialog.getByRole('button', { name: t('cal.feed_make') }).or(dialog.getByRole('button', { name: t('cal.feed_renew') }))
    await make.click()
    const first = await dialog.locator('code').innerText()
    const read = (url) => page.evaluate((u) => fetch(u, { credentials: 'omit' }).then(async (r) => [r.status, (await r.text()).slice(0, 15)]), url)
    assert.deepEqual(await read(first), [200, 'BEGIN:VCALENDAR'])
    await dialog.getByRole('button', { name: t('cal.feed_renew') }).click()
    await page.waitForFunction((old) => document.querySelector('.cal-feed code')?.textContent !== old, first)
    assert.equal((await read(first))[0], 404)
    await dialog.getByRole('button', { name: t('cal.feed_end') }).click()
    await dialog.locator('code').waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
  })
}

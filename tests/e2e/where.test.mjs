// The filter as a tree and as text, both ways. Needs no browser: Node reads the TypeScript as it stands.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { plainClock, plainDay, plainDays, plainMinutes, plainMoney, plainNumber, plainShortMoney, plainTime, twoUnits } from '../../web/src/lib/digits.ts'
import { both, fieldAt, filterText, isPlain, moving, movingText, orderText, parseFilter, parseOrder, testsOf } from '../../web/src/lib/where.ts'

const field = (name, type, more = {}) => ({ name, type, label: name, ...more })
const entity = {
  name: 'opportunity',
  fields: [
    field('id', 'id'), field('name', 'text'), field('amount', 'money'), field('close_date', 'date'), field('created_at', 'time'), field('active', 'boolean'),
    field('type', 'choice'), field('tags', 'multi_choice'), field('owner', 'reference', { target: 'user' }), field('account', 'reference', { target: 'account' }),
    field('stage', 'keyed_reference', { target: 'pipeline_stage' }), field('about', 'reference_any'), field('description', 'long_text'),
    field('few', 'text', { operators: ['=', '!='] }),
  ],
}
const others = [
  entity,
  { name: 'user', fields: [field('id', 'id'), field('name', 'text'), field('team', 'reference', { target: 'team' })] },
  { name: 'team', fields: [field('name', 'text')] },
  { name: 'account', fields: [field('id', 'id'), field('name', 'text'), field('industry', 'choice'), field('owner', 'reference', { target: 'user' })] },
  { name: 'pipeline_stage', fields: [field('key', 'text'), field('kind', 'choice')] },
]
const find = (name) => others.find((e) => e.name === name)
const parse = (text) => parseFilter(entity, text, find)
const write = (group) => filterText(entity, group, find)

// Every operator of the language, shown by clicking and written the same again.
const SAME = [
  "name LIKE '%abc%'",
  "name LIKE 'abc%'",
  "name LIKE '%abc'",
  "name LIKE 'a_c%'",
  "name LIKE '%50\\\\%%'",
  "name NOT LIKE '%abc%'",
  "name NOT LIKE '%x_y'",
  "name LIKE '%a\\\\\\\\b%'",
  "name = 'O\\'Neill'",
  "name = ':me'",
  "name = 'two\\nlines'",
  "name != 'x'",
  "name IN ('a', 'b')",
  "name NOT IN ('a', 'b')",
  "name >= 'm'",
  "name < 'z'",
  'name = null',
  'name != null',
  'amount >= 100 AND amount <= 200',
  'amount > 12.5',
  'amount = -3',
  'amount != 5',
  'amount IN (1, 2, 3)',
  'close_date = THIS_FISCAL_QUARTER',
  'close_date < LAST_90_DAYS',
  'close_date >= 2026-10-01',
  'close_date != TODAY',
  'close_date IN (2026-10-01, 2026-10-02)',
  'close_date = LAST_N_DAYS:30',
  'close_date > NEXT_N_FISCAL_QUARTERS:2',
  'close_date = N_WEEKS_AGO:3',
  'close_date >= LAST_MONTH AND close_date <= NEXT_MONTH',
  'CALENDAR_MONTH(close_date) = 10',
  'HOUR_IN_DAY(created_at) >= 9 AND HOUR_IN_DAY(created_at) <= 17',
  'created_at >= 2026-10-01T00:00:00Z',
  'active = true',
  'active != false',
  "type IN ('sale', 'cooperation')",
  "type NOT IN ('sale', 'cooperation')",
  "type = 'sale'",
  "tags INCLUDES ('a', 'b')",
  "tags INCLUDES ('a;b')",
  "tags INCLUDES ('a;b') OR tags INCLUDES ('c')",
  "tags EXCLUDES ('a', 'b')",
  'owner = :me',
  "owner IN (:me, '7')",
  'owner.team = :my_team',
  "owner = '7'",
  "owner.name LIKE '%li%'",
  "owner.team.name = 'North'",
  "account.industry IN ('energy', 'retail')",
  "stage = 'won'",
  "stage.kind = 'open'",
  "about = 'account/7'",
  "about.entity = 'account'",
  "description LIKE '%price%'",
  "name LIKE '%a%' OR type = 'sale' OR amount > 3",
  "type = 'sale' AND owner = :me AND amount >= 1",
  "type = 'sale' AND (amount > 3 OR owner = :me)",
  "(amount > 1 AND active = true) OR (name = null AND NOT (type = 'sale' OR amount > 9))",
  "NOT (type = 'sale')",
  "account IN (SELECT id FROM account WHERE industry = 'energy')",
  "id NOT IN (SELECT account FROM opportunity WHERE stage.kind = 'won' AND (amount > 5 OR active = true))",
  'owner IN (SELECT owner FROM account)',
]

describe('filter text', () => {
  for (const text of SAME)
    it(`${text} can be clicked together and is the same text again`, () => {
      const filter = parse(text)
      assert.ok(isPlain(filter), JSON.stringify(filter))
      assert.equal(write(filter), text)
    })

  it('AND binds closer than OR; brackets that say nothing go', () => {
    assert.equal(write(parse('amount > 1 AND amount < 3 OR active = true')), '(amount > 1 AND amount < 3) OR active = true')
    assert.equal(write(parse('((amount > 1) AND (active = true AND (name = null)))')), 'amount > 1 AND active = true AND name = null')
    assert.equal(write(parse('not active = true')), 'NOT (active = true)')
    assert.equal(write(parse('NOT NOT active = true')), 'active = true')
    assert.equal(write(parse('ACTIVE = TRUE')), 'ACTIVE = TRUE', 'names in capitals stay text')
  })

  it('joins two bounds of one field to one condition', () => {
    const { items } = parse("amount >= 100 AND amount <= 200 AND type = 'sale'")
    assert.deepEqual(items.map((c) => c.test), ['between', 'in'])
    assert.equal(write({ join: 'OR', items }), "(amount >= 100 AND amount <= 200) OR type = 'sale'")
  })

  it('keeps what cannot be clicked together as it is', () => {
    for (const text of ['amount >', 'nothing = 1', "owner.nothing = 'x'", 'CALENDAR_MONTH(amount) = 3', "few LIKE 'x%'", "tags EXCLUDES ('a;b')", 'amount > 1 AND', "id IN (SELECT x FROM planet)", 'a ~ b', '(amount > 1', 'amount > 1)']) {
      const filter = parse(text)
      assert.ok(!isPlain(filter), text)
      assert.equal(write(filter), text)
    }
    const mixed = parse("type = 'sale' AND nothing = 1 AND amount > 3")
    assert.deepEqual(mixed.items.map((x) => 'raw' in x), [false, true, false])
    assert.equal(write(mixed), "type = 'sale' AND nothing = 1 AND amount > 3")
  })

  it('asks only what the server says it knows', () => {
    assert.deepEqual(testsOf(fieldAt(entity, 'few')), ['is', 'not', 'empty', 'filled'])
  })

  it('reads and writes dates that move', () => {
    for (const text of ['LAST_N_WEEKS:3', 'NEXT_N_FISCAL_QUARTERS:2', 'N_DAYS_AGO:10']) assert.equal(movingText(moving(text)), text)
    assert.equal(moving('TODAY'), null)
  })

  it('brackets what is joined', () => {
    assert.equal(both('', 'a = 1'), 'a = 1')
    assert.equal(both('a = 1 OR b = 2', 'c = 3'), '(a = 1 OR b = 2) AND (c = 3)')
  })

  it('reads and writes orders', () => {
    assert.deepEqual(parseOrder('amount DESC NULLS LAST, name'), [{ field: 'amount', down: true, nulls: 'LAST' }, { field: 'name', down: false }])
    assert.equal(orderText(parseOrder('amount desc nulls last, account.name')), 'amount DESC NULLS LAST, account.name')
  })
})

describe('numbers and days without Intl read as Intl has them', () => {
  const NUMBERS = [0, 1, -1, 12, 999, 1000, -1000, 12345, 123456, -1234567, 1e9, 999999999999999]
  for (const language of ['zh-CN', 'en']) {
    it(`numbers in ${language}`, () => {
      const intl = new Intl.NumberFormat(language, { maximumFractionDigits: 6 })
      for (const n of NUMBERS) assert.equal(plainNumber(n, language), intl.format(n))
      for (const n of [1.5, NaN, Infinity, 1e15, -0]) assert.equal(plainNumber(n, language), null, String(n))
    })
    it(`money in ${language}`, () => {
      for (const currency of ['CNY', 'USD', 'EUR', 'GBP']) {
        const intl = new Intl.NumberFormat(language, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', minimumFractionDigits: 0, maximumFractionDigits: 0 })
        for (const n of NUMBERS) assert.equal(plainMoney(n, currency, language), intl.format(n))
      }
      const cents = new Intl.NumberFormat(language, { style: 'currency', currency: 'CNY', currencyDisplay: 'narrowSymbol', minimumFractionDigits: 2, maximumFractionDigits: 2 })
      for (const n of [0, 1, -1, 0.5, 1234.5, -1234567.89, 0.05, 9007199254.01]) assert.equal(plainMoney(n, 'CNY', language, 2), cents.format(n))
      for (const n of [NaN, Infinity, 1e13, -0, 1.005, 1e-7]) assert.equal(plainMoney(n, 'CNY', language, 2), null, String(n))
      const short = new Intl.NumberFormat(language, { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol', notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: 1 })
      const edges = [1, 1e3, 1e4, 1e6, 1e8, 1e9, 1e12, 5e14].flatMap((n) => [n, n - 1, n + 1, n * 1.25, n * 1.45, n * 0.99995, n * 0.9994, n * 9.95, n * 12.34].map((x) => Math.round(x)))
      for (const n of [...NUMBERS, ...edges, 1.5, 12.25, 12345.67, -98765432.1].filter((n) => Math.abs(n) < 1e15)) assert.equal(plainShortMoney(n, 'USD', language), short.format(n), String(n))
      for (const n of [NaN, Infinity, 1e15, -0, 0.5]) assert.equal(plainShortMoney(n, 'USD', language), null, String(n))
      for (const [n, currency] of [[1, 'JPY'], [1, 'ABC'], [0.5, 'CNY'], [-0, 'CNY']]) assert.equal(plainMoney(n, currency, language), null)
    })
    it(`days and hours in ${language}`, () => {
      const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
      const exact = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
      for (const hour of [0, 1, 11, 12, 13, 23]) // some have a narrow blank before AM
        assert.equal(plainTime(new Date(2026, 1, 3, hour, 5), language), exact.format(new Date(2026, 1, 3, hour, 5)).replace('\u202f', ' '))
      const [days, minutes] = ['long', 'short'].map((style) => new Intl.RelativeTimeFormat(language, { numeric: 'auto', style }))
      for (let n = -90; n <= 90; n++) assert.equal(plainDays(n, language), days.format(n, 'day'))
      for (let n = -59; n < 60; n++) if (n) assert.equal(plainMinutes(n, language), minutes.format(n, 'minute'))
      for (let month = 0; month < 12; month++)
        for (const day of [new Date(2026, month, 1, 0, 0), new Date(1999, month, 28, 23, 59)]) {
          assert.equal(plainClock(day), clock.format(day))
          for (const year of [undefined, 'numeric']) assert.equal(plainDay(day, year !== undefined, language), new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', year }).format(day))
        }
    })
  }
  it('another language is left to Intl', () => assert.deepEqual([plainNumber(1, 'de'), plainMoney(1, 'CNY', 'de'), plainDay(new Date(2026, 1, 1), false, 'de'), plainTime(new Date(), 'de'), plainDays(1, 'de'), plainMinutes(1, 'de')], Array(6).fill(null)))
})

describe('how long it still is', () => {
  it('is said in two units at most, and a day is never 24 hours besides', () => {
    const said = (...of) => of.map((minutes) => { const { d, h, m } = twoUnits(minutes); return `${d} ${h} ${m}` })
    assert.deepEqual(said(0, -59, 60, 2879.4, 2880, 8 * 1440 + 1420, -(9 * 1440 + 23 * 60), 9 * 1440 + 1420, 100 * 1440), ['0 0 0', '0 0 59', '0 1 0', '0 47 59', '2 0 0', '9 0 0', '9 23 0', '10 0 0', '100 0 0'])
  })
})

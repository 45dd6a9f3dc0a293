// The filter as chips and as text, both ways. Needs no browser: Node reads the TypeScript as it stands.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { both, filterText, orderText, parseFilter, parseOrder } from '../../web/src/lib/where.ts'

const field = (name, type, more = {}) => ({ name, type, label: name, ...more })
const entity = {
  name: 'opportunity',
  fields: [
    field('name', 'text'), field('amount', 'money'), field('close_date', 'date'), field('created_at', 'time'), field('active', 'boolean'),
    field('type', 'choice'), field('tags', 'multi_choice'), field('owner', 'reference', { target: 'user' }),
    field('stage', 'keyed_reference', { target: 'pipeline_stage' }), field('about', 'reference_any'),
  ],
}

const SAME = [
  "name LIKE '%abc%'",
  "name LIKE 'abc%'",
  "name LIKE '%50\\\\%%'",
  "name = 'O\\'Neill'",
  "name != 'x'",
  'name = null',
  'name != null',
  'amount >= 100 AND amount <= 200',
  'amount > 12.5',
  'amount = -3',
  'close_date = THIS_FISCAL_QUARTER',
  'close_date >= 2026-10-01',
  'close_date = LAST_N_DAYS:30',
  'created_at >= 2026-10-01T00:00:00Z',
  'active = true',
  "type IN ('sale', 'cooperation')",
  "type NOT IN ('sale', 'cooperation')",
  "type = 'sale'",
  "tags INCLUDES ('a', 'b')",
  'owner = :me',
  "owner = '7'",
  "owner.name LIKE '%li%'",
  "stage = 'won'",
  "about = 'account/7'",
  "name LIKE '%a%' OR type = 'sale' OR amount > 3",
  "type = 'sale' AND owner = :me AND amount >= 1",
]

describe('filter text', () => {
  for (const text of SAME)
    it(`${text} becomes chips and the same text again`, () => {
      const filter = parseFilter(entity, text)
      assert.ok(filter.items.every((c) => !('raw' in c)), JSON.stringify(filter))
      assert.equal(filterText(entity, filter), text)
    })

  it('joins two bounds of one field to one chip', () => {
    const { items } = parseFilter(entity, "amount >= 100 AND amount <= 200 AND type = 'sale'")
    assert.deepEqual(items.map((c) => c.test), ['between', 'in'])
  })

  it('keeps what chips cannot say as it is', () => {
    for (const text of [
      "stage.kind = 'open'",
      "id IN (SELECT account FROM opportunity WHERE stage = 'won')",
      "NOT (type = 'sale')",
      "name LIKE 'a_b%'",
      'amount >',
    ]) {
      const filter = parseFilter(entity, text)
      assert.deepEqual(filter.items, [{ raw: text }])
      assert.equal(filterText(entity, filter), text)
    }
  })

  it('keeps nested conditions beside simple ones', () => {
    const text = "type = 'sale' AND (amount > 3 OR owner = :me)"
    const filter = parseFilter(entity, text)
    assert.equal(filter.items.length, 2)
    assert.ok('raw' in filter.items[1])
    assert.equal(filterText(entity, filter), text)
  })

  it('says a mixture of AND and OR without brackets as one raw chip', () => {
    assert.equal(parseFilter(entity, 'amount > 1 AND amount < 3 OR active = true').items.length, 1)
  })

  it('brackets what is joined', () => {
    assert.equal(both('', 'a = 1'), 'a = 1')
    assert.equal(both('a = 1 OR b = 2', 'c = 3'), '(a = 1 OR b = 2) AND (c = 3)')
  })

  it('reads and writes orders', () => {
    assert.deepEqual(parseOrder('amount DESC NULLS LAST, name'), [{ field: 'amount', down: true }, { field: 'name', down: false }])
    assert.equal(orderText([{ field: 'amount', down: true }, { field: 'name', down: false }]), 'amount DESC, name')
  })
})

// Conditions in words, for chips and read-outs.
import type { Entity, Field } from '@/api/types'
import { labelOf, t, te } from '@/i18n'
import { choiceLabel, exactDay, exactTime, money, number } from '@/lib/format'
import { isDateWord, isGroup, isRaw, isRelated, isVariable, moving, type Condition, type Item } from '@/lib/where'
import { keyedLabel, keyedRecord } from '@/state/keyed'
import { entityOf } from '@/state/meta'
import { columnAt, labelAt } from './columns'
import { needName, refNames } from './names'

export function sayDate(word: string): string {
  const m = moving(word)
  if (!m) return te(`date.${word}`) ? t(`date.${word}`) : word
  return t(`moving.${m.span}`, { n: m.n, unit: t(`unit.${m.unit}`, m.n) })
}

function sayValue(f: Field, v: string): string {
  if (isVariable(v)) return t(`filter.${v.slice(1)}`)
  const isDate = f.type === 'date' || f.type === 'time'
  if (isDate && isDateWord(v)) return sayDate(v)
  switch (f.type) {
    case 'choice': case 'multi_choice': return choiceLabel(f, v)
    case 'keyed_reference': { const r = f.target ? keyedRecord(f.target, v) : undefined; return r ? keyedLabel(r) : v }
    case 'reference': needName(f.target, v); return refNames.get(v) ?? v
    case 'reference_any': { const [e, id] = v.split('/'); if (e && id) needName(e, id); return (id && refNames.get(id)) ?? refNames.get(v) ?? v }
    case 'money': return money(Number(v))
    case 'integer': case 'decimal': return number(Number(v))
    case 'percent': return `${v}%`
    case 'date': return exactDay(v)
    case 'time': return /T/.test(v) ? exactTime(v) : exactDay(v)
    case 'boolean': return t(v === 'true' ? 'yes' : 'no')
    default: return `“${v}”`
  }
}

/** Where a field also asks for one value, a list of them is said as one. */
export const testLabel = (f: Field, test: string): string =>
  (test === 'in' || test === 'not_in') && !['choice', 'keyed_reference', 'reference', 'reference_any'].includes(f.type) ? t(`test.${test}_list`) : t(`test.${(f.type === 'date' || f.type === 'time') && ['is', 'ge', 'le', 'gt', 'lt'].includes(test) ? 'date_' : ''}${test}`)

function sayCondition(entity: Entity, c: Condition): string {
  const f = columnAt(entity, c.path, c.part)
  if (!f) return c.path
  const values = c.values.map((v) => sayValue(f, v)).join(c.test === 'between' ? ' – ' : c.test === 'includes_all' ? t('filter.and_short') : t('filter.or_short'))
  return `${labelAt(entity, c.path, c.part)} ${testLabel(f, c.test)} ${values}`.trim()
}

/** One item in a line; `known` gives a name to a whole text, such as a view's own condition. */
export function sayItem(entity: Entity, item: Item): string {
  if (isRaw(item)) return item.raw
  if (isGroup(item)) {
    const inner = item.items.map((x) => (isGroup(x) && x.items.length > 1 && !x.not ? `(${sayItem(entity, x)})` : sayItem(entity, x))).join(` ${t(item.join === 'AND' ? 'filter.and' : 'filter.or')} `)
    return item.not ? t('filter.not_of', { what: inner }) : inner
  }
  if (isRelated(item)) {
    const other = entityOf(item.entity)
    const what = labelOf(other?.plural_label) || item.entity
    const inner = other && item.where.items.length ? t('filter.with', { what: sayItem(other, item.where) }) : ''
    const own = item.own === 'id' ? '' : `${labelAt(entity, item.own)} `
    return `${own}${t(item.not ? 'filter.has_none' : 'filter.has_some', { what })}${inner}`
  }
  return sayCondition(entity, item)
}

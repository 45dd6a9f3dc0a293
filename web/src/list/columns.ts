// Columns of a list: fields of the record and fields behind its references, by dotted path.
import type { Entity, Field, Label, Rec, Value } from '@/api/types'
import { isRef } from '@/lib/format'
import { DATE_PARTS, fieldAt, fieldsAlong } from '@/lib/where'
import { labelOf, LANGUAGES, t } from '@/i18n'
import { entities, entityOf } from '@/state/meta'

/** "Account › Industry" in every language, as a label of /meta. */
function pathLabel(fields: Field[]): Label {
  const of = (f: Field, l: string) => (typeof f.label === 'string' ? f.label : (f.label[l] ?? f.label['en'] ?? f.name))
  return Object.fromEntries(LANGUAGES.map((l) => [l.key, fields.map((f) => of(f, l.key)).join(' › ')]))
}

/** The field at a path, labelled by the whole way; of another record it is read only. */
export function columnAt(entity: Entity, path: string, part?: string): Field | undefined {
  const f = fieldAt(entity, path, entityOf, part)
  if (!f) return undefined
  const found = path.endsWith('.entity') && f.choices && !f.choices.length ? { ...f, choices: entities.value.map((e) => ({ key: e.name, label: e.label })) } : f
  if (!path.includes('.')) return found
  const way = fieldsAlong(entity, path, entityOf)
  return { ...found, label: pathLabel(way), readonly: true, list: false }
}
export const labelAt = (entity: Entity, path: string, part?: string): string => {
  const name = labelOf(columnAt(entity, path)?.label) || path
  return part && DATE_PARTS.includes(part) ? t('filter.part_of', { part: t(`part.${part}`), field: name }) : name
}

export function valueAt(r: Rec, path: string): Value | undefined {
  if (!path.includes('.')) return r[path]
  let v: unknown = r
  for (const name of path.split('.')) v = v && typeof v === 'object' ? (v as { [k: string]: unknown })[name] : undefined
  return v as Value | undefined
}
/** The record that the field at the end of the path belongs to: for the currency beside an amount. */
export function ownerAt(r: Rec, path: string): Rec {
  const cut = path.lastIndexOf('.')
  const v = cut < 0 ? r : (valueAt(r, path.slice(0, cut)) as unknown)
  return (v && typeof v === 'object' ? v : r) as Rec
}

const WIDTH: { [type: string]: number } = { money: 130, integer: 100, decimal: 110, percent: 90, date: 110, time: 124, boolean: 80, choice: 112, keyed_reference: 112, reference: 150, reference_any: 170, email: 190, phone: 132, url: 170, long_text: 240 }
/** People's names are short; those of firms, deals and tasks are not. */
export type Title = 'person' | 'other' | null
export const usualWidth = (f: Field, title: Title): number => (title ? (title === 'person' ? 172 : 244) : (WIDTH[f.type] ?? 130))
/** What a column takes of the width that is left over, by what it holds: names and sentences want it, dates and choices do not. */
const SPREAD: { [type: string]: number } = { text: 2, long_text: 3, reference: 2, reference_any: 2, email: 1, url: 1 }
export const spreadOf = (f: Field, title: Title): number => (title ? (title === 'person' ? 1 : 2) : f.target === 'user' ? 0 : (SPREAD[f.type] ?? 0))
export const isNumber = (f: Field): boolean => ['money', 'integer', 'decimal', 'percent'].includes(f.type)
/** Numbers that make sense added up: not a record's version, not a year. */
export const isMeasure = (f: Field): boolean => isNumber(f) && f.name !== 'version' && !f.name.endsWith('position')

/** What may be grouped by. */
export const groupable = (f: Field): boolean =>
  ['choice', 'keyed_reference', 'reference', 'reference_any', 'boolean', 'date', 'time', 'integer', 'percent', 'text'].includes(f.type) && f.name !== 'version' && f.type !== 'id'

/** The plain key of a reference or a choice. */
export const keyIn = (v: unknown): string => (isRef(v) ? String((v as { key?: string }).key ?? v.id) : String(v ?? ''))

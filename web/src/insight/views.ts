// Views: results that are no records. Each number says which list opens what it counts.
import { get, params } from '@/api/http'
import type { Label, Wire } from '@/api/types'
import { labelOf, t } from '@/i18n'
import { money, number, shortMoney } from '@/lib/format'
import { entityByPlural, entityOf } from '@/state/meta'

export interface Figure {
  value: number | null
  records?: string | null
  /** Without the owners' and managers' word, where the view knows both. */
  unadjusted?: number | null
}
export interface Column {
  name: string
  type: string
  label?: Label
}
export type Row = { [column: string]: unknown }
export interface Answer {
  columns: (Column | string)[]
  rows: Row[]
  total?: Row
  currency?: string
  [more: string]: unknown
}
export type Report = Wire<'Report'>
export type Asked = { [parameter: string]: string | null | undefined }

export function ask<T = Answer>(name: string, asked: Asked = {}, signal?: AbortSignal): Promise<T> {
  return get<T>(`/views/${name}${params(asked)}`, signal)
}

export const isFigure = (v: unknown): v is Figure => typeof v === 'object' && v !== null && 'value' in v

/** The number of a cell, be it bare or with its list. */
export function numberOf(v: unknown): number | null {
  const n = isFigure(v) ? v.value : v
  return typeof n === 'number' ? n : null
}

/** Does a column speak of the time by which two answers are compared? One that opens the same lists in both does not. */
export function isDated(name: string, now: Answer, then: Answer): boolean {
  const cells = (a: Answer) => new Map<string, unknown>([['', a.total?.[name]], ...a.rows.map((r): [string, unknown] => [`${r['key'] ?? r['name']}`, r[name]])])
  const earlier = cells(then)
  const pairs = [...cells(now)].map(([key, v]) => [v, earlier.get(key)]).filter((p) => p.every(isFigure)) as [Figure, Figure][]
  return !pairs.length || pairs.some(([a, b]) => !a.records || a.records !== b.records)
}

/** "/leads?where=…" of the wire is the same address in the app, on the view that leaves nothing out. */
export function listPath(records: string | null | undefined): string | null {
  if (!records) return null
  const plural = /^\/([a-z_]+)\?/.exec(records)?.[1]
  const entity = plural ? entityByPlural(plural) : undefined
  if (!entity) return null
  return entity.views.some((v) => v.name === 'all') ? `${records}&view=all` : records
}

/** Where a row says by conditions what its numbers counted: `where_NAME` of the report's entity, else the row's own list. */
export function whereOf(row: Row, column: string, entity?: string): string | null {
  const own = row[`where_${column}`]
  const plural = entityOf(entity)?.plural
  if (typeof own === 'string' && plural) return `/${plural}?where=${encodeURIComponent(own)}`
  return typeof row['records'] === 'string' ? row['records'] : null
}

export function shown(n: number | null | undefined, type: string, currency?: string | null, short = false): string {
  if (n === null || n === undefined) return '–'
  if (type === 'money') return short ? shortMoney(n, currency) : money(Math.round(n), currency)
  if (type === 'percent') return `${number(n)}%`
  return number(Math.round(n * 100) / 100)
}

const NUMBERS = ['integer', 'money', 'percent', 'decimal']

/** Columns as the app draws them: what is a number is known from the type, or from the first row that has one. */
export function columnsOf(answer: Answer): (Column & { text: string; numeric: boolean })[] {
  return answer.columns
    .map((c): Column => (typeof c === 'string' ? { name: c, type: answer.rows.some((r) => numberOf(r[c]) !== null) ? 'decimal' : 'text' } : c))
    .filter((c) => c.type !== 'json' && !['key', 'where', 'records'].includes(c.name) && !c.name.startsWith('where_'))
    .map((c) => ({ ...c, text: labelOf(c.label) || c.name, numeric: NUMBERS.includes(c.type) }))
}

/** What a row is called; a row without a key is what has no such value. */
export function nameOf(row: Row): string {
  const v = row['name']
  if (typeof v === 'string' && v) return v
  if (typeof v === 'object' && v !== null && 'name' in v) return String((v as { name: unknown }).name)
  return t('reports.none')
}

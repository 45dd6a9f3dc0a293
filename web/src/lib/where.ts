// The filter as chips and as text, both ways. What the chips cannot say stays one chip of raw text.
import type { Entity, Field } from '@/api/types'

/** What a chip says. Several of these are written with the same operator of the language. */
export type Test =
  | 'is' | 'not' | 'in' | 'not_in' | 'has' | 'starts' | 'lt' | 'le' | 'gt' | 'ge' | 'between' | 'empty' | 'filled' | 'includes'

export interface Condition {
  field: string
  test: Test
  values: string[]
}
export interface RawCondition {
  raw: string
}
export interface Filter {
  join: 'AND' | 'OR'
  items: (Condition | RawCondition)[]
}

export const isRaw = (c: Condition | RawCondition): c is RawCondition => 'raw' in c
export const emptyFilter = (): Filter => ({ join: 'AND', items: [] })

const TEXT: Test[] = ['has', 'starts', 'is', 'not', 'empty', 'filled']
const NUMBER: Test[] = ['is', 'ge', 'le', 'gt', 'lt', 'between', 'empty', 'filled']
const DATE: Test[] = ['is', 'ge', 'le', 'between', 'empty', 'filled']
const CHOICE: Test[] = ['in', 'not_in', 'empty', 'filled']
const REFERENCE: Test[] = ['in', 'not_in', 'has', 'empty', 'filled']

export function testsOf(field: Field): Test[] {
  switch (field.type) {
    case 'integer': case 'decimal': case 'money': case 'percent': return NUMBER
    case 'date': case 'time': return DATE
    case 'choice': case 'keyed_reference': return CHOICE
    case 'multi_choice': return ['includes', 'empty', 'filled']
    case 'reference': return REFERENCE
    case 'reference_any': return ['in', 'empty', 'filled']
    case 'boolean': return ['is']
    case 'json': return ['empty', 'filled']
    default: return TEXT
  }
}

/** Date words that need no number; the others are LAST_N_DAYS:n and NEXT_N_DAYS:n. */
export const DATE_WORDS = [
  'TODAY', 'YESTERDAY', 'TOMORROW', 'THIS_WEEK', 'LAST_WEEK', 'NEXT_WEEK', 'THIS_MONTH', 'LAST_MONTH', 'NEXT_MONTH',
  'THIS_FISCAL_QUARTER', 'LAST_FISCAL_QUARTER', 'NEXT_FISCAL_QUARTER', 'THIS_YEAR', 'LAST_YEAR',
  'LAST_N_DAYS:7', 'LAST_N_DAYS:30', 'LAST_N_DAYS:90', 'NEXT_N_DAYS:7', 'NEXT_N_DAYS:30',
]
const DATE_WORD = /^[A-Z][A-Z_]*(:\d+)?$/

export const quote = (s: string): string => `'${s.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`
const likeText = (s: string): string => s.replace(/[\\%_]/g, (c) => `\\${c}`)

function literal(field: Field | undefined, v: string): string {
  if (v.startsWith(':')) return v
  switch (field?.type) {
    case 'integer': case 'decimal': case 'money': case 'percent': return v
    case 'boolean': return v
    case 'date': case 'time': return v
    default: return quote(v)
  }
}

function conditionText(entity: Entity, c: Condition): string {
  const field = entity.fields.find((f) => f.name === c.field)
  const lit = (v: string) => literal(field, v)
  const first = c.values[0] ?? ''
  switch (c.test) {
    case 'is': return `${c.field} = ${lit(first)}`
    case 'not': return `${c.field} != ${lit(first)}`
    case 'in':
      return c.values.length === 1 ? `${c.field} = ${lit(first)}` : `${c.field} IN (${c.values.map(lit).join(', ')})`
    case 'not_in':
      return c.values.length === 1 ? `${c.field} != ${lit(first)}` : `${c.field} NOT IN (${c.values.map(lit).join(', ')})`
    case 'has': return `${c.field}${field?.type === 'reference' ? '.name' : ''} LIKE ${quote(`%${likeText(first)}%`)}`
    case 'starts': return `${c.field} LIKE ${quote(`${likeText(first)}%`)}`
    case 'lt': return `${c.field} < ${lit(first)}`
    case 'le': return `${c.field} <= ${lit(first)}`
    case 'gt': return `${c.field} > ${lit(first)}`
    case 'ge': return `${c.field} >= ${lit(first)}`
    case 'between': return `${c.field} >= ${lit(first)} AND ${c.field} <= ${lit(c.values[1] ?? first)}`
    case 'empty': return `${c.field} = null`
    case 'filled': return `${c.field} != null`
    case 'includes': return `${c.field} INCLUDES (${c.values.map(quote).join(', ')})`
  }
}

export function filterText(entity: Entity, filter: Filter): string {
  const many = filter.items.length > 1
  return filter.items
    .map((c) => {
      if (isRaw(c)) return many && /\b(AND|OR)\b/i.test(c.raw) && !/^\(.*\)$/.test(c.raw) ? `(${c.raw})` : c.raw
      const text = conditionText(entity, c)
      return c.test === 'between' && filter.join === 'OR' ? `(${text})` : text
    })
    .join(` ${filter.join} `)
}

export const both = (a: string, b: string): string => {
  if (!a) return b
  if (!b) return a
  return `(${a}) AND (${b})`
}

interface Token {
  kind: 'name' | 'text' | 'number' | 'op' | 'mark'
  text: string
  value: string
  from: number
  to: number
}

function tokens(source: string): Token[] | null {
  const out: Token[] = []
  const rule = /\s+|'((?:[^'\\]|\\.)*)'|(-?\d[\dT:.Z+-]*)|([A-Za-z_][\w.]*(?::\d+)?|:\w+)|(!=|<=|>=|<>|[=<>])|([(),])/gy
  let at = 0
  while (at < source.length) {
    rule.lastIndex = at
    const m = rule.exec(source)
    if (!m) return null
    const from = at
    at = rule.lastIndex
    const [all, text, num, name, op, mark] = m
    if (text !== undefined) out.push({ kind: 'text', text: all, value: text.replace(/\\(.)/g, '$1'), from, to: at })
    else if (num !== undefined) out.push({ kind: 'number', text: all, value: num, from, to: at })
    else if (name !== undefined) out.push({ kind: 'name', text: all, value: name, from, to: at })
    else if (op !== undefined) out.push({ kind: 'op', text: all, value: op, from, to: at })
    else if (mark !== undefined) out.push({ kind: 'mark', text: all, value: mark, from, to: at })
  }
  return out
}

const word = (t: Token | undefined, w: string): boolean => t?.kind === 'name' && t.value.toUpperCase() === w

/** Splits at AND or OR of the outermost level; null where both stand there. */
function split(ts: Token[]): { join: 'AND' | 'OR'; parts: Token[][] } | null {
  const parts: Token[][] = [[]]
  let join: 'AND' | 'OR' | null = null
  let depth = 0
  for (const t of ts) {
    if (t.value === '(' && t.kind === 'mark') depth++
    if (t.value === ')' && t.kind === 'mark') depth--
    if (depth < 0) return null
    if (depth === 0 && (word(t, 'AND') || word(t, 'OR'))) {
      const j = t.value.toUpperCase() as 'AND' | 'OR'
      if (join && join !== j) return null
      join = j
      parts.push([])
    } else parts[parts.length - 1]!.push(t)
  }
  return depth === 0 ? { join: join ?? 'AND', parts } : null
}

function unwrap(ts: Token[]): Token[] {
  while (ts.length > 2 && ts[0]!.value === '(' && ts[0]!.kind === 'mark') {
    let depth = 0
    const end = ts.findIndex((t) => {
      if (t.kind === 'mark' && t.value === '(') depth++
      if (t.kind === 'mark' && t.value === ')') depth--
      return depth === 0
    })
    if (end !== ts.length - 1) break
    ts = ts.slice(1, -1)
  }
  return ts
}

const unlike = (s: string): string => s.replace(/\\([\\%_])/g, '$1')
const plainLike = (s: string): boolean => !/(^|[^\\])[%_]/.test(s)

function condition(entity: Entity, ts: Token[]): Condition | null {
  const [name, op, ...rest] = ts
  if (name?.kind !== 'name' || !op) return null
  const viaName = name.value.endsWith('.name')
  const own = entity.fields.find((f) => f.name === name.value)
  const field = own ?? (viaName ? entity.fields.find((f) => f.name === name.value.slice(0, -5) && f.type === 'reference') : undefined)
  if (!field) return null
  const values = (): string[] | null => {
    if (rest[0]?.value !== '(' || rest[rest.length - 1]?.value !== ')') return null
    const inner = rest.slice(1, -1)
    if (word(inner[0], 'SELECT')) return null
    const out: string[] = []
    for (const [i, t] of inner.entries()) {
      if (i % 2 === 1) {
        if (t.value !== ',') return null
      } else out.push(t.value)
    }
    return out.length ? out : null
  }
  const make = (test: Test, v: string[]): Condition | null => (testsOf(field).includes(test) ? { field: field.name, test, values: v } : null)
  if (word(op, 'LIKE') && rest.length === 1 && rest[0]!.kind === 'text') {
    const pattern = rest[0]!.value
    const body = pattern.replace(/^%/, '').replace(/(^|[^\\])%$/, '$1')
    if (!plainLike(body)) return null
    if (pattern.startsWith('%') && pattern.endsWith('%') && pattern.length > 1) return make('has', [unlike(body)])
    if (own && pattern.endsWith('%')) return make('starts', [unlike(body)])
    return null
  }
  if (!own) return null
  if (word(op, 'IN')) {
    const v = values()
    return v && make('in', v)
  }
  if (word(op, 'INCLUDES')) {
    const v = values()
    return v && make('includes', v)
  }
  if (word(op, 'NOT') && word(rest[0], 'IN')) {
    rest.shift()
    const v = values()
    return v && make('not_in', v)
  }
  if (op.kind !== 'op' || rest.length !== 1) return null
  const value = rest[0]!
  if (value.kind === 'mark' || value.kind === 'op') return null
  const isNull = word(value, 'NULL')
  if (value.kind === 'name' && !isNull && !value.value.startsWith(':') && !DATE_WORD.test(value.value) && !/^(true|false)$/i.test(value.value)) return null
  switch (op.value) {
    case '=':
      if (isNull) return make('empty', [])
      return make(testsOf(field).includes('in') ? 'in' : 'is', [value.value])
    case '!=': case '<>':
      if (isNull) return make('filled', [])
      return make(testsOf(field).includes('not_in') ? 'not_in' : 'not', [value.value])
    case '<': return make('lt', [value.value])
    case '<=': return make('le', [value.value])
    case '>': return make('gt', [value.value])
    case '>=': return make('ge', [value.value])
  }
  return null
}

/** Two neighbours `f >= a AND f <= b` are one "between". */
function joinBetween(filter: Filter): Filter {
  if (filter.join !== 'AND') return filter
  const items: Filter['items'] = []
  for (const c of filter.items) {
    const before = items[items.length - 1]
    if (before && !isRaw(before) && !isRaw(c) && before.test === 'ge' && c.test === 'le' && before.field === c.field)
      items[items.length - 1] = { field: c.field, test: 'between', values: [before.values[0]!, c.values[0]!] }
    else items.push(c)
  }
  return { ...filter, items }
}

export function parseFilter(entity: Entity, source: string): Filter {
  const text = source.trim()
  if (!text) return emptyFilter()
  const ts = tokens(text)
  const parts = ts && split(unwrap(ts))
  if (!parts) return { join: 'AND', items: [{ raw: text }] }
  const items = parts.parts.map((p): Condition | RawCondition => {
    const inner = unwrap(p)
    const range = split(inner)
    if (range && range.join === 'AND' && range.parts.length === 2) {
      const two = joinBetween({ join: 'AND', items: range.parts.map((x) => condition(entity, unwrap(x)) ?? { raw: '' }) })
      if (two.items.length === 1) return two.items[0]!
    }
    return condition(entity, inner) ?? { raw: text.slice(p[0]?.from ?? 0, p[p.length - 1]?.to ?? text.length) }
  })
  return joinBetween({ join: parts.join, items })
}

export interface Sort {
  field: string
  down: boolean
}

export function parseOrder(source: string | null | undefined): Sort[] {
  return (source ?? '')
    .split(',')
    .map((s) => /^\s*([\w.]+)(?:\s+(ASC|DESC))?/i.exec(s))
    .filter((m): m is RegExpExecArray => m !== null)
    .map((m) => ({ field: m[1]!, down: (m[2] ?? '').toUpperCase() === 'DESC' }))
}

export const orderText = (sorts: Sort[]): string => sorts.map((s) => (s.down ? `${s.field} DESC` : s.field)).join(', ')

// The filter as a tree of conditions and as text, both ways. What the tree cannot say stays a piece of raw text in it.
import type { Entity, Field } from '@/api/types'

/** What a condition asks. Several of these are written with the same operator of the language. */
export type Test =
  | 'is' | 'not' | 'in' | 'not_in' | 'lt' | 'le' | 'gt' | 'ge' | 'between'
  | 'has' | 'has_not' | 'starts' | 'starts_not' | 'ends' | 'ends_not' | 'like' | 'like_not'
  | 'includes' | 'includes_all' | 'excludes' | 'empty' | 'filled'

export interface Condition {
  /** Dotted: "city", "account.industry", "about.entity". */
  path: string
  test: Test
  values: string[]
  /** Of a date: "CALENDAR_MONTH" … */
  part?: string
}
/** There is (or is not) a record of another entity that points here. */
export interface Related {
  entity: string
  via: string
  own: string
  not: boolean
  where: Group
}
export interface Raw {
  raw: string
}
export interface Group {
  join: 'AND' | 'OR'
  not?: boolean
  items: Item[]
}
export type Item = Condition | Related | Raw | Group

export type Find = (entity: string) => Entity | undefined

export const isRaw = (c: Item): c is Raw => 'raw' in c
export const isGroup = (c: Item): c is Group => 'items' in c
export const isRelated = (c: Item): c is Related => 'via' in c
export const isCondition = (c: Item): c is Condition => 'path' in c
export const emptyFilter = (): Group => ({ join: 'AND', items: [] })

/** Can the tree be shown by clicking, or is there a piece of text in it that only text can say? */
export const isPlain = (c: Item): boolean => (isRaw(c) ? false : isGroup(c) ? c.items.every(isPlain) : isRelated(c) ? isPlain(c.where) : true)

const OPERATOR: { [t in Test]: string } = {
  is: '=', not: '!=', in: 'IN', not_in: 'NOT IN', lt: '<', le: '<=', gt: '>', ge: '>=', between: '>=', has: 'LIKE', has_not: 'LIKE', starts: 'LIKE', starts_not: 'LIKE',
  ends: 'LIKE', ends_not: 'LIKE', like: 'LIKE', like_not: 'LIKE', includes: 'INCLUDES', includes_all: 'INCLUDES', excludes: 'EXCLUDES', empty: '=', filled: '!=',
}
const NUMBER: Test[] = ['is', 'ge', 'le', 'gt', 'lt', 'between', 'not', 'in', 'not_in', 'empty', 'filled']
const LIKES: Test[] = ['like', 'like_not']

function wanted(type: Field['type']): Test[] {
  switch (type) {
    case 'integer': case 'decimal': case 'money': case 'percent': return NUMBER
    case 'date': case 'time': return ['is', 'ge', 'le', 'gt', 'lt', 'between', 'not', 'in', 'not_in', 'empty', 'filled']
    case 'choice': return ['in', 'not_in', 'empty', 'filled', ...LIKES]
    case 'keyed_reference': case 'reference': case 'reference_any': return ['in', 'not_in', 'empty', 'filled']
    case 'multi_choice': return ['includes', 'includes_all', 'excludes', 'empty', 'filled']
    case 'boolean': return ['is', 'not', 'empty', 'filled']
    case 'json': return ['has', 'has_not', 'empty', 'filled']
    case 'id': return ['is', 'not', 'in', 'not_in', 'ge', 'le', 'gt', 'lt', 'between']
    case 'long_text': return ['has', 'has_not', 'starts', 'starts_not', 'ends', 'ends_not', 'is', 'not', 'empty', 'filled', ...LIKES]
    default: return ['has', 'has_not', 'starts', 'starts_not', 'ends', 'ends_not', 'is', 'not', 'in', 'not_in', 'ge', 'le', 'gt', 'lt', 'between', 'empty', 'filled', ...LIKES]
  }
}
/** What can be asked of a field; the server says which operators it knows. */
export function testsOf(field: Field): Test[] {
  const may = field.operators
  if (field.masked) return []
  return wanted(field.type).filter((t) => !may?.length || may.includes(OPERATOR[t]) || t === 'empty' || t === 'filled')
}

// ---- dates that move ----

/** Date words that need no number. */
export const DATE_WORDS = [
  'TODAY', 'YESTERDAY', 'TOMORROW', 'THIS_WEEK', 'LAST_WEEK', 'NEXT_WEEK', 'THIS_MONTH', 'LAST_MONTH', 'NEXT_MONTH', 'THIS_QUARTER', 'LAST_QUARTER', 'NEXT_QUARTER',
  'THIS_YEAR', 'LAST_YEAR', 'NEXT_YEAR', 'THIS_FISCAL_QUARTER', 'LAST_FISCAL_QUARTER', 'NEXT_FISCAL_QUARTER', 'THIS_FISCAL_YEAR', 'LAST_FISCAL_YEAR', 'NEXT_FISCAL_YEAR',
  'LAST_90_DAYS', 'NEXT_90_DAYS',
]
export const DATE_UNITS = ['DAYS', 'WEEKS', 'MONTHS', 'QUARTERS', 'YEARS', 'FISCAL_QUARTERS', 'FISCAL_YEARS'] as const
export type Span = 'LAST' | 'NEXT' | 'AGO'
/** "LAST_N_WEEKS:3" in its parts. */
export interface Moving { span: Span; unit: string; n: number }
export function moving(word: string): Moving | null {
  const m = /^(?:(LAST|NEXT)_N_([A-Z_]+)|N_([A-Z_]+)_AGO):(\d+)$/.exec(word)
  return m ? { span: (m[1] ?? 'AGO') as Span, unit: (m[2] ?? m[3])!, n: Number(m[4]) } : null
}
export const movingText = (m: Moving): string => (m.span === 'AGO' ? `N_${m.unit}_AGO:${m.n}` : `${m.span}_N_${m.unit}:${m.n}`)
export const isDateWord = (v: string): boolean => /^[A-Z][A-Z_0-9]*(:\d+)?$/.test(v)

/** Parts of a date that can be compared; the last only of a time. */
export const DATE_PARTS = [
  'CALENDAR_YEAR', 'CALENDAR_QUARTER', 'CALENDAR_MONTH', 'FISCAL_YEAR', 'FISCAL_QUARTER', 'FISCAL_MONTH', 'WEEK_IN_YEAR', 'WEEK_IN_MONTH', 'DAY_IN_YEAR', 'DAY_IN_MONTH', 'DAY_IN_WEEK', 'HOUR_IN_DAY',
]
const partField = (of: Field): Field => ({ name: of.name, label: of.label, type: 'integer', operators: ['=', '!=', '<', '<=', '>', '>=', 'IN', 'NOT IN'] })

// ---- names ----

/** The field at the end of a dotted path; its `name` is the path. */
export function fieldAt(entity: Entity, path: string, find?: Find, part?: string): Field | undefined {
  const names = path.split('.')
  let here: Entity | undefined = entity
  for (const [i, name] of names.entries()) {
    const f: Field | undefined = here?.fields.find((x) => x.name === name)
    if (!f) return undefined
    if (i === names.length - 1) {
      const out = i ? { ...f, name: path } : f
      return part ? (['date', 'time'].includes(f.type) && DATE_PARTS.includes(part) ? partField(out) : undefined) : out
    }
    if (f.type === 'reference_any' && i === names.length - 2 && names[i + 1] === 'entity') return { name: path, type: 'choice', label: f.label, operators: ['=', '!=', 'IN', 'NOT IN'], choices: [] }
    if (!f.target || !['reference', 'keyed_reference'].includes(f.type)) return undefined
    here = find?.(f.target)
  }
  return undefined
}
/** The fields along a path: for its label. */
export function fieldsAlong(entity: Entity, path: string, find?: Find): Field[] {
  const out: Field[] = []
  let here: Entity | undefined = entity
  for (const name of path.split('.')) {
    const f: Field | undefined = here?.fields.find((x) => x.name === name)
    if (!f) break
    out.push(f)
    here = f.target ? find?.(f.target) : undefined
  }
  return out
}

// ---- tree → text ----

export const quote = (s: string): string => `'${s.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')}'`
const likeText = (s: string): string => s.replace(/[\\%_]/g, (c) => `\\${c}`)
export const isVariable = (v: string): boolean => v === ':me' || v === ':my_team'

function literal(field: Field | undefined, v: string): string {
  switch (field?.type) {
    case 'integer': case 'decimal': case 'money': case 'percent': case 'boolean': case 'date': case 'time': return v
    case 'reference': case 'reference_any': case 'id': return isVariable(v) ? v : quote(v)
    default: return field ? quote(v) : isVariable(v) ? v : quote(v)
  }
}

function conditionText(entity: Entity, c: Condition, find?: Find): string {
  const field = fieldAt(entity, c.path, find, c.part)
  const name = c.part ? `${c.part}(${c.path})` : c.path
  const lit = (v: string) => literal(field, v)
  const like = (pattern: string, not = false) => `${name} ${not ? 'NOT ' : ''}LIKE ${quote(pattern)}`
  const list = c.values.map(lit).join(', ')
  const first = c.values[0] ?? ''
  switch (c.test) {
    case 'is': return `${name} = ${lit(first)}`
    case 'not': return `${name} != ${lit(first)}`
    case 'in': return c.values.length === 1 ? `${name} = ${lit(first)}` : `${name} IN (${list})`
    case 'not_in': return c.values.length === 1 ? `${name} != ${lit(first)}` : `${name} NOT IN (${list})`
    case 'has': return like(`%${likeText(first)}%`)
    case 'has_not': return like(`%${likeText(first)}%`, true)
    case 'starts': return like(`${likeText(first)}%`)
    case 'starts_not': return like(`${likeText(first)}%`, true)
    case 'ends': return like(`%${likeText(first)}`)
    case 'ends_not': return like(`%${likeText(first)}`, true)
    case 'like': return like(first)
    case 'like_not': return like(first, true)
    case 'lt': return `${name} < ${lit(first)}`
    case 'le': return `${name} <= ${lit(first)}`
    case 'gt': return `${name} > ${lit(first)}`
    case 'ge': return `${name} >= ${lit(first)}`
    case 'between': return `${name} >= ${lit(first)} AND ${name} <= ${lit(c.values[1] ?? first)}`
    case 'empty': return `${name} = null`
    case 'filled': return `${name} != null`
    case 'includes': return `${name} INCLUDES (${c.values.map(quote).join(', ')})`
    case 'includes_all': return `${name} INCLUDES (${quote(c.values.join(';'))})`
    case 'excludes': return `${name} EXCLUDES (${c.values.map(quote).join(', ')})`
  }
}

function itemText(entity: Entity, item: Item, find: Find | undefined, join: 'AND' | 'OR' | null): string {
  if (isRaw(item)) return join && /\b(and|or)\b/i.test(item.raw) && !/^\(.*\)$/s.test(item.raw) ? `(${item.raw})` : item.raw
  if (isGroup(item)) {
    const inner = filterText(entity, { ...item, not: false }, find)
    if (!inner) return ''
    return item.not ? `NOT (${inner})` : join && item.items.length > 1 ? `(${inner})` : inner
  }
  if (isRelated(item)) {
    const other = find?.(item.entity)
    const inner = other ? filterText(other, item.where, find) : ''
    return `${item.own}${item.not ? ' NOT' : ''} IN (SELECT ${item.via} FROM ${item.entity}${inner ? ` WHERE ${inner}` : ''})`
  }
  const text = conditionText(entity, item, find)
  return item.test === 'between' && join === 'OR' ? `(${text})` : text
}

export function filterText(entity: Entity, group: Group, find?: Find): string {
  const many = group.items.length > 1
  const text = group.items.map((c) => itemText(entity, c, find, many ? group.join : null)).filter(Boolean).join(` ${group.join} `)
  return group.not && text ? `NOT (${text})` : text
}

export const both = (a: string, b: string): string => {
  if (!a) return b
  if (!b) return a
  return `(${a}) AND (${b})`
}

// ---- text → tree ----

interface Token {
  kind: 'name' | 'text' | 'number' | 'op' | 'mark'
  text: string
  value: string
  from: number
  to: number
}
const ESCAPES: { [c: string]: string } = { n: '\n', r: '\r', t: '\t' }

function tokens(source: string): Token[] | null {
  const out: Token[] = []
  const rule = /\s+|'((?:[^'\\]|\\.)*)'|(-?\d[\dT:.Z+-]*(?:e[+-]?\d+)?)|([A-Za-z_][\w.]*(?::\d+)?|:\w+)|(!=|<=|>=|<>|[=<>])|([(),])/gy
  let at = 0
  while (at < source.length) {
    rule.lastIndex = at
    const m = rule.exec(source)
    if (!m) return null
    const from = at
    at = rule.lastIndex
    const [all, text, num, name, op, mark] = m
    if (text !== undefined) out.push({ kind: 'text', text: all, value: text.replace(/\\(.)/gs, (_, c: string) => ESCAPES[c] ?? c), from, to: at })
    else if (num !== undefined) out.push({ kind: 'number', text: all, value: num, from, to: at })
    else if (name !== undefined) out.push({ kind: 'name', text: all, value: name, from, to: at })
    else if (op !== undefined) out.push({ kind: 'op', text: all, value: op, from, to: at })
    else if (mark !== undefined) out.push({ kind: 'mark', text: all, value: mark, from, to: at })
  }
  return out
}

const word = (t: Token | undefined, w: string): boolean => t?.kind === 'name' && t.value.toUpperCase() === w
const mark = (t: Token | undefined, m: string): boolean => t?.kind === 'mark' && t.value === m
const unlike = (s: string): string => s.replace(/\\([\\%_])/g, '$1')
/** Holds the pattern a wildcard that is not escaped? */
const wild = (s: string): boolean => /(^|[^\\])(\\\\)*[%_]/.test(s)

class Reader {
  private at = 0
  private broken = false
  private readonly source: string
  private readonly ts: Token[]
  private readonly find: Find | undefined
  constructor(source: string, ts: Token[], find: Find | undefined) {
    this.source = source
    this.ts = ts
    this.find = find
  }
  end(): boolean {
    return this.at >= this.ts.length && !this.broken
  }
  private joined(entity: Entity, join: 'AND' | 'OR', next: () => Item): Item {
    const items = [next()]
    while (word(this.ts[this.at], join)) {
      this.at++
      items.push(next())
    }
    if (items.length === 1) return items[0]!
    const flat = items.flatMap((x) => (isGroup(x) && x.join === join && !x.not ? x.items : [x]))
    const less = join === 'AND' ? joinBetween(entity, flat, this.find) : flat
    return less.length === 1 ? less[0]! : { join, items: less }
  }
  either(entity: Entity): Item {
    return this.joined(entity, 'OR', () => this.joined(entity, 'AND', () => this.one(entity)))
  }
  private one(entity: Entity): Item {
    const from = this.at
    if (word(this.ts[this.at], 'NOT')) {
      this.at++
      const inner = this.one(entity)
      if (isRaw(inner)) return this.raw(from)
      return isGroup(inner) ? { ...inner, not: !inner.not } : { join: 'AND', not: true, items: [inner] }
    }
    if (mark(this.ts[this.at], '(')) {
      this.at++
      const inner = this.either(entity)
      if (!mark(this.ts[this.at], ')')) return this.raw(from)
      this.at++
      return inner
    }
    let depth = 0
    let to = this.at
    for (; to < this.ts.length; to++) {
      const t = this.ts[to]!
      if (mark(t, '(')) depth++
      else if (mark(t, ')') && --depth < 0) break
      else if (depth === 0 && (word(t, 'AND') || word(t, 'OR'))) break
    }
    const mine = this.ts.slice(this.at, to)
    if (!mine.length) this.broken = true
    this.at = to
    return condition(entity, mine, this.source, this.find) ?? this.raw(from)
  }
  private raw(from: number): Raw {
    const first = this.ts[from]
    const last = this.ts[Math.max(from, this.at - 1)]
    return { raw: this.source.slice(first?.from ?? 0, last?.to ?? this.source.length) }
  }
}

function listOf(ts: Token[]): string[] | null {
  if (!mark(ts[0], '(') || !mark(ts[ts.length - 1], ')')) return null
  const out: string[] = []
  for (const [i, t] of ts.slice(1, -1).entries()) {
    if (i % 2 === 1 ? !mark(t, ',') : t.kind === 'mark' || t.kind === 'op' || word(t, 'NULL')) return null
    if (i % 2 === 0) out.push(t.value)
  }
  return out.length ? out : null
}

function related(own: string, not: boolean, ts: Token[], source: string, find?: Find): Related | null {
  const inner = ts.slice(1, -1)
  const [, via, from, name, where, ...rest] = inner
  if (!mark(ts[0], '(') || !mark(ts[ts.length - 1], ')') || via?.kind !== 'name' || !word(from, 'FROM') || name?.kind !== 'name') return null
  const entity = find?.(name.value)
  if (!entity || (where && !word(where, 'WHERE')) || (where && !rest.length)) return null
  const reader = new Reader(source, rest, find)
  const item = where ? reader.either(entity) : emptyFilter()
  if (where && !reader.end()) return null
  return { entity: entity.name, via: via.value, own, not, where: isGroup(item) && !item.not ? item : { join: 'AND', items: [item] } }
}

function likeTest(pattern: string, not: boolean): { test: Test; value: string } {
  const is = (test: Test, other: Test, value: string) => ({ test: not ? other : test, value: unlike(value) })
  const starts = pattern.startsWith('%')
  const ends = pattern.length > (starts ? 1 : 0) && /(^|[^\\])(\\\\)*%$/.test(pattern)
  const body = pattern.slice(starts ? 1 : 0, ends ? -1 : undefined)
  if (!wild(body)) {
    if (starts && ends) return is('has', 'has_not', body)
    if (ends) return is('starts', 'starts_not', body)
    if (starts) return is('ends', 'ends_not', body)
  }
  return { test: not ? 'like_not' : 'like', value: pattern }
}

function condition(entity: Entity, ts: Token[], source: string, find?: Find): Item | null {
  let [name, op, ...rest] = ts
  let part: string | undefined
  if (name?.kind !== 'name' || !op) return null
  if (mark(op, '(') && rest[0]?.kind === 'name' && mark(rest[1], ')')) {
    part = name.value.toUpperCase()
    name = rest[0]
    op = rest[2]
    rest = rest.slice(3)
    if (!op) return null
  }
  const path = name.value
  const field = fieldAt(entity, path, find, part)
  if (!field) return null
  const tests = testsOf(field)
  const make = (test: Test, values: string[]): Condition | null => (tests.includes(test) ? { path, test, values, ...(part ? { part } : {}) } : null)
  const not = word(op, 'NOT')
  if (not) {
    op = rest[0]
    rest = rest.slice(1)
  }
  if (word(op, 'LIKE')) {
    if (rest.length !== 1 || rest[0]!.kind !== 'text') return null
    const { test, value } = likeTest(rest[0]!.value, not)
    return make(test, [value]) ?? make(not ? 'like_not' : 'like', [rest[0]!.value])
  }
  if (word(op, 'IN')) {
    if (word(rest[1], 'SELECT')) return part ? null : related(path, not, rest, source, find)
    const values = listOf(rest)
    return values && make(not ? 'not_in' : 'in', values)
  }
  if (not || !op) return null
  if (word(op, 'INCLUDES') || word(op, 'EXCLUDES')) {
    const values = listOf(rest)
    if (!values) return null
    if (word(op, 'EXCLUDES')) return values.some((v) => v.includes(';')) ? null : make('excludes', values)
    if (values.every((v) => !v.includes(';'))) return make('includes', values)
    const all = values.map((v) => make('includes_all', v.split(';')))
    return all.some((x) => !x) ? null : all.length === 1 ? all[0]! : { join: 'OR', items: all as Condition[] }
  }
  if (op.kind !== 'op' || rest.length !== 1) return null
  const value = rest[0]!
  if (value.kind === 'mark' || value.kind === 'op') return null
  const isNull = word(value, 'NULL')
  if (value.kind === 'name' && !isNull && !isVariable(value.value) && !isDateWord(value.value) && !/^(true|false)$/i.test(value.value)) return null
  const v = value.kind === 'name' && /^(true|false)$/i.test(value.value) ? value.value.toLowerCase() : value.value
  switch (op.value) {
    case '=': return isNull ? make('empty', []) : make(tests.includes('is') ? 'is' : 'in', [v])
    case '!=': case '<>': return isNull ? make('filled', []) : make(tests.includes('not') ? 'not' : 'not_in', [v])
    case '<': return make('lt', [v])
    case '<=': return make('le', [v])
    case '>': return make('gt', [v])
    case '>=': return make('ge', [v])
  }
  return null
}

/** Two neighbours `f >= a AND f <= b` are one "between". */
function joinBetween(entity: Entity, from: Item[], find?: Find): Item[] {
  const items: Item[] = []
  for (const c of from) {
    const before = items[items.length - 1]
    if (before && isCondition(before) && isCondition(c) && before.test === 'ge' && c.test === 'le' && before.path === c.path && before.part === c.part) {
      const field = fieldAt(entity, c.path, find, c.part)
      if (field && testsOf(field).includes('between')) {
        items[items.length - 1] = { ...c, test: 'between', values: [before.values[0]!, c.values[0]!] }
        continue
      }
    }
    items.push(c)
  }
  return items
}

export function parseFilter(entity: Entity, source: string, find?: Find): Group {
  const text = source.trim()
  if (!text) return emptyFilter()
  const ts = tokens(text)
  if (!ts) return { join: 'AND', items: [{ raw: text }] }
  const reader = new Reader(text, ts, find)
  const item = reader.either(entity)
  if (!reader.end()) return { join: 'AND', items: [{ raw: text }] }
  return isGroup(item) && !item.not ? item : { join: 'AND', items: [item] }
}

// ---- orders ----

export interface Sort {
  field: string
  down: boolean
  nulls?: 'FIRST' | 'LAST'
}

export function parseOrder(source: string | null | undefined): Sort[] {
  return (source ?? '')
    .split(',')
    .map((s) => /^\s*([\w.]+)(?:\s+(ASC|DESC))?(?:\s+NULLS\s+(FIRST|LAST))?/i.exec(s))
    .filter((m): m is RegExpExecArray => m !== null)
    .map((m) => ({ field: m[1]!, down: (m[2] ?? '').toUpperCase() === 'DESC', ...(m[3] ? { nulls: m[3].toUpperCase() as 'FIRST' | 'LAST' } : {}) }))
}

export const orderText = (sorts: Sort[]): string => sorts.map((s) => `${s.field}${s.down ? ' DESC' : ''}${s.nulls ? ` NULLS ${s.nulls}` : ''}`).join(', ')

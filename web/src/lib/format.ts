// Values as people read them. Everything follows the language of the screen.
import type { Field, Ref, Value } from '@/api/types'
import { labelOf, language, t } from '@/i18n'
import { plainClock, plainDay, plainDays, plainMinutes, plainMoney, plainNumber, plainShortMoney, plainTime } from './digits'
import { decimalsOf, organisationCurrency } from '@/state/meta'

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>()
function kept<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(key: string, make: () => T): T {
  const full = `${language.value}|${key}`
  let f = cache.get(full)
  if (!f) cache.set(full, (f = make()))
  return f as T
}

export function number(n: number, decimals?: number): string {
  const simple = decimals ? null : plainNumber(n, language.value)
  if (simple !== null) return simple
  return kept(`n${decimals ?? ''}`, () => new Intl.NumberFormat(language.value, {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals ?? 6,
  })).format(n)
}

/** Money with its currency; whole amounts lose their zeros unless `full`. */
export function money(n: number, code?: string | null, full = false): string {
  const c = code || organisationCurrency.value
  const decimals = decimalsOf(c)
  const digits = full || n % 1 !== 0 ? decimals : 0
  const simple = plainMoney(n, c, language.value, digits)
  if (simple !== null) return simple
  try {
    return kept(`m${c}${digits}`, () => new Intl.NumberFormat(language.value, {
      style: 'currency', currency: c, currencyDisplay: 'narrowSymbol', minimumFractionDigits: digits, maximumFractionDigits: digits,
    })).format(n)
  } catch {
    return `${c} ${number(n, digits)}`
  }
}

/** Short money for heads of columns: ¥1.2万, $1.5M. */
export function shortMoney(n: number, code?: string | null): string {
  const c = code || organisationCurrency.value
  const simple = plainShortMoney(n, c, language.value)
  if (simple !== null) return simple
  try {
    return kept(`s${c}`, () => new Intl.NumberFormat(language.value, {
      style: 'currency', currency: c, currencyDisplay: 'narrowSymbol', notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: 1,
    })).format(n)
  } catch {
    return `${c} ${number(n)}`
  }
}

const DAY = 86_400_000

export function parseDay(day: string): Date {
  const [y, m, d] = day.split('-').map(Number)
  return new Date(y ?? 1970, (m ?? 1) - 1, d ?? 1)
}

export function isoDay(d: Date): string {
  return `${String(d.getFullYear()).padStart(4, '0')}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`
}

export function exactDay(day: string): string {
  return monthDay(parseDay(day), true)
}

export function exactTime(at: string): string {
  const d = new Date(at)
  return plainTime(d, language.value) ?? kept('t', () => new Intl.DateTimeFormat(language.value, { dateStyle: 'medium', timeStyle: 'short' })).format(d)
}

const daysOff = (n: number): string => plainDays(n, language.value) ?? kept('r', () => new Intl.RelativeTimeFormat(language.value, { numeric: 'auto' })).format(n, 'day')
const minutesOff = (n: number): string => plainMinutes(n, language.value) ?? kept('rm', () => new Intl.RelativeTimeFormat(language.value, { numeric: 'auto', style: 'short' })).format(n, 'minute')

function monthDay(d: Date, withYear: boolean): string {
  return plainDay(d, withYear, language.value) ?? kept(`md${withYear}`, () => new Intl.DateTimeFormat(language.value, {
    month: 'short', day: 'numeric', year: withYear ? 'numeric' : undefined,
  })).format(d)
}

function daysFromToday(d: Date): number {
  const now = new Date()
  const a = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const b = new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime()
  return Math.round((b - a) / DAY)
}

/** Dates: words when near, the date otherwise. */
export function day(value: string, near = 6): string {
  const d = parseDay(value)
  const n = daysFromToday(d)
  if (Math.abs(n) <= near) return daysOff(n)
  return monthDay(d, d.getFullYear() !== new Date().getFullYear())
}

export function time(value: string): string {
  const d = new Date(value)
  const ms = d.getTime() - Date.now()
  const minutes = Math.round(ms / 60000)
  if (minutes <= 0 && minutes > -1) return t('time.now')
  if (Math.abs(minutes) < 60) return minutesOff(minutes)
  const n = daysFromToday(d)
  if (n === 0) return plainClock(d)
  if (Math.abs(n) === 1) return `${daysOff(n)} ${plainClock(d)}`
  return monthDay(d, d.getFullYear() !== new Date().getFullYear())
}

export function isRef(v: unknown): v is Ref {
  return typeof v === 'object' && v !== null && 'id' in v
}

/** It refers to a record that one may not see. */
export function isHidden(v: unknown): boolean {
  return typeof v === 'object' && v !== null && (v as { hidden?: boolean }).hidden === true
}

/** Plain text of any value, for titles, search and read-outs; keyed references show what `keyedName` gives. */
export function plain(field: Field, value: Value | undefined, currency?: string | null, keyedName?: (entity: string, key: string) => string): string {
  if (value === null || value === undefined || value === '') return ''
  const type = field.type
  if (type === 'money') return money(Number(value), currency, true)
  if (type === 'integer' || type === 'decimal') return number(Number(value))
  if (type === 'percent') return `${number(Number(value))}%`
  if (type === 'date') return exactDay(String(value))
  if (type === 'time') return exactTime(String(value))
  if (type === 'boolean') return t(value ? 'yes' : 'no')
  if (type === 'choice') return choiceLabel(field, String(value))
  if (type === 'multi_choice') return (Array.isArray(value) ? value : [value]).map((v) => choiceLabel(field, String(v))).join(', ')
  if (type === 'keyed_reference') {
    const key = isRef(value) ? String((value as { key?: string }).key ?? value.name) : String(value)
    return keyedName && field.target ? keyedName(field.target, key) : key
  }
  if (isHidden(value)) return t('field.hidden')
  if (isRef(value)) return value.name
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}

export function choiceLabel(field: Field, key: string): string {
  const c = field.choices?.find((x) => x.key === key)
  return c ? labelOf(c.label) || key : key
}

export function fileSize(n: number): string {
  if (n < 1024) return `${n} B`
  if (n < 1024 * 1024) return `${number(Math.round(n / 102.4) / 10)} KB`
  return `${number(Math.round(n / 104857.6) / 10)} MB`
}

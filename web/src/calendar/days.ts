// Civil days of the person's own clock.
import { isoDay, parseDay } from '@/lib/format'

export const DAY_MS = 86_400_000
export const MINUTE_MS = 60_000

export const addDays = (day: string, n: number): string => {
  const d = parseDay(day)
  d.setDate(d.getDate() + n)
  return isoDay(d)
}
export const today = (): string => isoDay(new Date())
/** Days from a to b. */
export const daysBetween = (a: string, b: string): number => Math.round((parseDay(b).getTime() - parseDay(a).getTime()) / DAY_MS)
/** Weeks begin on Monday. */
export const weekStart = (day: string): string => addDays(day, -((parseDay(day).getDay() + 6) % 7))
export const monthStart = (day: string): string => `${day.slice(0, 8)}01`
export function addMonths(day: string, n: number): string {
  const d = parseDay(monthStart(day))
  d.setMonth(d.getMonth() + n)
  const last = new Date(d.getFullYear(), d.getMonth() + 1, 0).getDate()
  d.setDate(Math.min(last, Number(day.slice(8))))
  return isoDay(d)
}
export const minutesOf = (d: Date): number => d.getHours() * 60 + d.getMinutes()
export function atMinutes(day: string, minutes: number): Date {
  const d = parseDay(day)
  d.setMinutes(minutes)
  return d
}
export const isDay = (s: string | undefined): s is string => s !== undefined && /^\d{4}-\d\d-\d\d$/.test(s) && !Number.isNaN(parseDay(s).getTime()) && isoDay(parseDay(s)) === s

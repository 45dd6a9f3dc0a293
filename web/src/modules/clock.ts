// How long it still is, or was too late, in words: two units at most.
import { onBeforeUnmount, ref } from 'vue'
import { t } from '@/i18n'
import { number } from '@/lib/format'

export function spell(minutes: number): string {
  const m = Math.abs(Math.round(minutes))
  if (m < 60) return t('clock.minutes', { n: number(m) })
  if (m < 48 * 60) return m % 60 ? t('clock.hours_minutes', { h: number(Math.floor(m / 60)), m: number(m % 60) }) : t('clock.hours', { n: number(m / 60) })
  const days = Math.floor(m / 1440)
  const hours = Math.round((m % 1440) / 60)
  return days < 10 && hours ? t('clock.days_hours', { d: number(days), h: number(hours) }) : t('clock.days', { n: number(Math.round(m / 1440)) })
}

/** Minutes to a moment; below zero it has passed. */
export const minutesTo = (at: unknown, now: number): number | null => (typeof at === 'string' ? (new Date(at).getTime() - now) / 60000 : null)

export function leftIn(minutes: number | null): string {
  if (minutes === null) return ''
  return t(minutes < 0 ? 'clock.over' : 'clock.left', { time: spell(minutes) })
}

/** The moment, going on while the page is looked at. */
export function useNow(every = 15000) {
  const now = ref(Date.now())
  const timer = window.setInterval(() => { now.value = Date.now() }, every)
  onBeforeUnmount(() => clearInterval(timer))
  return now
}

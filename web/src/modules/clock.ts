// How long it still is, or was too late, in words: two units at most.
import { onBeforeUnmount, ref } from 'vue'
import { t } from '@/i18n'
import { twoUnits } from '@/lib/digits'
import { number } from '@/lib/format'

export function spell(minutes: number): string {
  const { d, h, m } = twoUnits(minutes)
  if (d) return h ? t('clock.days_hours', { d: number(d), h: number(h) }) : t('clock.days', { n: number(d) })
  if (!h) return t('clock.minutes', { n: number(m) })
  return m ? t('clock.hours_minutes', { h: number(h), m: number(m) }) : t('clock.hours', { n: number(h) })
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

// Fiscal periods as people choose them: the newest first, a year before its quarters; asked for once.
import { ref } from 'vue'
import { listAll } from '@/api/records'
import { isoDay } from '@/lib/format'

export interface Period {
  key: string
  label: string
  kind: string
  start: string
  end: string
}
export const periods = ref<Period[]>([])
let asked: Promise<void> | null = null

/** "FY2026-Q4" → "2026 Q4" */
export const periodLabel = (key: string): string => /^FY\d{4}(-Q\d)?$/.test(key) ? key.slice(2).replace('-', ' ') : key

export function loadPeriods(): Promise<void> {
  asked ??= listAll('fiscal_periods', { order: 'start DESC, end DESC' }, 400).then((rows) => {
    periods.value = rows.map((r) => ({ key: String(r['key']), label: periodLabel(String(r['key'])), kind: String(r['kind']), start: String(r['start']), end: String(r['end']) }))
  }, () => { asked = null })
  return asked
}

export const periodOf = (key: string | undefined): Period | undefined => periods.value.find((p) => p.key === key)

/** Its day today. */
export function currentPeriod(kind = 'quarter'): Period | undefined {
  const today = isoDay(new Date())
  return periods.value.find((p) => p.kind === kind && p.start <= today && p.end >= today)
}

/** The neighbour of the same kind: -1 the one before, 1 the one after. */
export function neighbour(key: string, step: number): Period | undefined {
  const own = periodOf(key)
  if (!own) return undefined
  const line = periods.value.filter((p) => p.kind === own.kind).sort((a, b) => a.start.localeCompare(b.start))
  return line[line.findIndex((p) => p.key === key) + step]
}

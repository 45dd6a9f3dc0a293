// What stands in the calendar between two days, from one or several entities; moving an entry.
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { isAbort } from '@/api/http'
import { useEvents } from '@/api/events'
import { list, patch } from '@/api/records'
import type { Entity, Field, Rec, Value } from '@/api/types'
import { isoDay, parseDay } from '@/lib/format'
import { hueOf, type Hue } from '@/lib/hue'
import { useSoft } from '@/lib/soft'
import { both } from '@/lib/where'
import { entityOf, fieldOf } from '@/state/meta'
import { addDays, atMinutes } from './days'

export interface Source {
  entity: Entity
  start: Field
  end?: Field
  done?: Field
  where: string
  hue: Hue
}
export interface Entry {
  key: string
  source: Source
  record: Rec
  title: string
  start: Date
  end: Date | null // as it is kept; whole days: the last day
  allDay: boolean
  done: boolean
  hue: Hue
  icon: string
}
export interface Holiday { name: string; off: boolean }

const PAGE = 200
const MOST = 1000 // of one source in one view
const SOON_MS = 300

/** Fields by which an entity can stand in a calendar, the entity's own choice first. */
export function dateFields(entity: Entity): Field[] {
  const own = entity.calendar?.start
  const all = entity.fields.filter((f) => (f.type === 'date' || f.type === 'time') && !['updated_at', 'deleted_at'].includes(f.name))
  const rank = (f: Field) => (f.name === own ? 0 : f.name === 'created_at' ? 9 : f.readonly ? 5 : 1)
  return all.sort((a, b) => rank(a) - rank(b))
}
/** The source for an entity: its calendar fields, else the first date, with an end where "start…" has its "end…". */
export function sourceOf(entity: Entity, where: string, wanted?: string, hue: Hue = 'blue'): Source | null {
  const fields = dateFields(entity)
  const start = fields.find((f) => f.name === wanted) ?? fields[0]
  if (!start) return null
  const own = entity.calendar?.start === start.name ? entity.calendar : null
  const end = fieldOf(entity, own?.end ?? start.name.replace(/^start/, 'end'))
  return { entity, start, end: end && end.name !== start.name ? end : undefined, done: fieldOf(entity, own?.done ?? undefined as never), where, hue }
}

const literal = (f: Field, day: string): string => (f.type === 'date' ? day : parseDay(day).toISOString().replace(/\.\d+Z/, 'Z'))
function range(s: Source, from: string, to: string): string {
  const a = literal(s.start, from)
  const begins = `${s.start.name} >= ${a} AND ${s.start.name} < ${literal(s.start, to)}`
  return s.end ? `((${begins}) OR (${s.start.name} < ${a} AND ${s.end.name} >= ${literal(s.end, from)}))` : begins
}

export function entryOf(source: Source, record: Rec): Entry | null {
  const at = record[source.start.name]
  if (typeof at !== 'string') return null
  const allDay = source.start.type === 'date'
  const last = source.end ? record[source.end.name] : null
  const kind = fieldOf(source.entity, 'kind')
  const choice = kind?.choices?.find((c) => c.key === record['kind'])
  return {
    key: `${source.entity.name}/${record.id}/${source.start.name}`, source, record, allDay,
    title: String(record[source.entity.title ?? 'name'] ?? record.name ?? record.id),
    start: allDay ? parseDay(at) : new Date(at),
    end: typeof last === 'string' ? (source.end!.type === 'date' ? parseDay(last) : new Date(last)) : null,
    done: Boolean(source.done && record[source.done.name]) || Boolean(record['closed_at'] ?? record['resolved_at'] ?? record['converted_at']),
    hue: hueOf(choice?.color) ?? source.hue,
    icon: typeof record['kind'] === 'string' && source.entity.name === 'activity' ? record['kind'] : source.entity.name,
  }
}
export const mayMove = (e: Entry): boolean => !e.source.start.readonly && e.source.entity.may.update !== false
export const mayResize = (e: Entry): boolean => mayMove(e) && e.source.end !== undefined && !e.source.end.readonly
/** Days it covers, for the month and the row of whole days. */
export function daysOf(e: Entry): [string, string] {
  const first = isoDay(e.start)
  const last = e.end && e.end > e.start ? isoDay(e.end) : first
  return [first, last]
}

export function useEntries(sources: Ref<Source[]>, from: Ref<string>, to: Ref<string>) {
  const entries = shallowRef<Entry[]>([])
  const loading = ref(true)
  const error = shallowRef<unknown>(null)
  const cut = ref(false)
  const holidays = shallowRef(new Map<string, Holiday>())
  let abort = new AbortController()
  let held = false
  const soft = useSoft(SOON_MS, async () => { if (!held) await load(true) })

  async function read(s: Source, signal: AbortSignal): Promise<Entry[]> {
    const has = (n: string) => fieldOf(s.entity, n) !== undefined
    const select = [...new Set(['id', 'version', 'name', s.entity.title ?? 'name', s.start.name, s.end?.name, s.done?.name, ...['kind', 'status', 'owner', 'about', 'account', 'place', 'closed_at', 'resolved_at', 'converted_at'].filter(has)].filter(Boolean))].join(',')
    const out: Entry[] = []
    let after: string | null = null
    do {
      const page: { records: Rec[]; next: string | null } = await list(s.entity.plural, { where: both(s.where, range(s, from.value, to.value)), order: s.start.name, select, limit: PAGE, after }, signal)
      for (const r of page.records) {
        const e = entryOf(s, r)
        if (e) out.push(e)
      }
      after = page.next
    } while (after && out.length < MOST)
    if (after) cut.value = true
    return out
  }
  async function load(softly = false): Promise<void> {
    abort.abort()
    const mine = (abort = new AbortController())
    if (!softly) soft.stop()
    error.value = null
    cut.value = false
    try {
      const all = await Promise.all(sources.value.map((s) => read(s, mine.signal)))
      if (mine !== abort) return
      entries.value = all.flat()
      loading.value = false
    } catch (e) {
      if (softly) throw e
      if (!isAbort(e)) { error.value = e; loading.value = false }
    }
  }
  async function loadHolidays(): Promise<void> {
    const e = entityOf('holiday')
    if (!e) return
    const page = await list(e.plural, { where: `date >= ${from.value} AND date < ${to.value}`, select: 'id,name,date,kind', limit: 200 }).catch(() => null)
    if (page) holidays.value = new Map(page.records.map((r) => [String(r['date']), { name: String(r.name ?? ''), off: r['kind'] !== 'work' }]))
  }
  watch(() => JSON.stringify([from.value, to.value, sources.value.map((s) => [s.entity.name, s.start.name, s.where])]), () => void load(), { immediate: true })
  watch([from, to], () => void loadHolidays(), { immediate: true })

  useEvents((e) => {
    if (e.type !== 'change') return
    if (e.entity === 'holiday') void loadHolidays()
    if (!sources.value.some((s) => s.entity.name === e.entity)) return
    soft.soon()
  })
  onScopeDispose(() => abort.abort())

  /** Puts it elsewhere at once; a refusal puts it back and is thrown. */
  async function place(e: Entry, start: Date, end: Date | null): Promise<void> {
    const before = entries.value
    const changes: { [f: string]: Value } = {}
    const wire = (f: Field, d: Date) => (f.type === 'date' ? isoDay(d) : d.toISOString())
    if (start.getTime() !== e.start.getTime()) changes[e.source.start.name] = wire(e.source.start, start)
    if (e.source.end && end && end.getTime() !== e.end?.getTime()) changes[e.source.end.name] = wire(e.source.end, end)
    if (!Object.keys(changes).length) return
    entries.value = before.map((x) => (x.key === e.key ? { ...x, start, end } : x))
    try {
      const fresh = await patch(e.source.entity.plural, e.record.id, e.record.version, changes)
      entries.value = entries.value.map((x) => (x.key === e.key ? (entryOf(e.source, { ...e.record, ...fresh }) ?? x) : x))
    } catch (err) {
      entries.value = before
      throw err
    }
  }
  /** By whole days, the time of day stays. */
  function shifted(e: Entry, days: number, minutes = 0): [Date, Date | null] {
    const move = (d: Date): Date => (e.allDay ? parseDay(addDays(isoDay(d), days)) : new Date(atMinutes(addDays(isoDay(d), days), d.getHours() * 60 + d.getMinutes() + minutes)))
    return [move(e.start), e.end ? move(e.end) : null]
  }
  return { entries, holidays, loading, error, cut, load: () => load(), place, shifted, hold: (on: boolean) => { held = on } }
}

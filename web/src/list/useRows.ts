// The rows of a big list. Pages come by key as one scrolls; those far away are let go and fetched again by the key they began
// with, so that memory stays the same however far one goes. Count, totals and groups are requests of their own. What
// changes elsewhere is put in softly.
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { useEvents } from '@/api/events'
import { get, isAbort, keepFirst, Problem } from '@/api/http'
import { list, listPath, query, search } from '@/api/records'
import type { Entity, Field, Page, Rec, Value } from '@/api/types'
import { painted } from '@/lib/paint'
import { useSoft } from '@/lib/soft'
import { both, quote } from '@/lib/where'
import { keyed, keyOf } from '@/state/keyed'
import { isMeasure, keyIn } from './columns'

const FIRST = 50
const PAGE = 200
const AHEAD = 400 // rows that should be there below the last one seen
const KEEP = 20 // pages held at once
const SOFT_MOST = 200
const SEARCH_MOST = 100 // as many hits as the server gives at once
const COUNT_AT_ONCE = 20000
const SUM_AT_ONCE = 200000
const GROUPS_MOST = 500

export interface Asked {
  entity: Entity
  where: string
  order: string
  quick: string
  columns: Field[]
  group: Field | null
  /** The rows are shown by something else, which only needs the condition. */
  idle: boolean
}
export interface RowGroup {
  id: string
  value: Value
  part?: string
  where: string
  count: number
  sums: { [column: string]: number | null }
  open: boolean
  rows: Rec[]
  next: string | null
  busy: boolean
}
export type Line = { kind: 'record'; record: Rec } | { kind: 'group'; group: RowGroup } | { kind: 'more'; group: RowGroup }
interface Chunk {
  from: number
  n: number
  after: string | null
  live: boolean
}

function selectOf(a: Asked): string {
  const names = new Set(['id', 'version', a.entity.title ?? 'name', 'name', ...a.columns.map((f) => f.name)])
  for (const f of a.columns) if (f.type === 'money' && f.currency_field) names.add(f.name.includes('.') ? `${f.name.slice(0, f.name.lastIndexOf('.'))}.${f.currency_field}` : f.currency_field)
  for (const f of ['done_at', 'closed_at', 'resolved_at', 'kind']) if (a.entity.fields.some((x) => x.name === f)) names.add(f)
  return [...names].join(',')
}

/** What is typed into the quick filter finds records the way Ctrl-K does (pinyin and all); too many hits fall back to the name. */
async function quickWhere(a: Asked, signal: AbortSignal): Promise<string> {
  const q = a.quick.trim()
  if (!q) return ''
  const { hits, more } = await search(q, a.entity.name, SEARCH_MOST, signal)
  if (more) return `name LIKE ${quote(`%${q.replace(/[\\%_]/g, '\\$&')}%`)}`
  return hits.length ? `id IN (${hits.map((h) => quote(h.id)).join(', ')})` : `id = '0'`
}

/** SELECT items that add the columns up: money in the organisation's currency, percentages as their mean. */
function measures(a: Asked): { column: string; text: string }[] {
  const has = (path: string) => !path.includes('.') && a.entity.fields.some((x) => x.name === path)
  return a.columns.filter((f) => isMeasure(f) && !f.name.includes('.')).map((f, i) => ({ column: f.name, text: `${f.type === 'percent' ? 'AVG' : 'SUM'}(${f.type === 'money' && has(`${f.name}_base`) ? `${f.name}_base` : f.name}) s${i}` }))
}
const sumsOf = (m: { column: string }[], row: { [k: string]: unknown }) => Object.fromEntries(m.map((x, i) => [x.column, (row[`s${i}`] as number | null) ?? null]))

function groupQuery(a: Asked, where: string): string {
  const f = a.group!
  const m = measures(a).map((x) => `, ${x.text}`).join('')
  const tail = `${where ? ` WHERE ${where}` : ''}`
  if (f.type === 'date' || f.type === 'time')
    return `SELECT CALENDAR_YEAR(${f.name}) y, CALENDAR_MONTH(${f.name}) m, COUNT() n${m} FROM ${a.entity.name}${tail} GROUP BY CALENDAR_YEAR(${f.name}), CALENDAR_MONTH(${f.name}) ORDER BY CALENDAR_YEAR(${f.name}) DESC, CALENDAR_MONTH(${f.name}) DESC LIMIT ${GROUPS_MOST}`
  const g = f.type === 'reference_any' ? `${f.name}.entity` : f.name
  return `SELECT ${g} g, COUNT() n${m} FROM ${a.entity.name}${tail} GROUP BY ${g} ORDER BY COUNT() DESC LIMIT ${GROUPS_MOST}`
}

function groupOf(f: Field, row: { [k: string]: unknown }): { value: Value; where: string; part?: string } {
  if (f.type === 'date' || f.type === 'time') {
    const { y, m } = row as { y: number | null; m: number | null }
    if (y === null) return { value: null, where: `${f.name} = null` }
    return { value: `${y}-${String(m).padStart(2, '0')}-01`, part: 'month', where: `CALENDAR_YEAR(${f.name}) = ${y} AND CALENDAR_MONTH(${f.name}) = ${m}` }
  }
  const v = row['g'] as Value | undefined
  const path = f.type === 'reference_any' ? `${f.name}.entity` : f.name
  if (v === null || v === undefined || v === '') return { value: null, where: f.type === 'reference_any' ? `${f.name} = null` : `${path} = null` }
  const literal = typeof v === 'number' || typeof v === 'boolean' ? String(v) : quote(keyIn(v))
  return { value: v, where: `${path} = ${literal}` }
}

/** Choices and stages in their own order, the rest by how many there are. */
function ordered(f: Field, groups: RowGroup[]): RowGroup[] {
  const order = f.type === 'choice' ? (f.choices ?? []).map((c) => c.key) : f.type === 'keyed_reference' && f.target ? keyed(f.target).map(keyOf) : null
  if (!order) return groups
  const rank = (g: RowGroup) => (g.value === null ? 1e9 : order.indexOf(keyIn(g.value)))
  return [...groups].sort((x, y) => rank(x) - rank(y))
}

/** Nothing is asked for before `ready`. */
export function useRows(asked: Ref<Asked>, ready: Ref<boolean>) {
  let rows: (Rec | undefined)[] = []
  let chunks: Chunk[] = []
  let next: string | null = null
  const stamp = ref(0) // raised with every change of rows
  const groups = shallowRef<RowGroup[]>([])
  const loading = ref(true)
  const hasMore = ref(false)
  const error = shallowRef<unknown>(null)
  const count = ref<number | null>(null)
  const exact = ref(false)
  const sums = ref<{ [column: string]: number | null } | null>(null)
  const sumsWait = ref(false)
  const fullWhere = ref('')
  let abort = new AbortController()
  let fetching = new Set<Chunk | 'next'>()

  const pageQuery = (a: Asked) => ({ where: fullWhere.value, order: a.order, select: selectOf(a) })

  async function load(): Promise<void> {
    abort.abort()
    const mine = (abort = new AbortController())
    const a = asked.value
    fetching = new Set()
    soft.stop()
    touched.clear()
    loading.value = true
    error.value = null
    sums.value = null
    try {
      fullWhere.value = both(a.where, await quickWhere(a, mine.signal))
      if (a.idle) {
        rows = []
        chunks = []
        next = null
        groups.value = []
        const page = await list(a.entity.plural, { where: fullWhere.value, limit: 1, select: 'id', count: 'estimate' }, mine.signal)
        count.value = page.count ?? null
        exact.value = (page.count ?? 0) <= 10000
      } else if (a.group) await loadGroups(a, mine)
      else {
        const first = listPath(a.entity.plural, { ...pageQuery(a), limit: FIRST })
        const page = await get<Page>(first, mine.signal)
        if (!a.quick) keepFirst(first)
        rows = page.records
        chunks = [{ from: 0, n: page.records.length, after: null, live: true }]
        next = page.next
        groups.value = []
        count.value = page.next ? null : page.records.length
        exact.value = !page.next
      }
      hasMore.value = next !== null
      if (!a.idle) void painted().then(() => { if (mine === abort) void totals(a, mine.signal) })
    } catch (e) {
      if (isAbort(e)) return
      error.value = e
      rows = []
      chunks = []
      next = null
      hasMore.value = false
      groups.value = []
      count.value = null
    } finally {
      if (abort === mine) {
        loading.value = false
        stamp.value++
      }
    }
  }

  // ---- pages ----

  async function fetchNext(): Promise<void> {
    if (!next || fetching.has('next')) return
    const mine = abort
    const after = next
    fetching.add('next')
    try {
      const page = await list(asked.value.entity.plural, { ...pageQuery(asked.value), limit: PAGE, after }, mine.signal)
      if (mine !== abort) return
      chunks.push({ from: rows.length, n: page.records.length, after, live: true })
      rows.push(...page.records)
      next = page.next
      hasMore.value = next !== null
      if (!next) {
        count.value = rows.length
        exact.value = true
      }
      stamp.value++
    } catch (e) {
      if (!isAbort(e)) error.value = e
    } finally {
      fetching.delete('next')
    }
  }

  async function fetchAgain(chunk: Chunk): Promise<void> {
    if (fetching.has(chunk)) return
    const mine = abort
    fetching.add(chunk)
    try {
      const page = await list(asked.value.entity.plural, { ...pageQuery(asked.value), limit: Math.max(1, chunk.n), after: chunk.after }, mine.signal)
      if (mine !== abort) return
      for (let i = 0; i < chunk.n; i++) rows[chunk.from + i] = page.records[i]
      chunk.live = true
      stamp.value++
    } catch (e) {
      if (!isAbort(e)) error.value = e
    } finally {
      fetching.delete(chunk)
    }
  }

  /** These rows are looked at: they and some around them are to be there. */
  let top = 0 // the first row that is shown
  async function need(from: number, to: number): Promise<void> {
    if (loading.value || asked.value.group) return
    top = from
    for (const c of chunks) {
      const near = c.from < to + AHEAD && c.from + c.n > from - AHEAD
      if (near && !c.live) void fetchAgain(c)
    }
    const live = chunks.filter((c) => c.live)
    if (live.length > KEEP) {
      const middle = (from + to) / 2
      const away = (c: Chunk) => Math.abs(c.from + c.n / 2 - middle)
      live.sort((x, y) => away(y) - away(x))
      for (const c of live.slice(0, live.length - KEEP)) {
        c.live = false
        for (let i = 0; i < c.n; i++) rows[c.from + i] = undefined
      }
    }
    const ahead = from ? AHEAD : FIRST // who has not scrolled yet may not at all
    if (next && to + ahead > rows.length) {
      const mine = abort
      if (!from) await painted() // the first rows are seen first
      if (mine !== abort) return
      await fetchNext()
      if (next && to + ahead > rows.length && !fetching.has('next')) void need(from, to)
    }
  }

  // ---- groups ----

  async function loadGroups(a: Asked, mine: AbortController): Promise<void> {
    const m = measures(a)
    const open = new Set(groups.value.filter((g) => g.open).map((g) => g.id))
    const answer = await query<{ n: number; [k: string]: unknown }>(groupQuery(a, fullWhere.value), mine.signal)
    const made = answer.records.map((row): RowGroup => {
      const g = groupOf(a.group!, row)
      return { ...g, id: g.where, count: row.n, sums: sumsOf(m, row), open: false, rows: [], next: null, busy: false }
    })
    rows = []
    chunks = []
    next = null
    groups.value = ordered(a.group!, made)
    count.value = made.reduce((n, g) => n + g.count, 0)
    exact.value = true
    for (const g of made) if (open.has(g.id)) void unfold(g)
  }
  async function further(g: RowGroup): Promise<void> {
    if (g.busy) return
    const mine = abort
    g.busy = true
    stamp.value++
    try {
      const a = asked.value
      const page = await list(a.entity.plural, { ...pageQuery(a), where: both(fullWhere.value, g.where), limit: g.rows.length ? PAGE : FIRST, after: g.next }, mine.signal)
      if (mine !== abort) return
      g.rows = [...g.rows, ...page.records]
      g.next = page.next
    } catch (e) {
      if (!isAbort(e)) error.value = e
    } finally {
      g.busy = false
      stamp.value++
    }
  }
  async function unfold(g: RowGroup): Promise<void> {
    g.open = !g.open
    stamp.value++
    if (g.open && !g.rows.length) await further(g)
  }

  /** Every line there is to draw, from the top. */
  const lines = computed<{ count: number; at: (i: number) => Line | undefined }>(() => {
    void stamp.value
    if (!asked.value.group) {
      const all = rows
      return { count: all.length, at: (i) => { const r = all[i]; return r && { kind: 'record', record: r } } }
    }
    const flat: Line[] = []
    for (const group of groups.value) {
      flat.push({ kind: 'group', group })
      if (!group.open) continue
      for (const record of group.rows) flat.push({ kind: 'record', record })
      if (group.next || group.busy) flat.push({ kind: 'more', group })
    }
    return { count: flat.length, at: (i) => flat[i] }
  })
  /** What is loaded at the moment. */
  const present = computed<Rec[]>(() => {
    void stamp.value
    return asked.value.group ? groups.value.flatMap((g) => (g.open ? g.rows : [])) : rows.filter((r): r is Rec => r !== undefined)
  })

  // ---- count and totals ----

  async function countExactly(signal = abort.signal): Promise<number> {
    const page = await list(asked.value.entity.plural, { where: fullWhere.value, limit: 1, count: 'exact' }, signal)
    count.value = page.count ?? 0
    exact.value = true
    return count.value
  }
  async function addUp(signal = abort.signal): Promise<void> {
    const a = asked.value
    const m = measures(a)
    sumsWait.value = false
    if (!m.length) return
    const { records } = await query<{ [k: string]: unknown }>(`SELECT ${m.map((x) => x.text).join(', ')} FROM ${a.entity.name}${fullWhere.value ? ` WHERE ${fullWhere.value}` : ''}`, signal)
    sums.value = sumsOf(m, records[0] ?? {})
  }
  async function totals(a: Asked, signal: AbortSignal): Promise<void> {
    sumsWait.value = false
    try {
      if (next) {
        const page = await list(a.entity.plural, { where: fullWhere.value, limit: 1, count: 'estimate' }, signal)
        if (typeof page.count === 'number' && page.count < COUNT_AT_ONCE) await countExactly(signal)
        else if (typeof page.count === 'number') {
          count.value = page.count
          exact.value = false
        }
      }
      if ((count.value ?? 0) > SUM_AT_ONCE) sumsWait.value = measures(a).length > 0
      else await addUp(signal)
    } catch (e) {
      if (!isAbort(e) && !(e instanceof Problem)) console.warn(e)
    }
  }

  // ---- what changes ----

  function put(fresh: Map<string, Rec>, gone: Set<string>): void {
    for (let i = 0; i < rows.length; i++) {
      const r = rows[i]
      const f = r && fresh.get(r.id)
      if (f) rows[i] = f
    }
    if (gone.size && chunks.length === 1 && rows.some((r) => r && gone.has(r.id))) {
      rows = rows.filter((r) => !r || !gone.has(r.id))
      chunks[0]!.n = rows.length
    }
    for (const g of groups.value) g.rows = g.rows.filter((r) => !gone.has(r.id)).map((r) => fresh.get(r.id) ?? r)
    stamp.value++
  }
  /** Fetches these again and puts them where they stand. */
  async function freshen(ids: string[], signal = abort.signal): Promise<void> {
    const a = asked.value
    const known = new Set(present.value.map((r) => r.id))
    const wanted = ids.filter((id) => known.has(id)).slice(0, 200)
    if (!wanted.length) return
    const page = await list(a.entity.plural, { where: `id IN (${wanted.map(quote).join(', ')})`, select: selectOf(a), limit: 200 }, signal)
    const fresh = new Map(page.records.map((r) => [r.id, r]))
    put(fresh, new Set(wanted.filter((id) => !fresh.has(id))))
  }
  const touched = new Set<string>()
  const soft = useSoft(700, soften)
  async function soften(): Promise<void> {
    const a = asked.value
    const mine = abort
    if (loading.value || fetching.size) return soft.soon()
    const ids = [...touched]
    touched.clear()
    if (a.idle) return
    try {
      // Who stands at the beginning sees what is new there; who has scrolled keeps their place.
      if (a.group || (top > 0 && (rows.length > SOFT_MOST || chunks.length > 1))) return await freshen(ids, mine.signal)
      const page = await list(a.entity.plural, { ...pageQuery(a), limit: Math.min(SOFT_MOST, Math.max(FIRST, rows.length)) }, mine.signal)
      if (mine !== abort) return
      rows = page.records
      chunks = [{ from: 0, n: rows.length, after: null, live: true }]
      next = page.next
      hasMore.value = next !== null
      if (!next) count.value = rows.length
      stamp.value++
      void totals(a, mine.signal)
    } catch (e) {
      for (const id of ids) touched.add(id)
      throw e
    }
  }
  useEvents((e) => {
    if (e.type !== 'change' || e.entity !== asked.value.entity.name || asked.value.quick) return
    touched.add(String(e.id))
    soft.soon()
  })

  watch(() => {
    const a = asked.value
    return ready.value && JSON.stringify([a.entity.name, a.where, a.order, a.quick, a.columns.map((f) => f.name).sort(), a.group?.name ?? '', a.idle])
  }, () => { if (ready.value) void load() }, { immediate: true })
  onScopeDispose(() => abort.abort())

  return { lines, present, stamp, groups, loading, hasMore, error, count, exact, sums, sumsWait, fullWhere, load, need, unfold, further, freshen, countExactly, addUp }
}

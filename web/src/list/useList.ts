// The rows of a list: pages by cursor as one scrolls, count and sums as requests of their own,
// soft refresh when the server says that something changed.
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { isAbort, Problem } from '@/api/http'
import { list, query, search } from '@/api/records'
import { useEvents } from '@/api/events'
import type { Entity, Field, Rec } from '@/api/types'
import { useSoft } from '@/lib/soft'
import { both, quote } from '@/lib/where'

const PAGE = 50
const SOFT_MOST = 200
const SEARCH_MOST = 100 // as many hits as the server gives at once
const COUNT_AT_ONCE = 20000

export interface Asked {
  entity: Entity
  where: string
  order: string
  quick: string
  columns: Field[]
  deleted?: boolean
}

function selectOf(a: Asked): string {
  const names = new Set(['id', 'version', a.entity.title ?? 'name', 'name', ...a.columns.map((f) => f.name)])
  for (const f of a.columns) if (f.type === 'money' && f.currency_field) names.add(f.currency_field)
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

export function useList(asked: Ref<Asked>) {
  const records = shallowRef<Rec[]>([])
  const next = ref<string | null>(null)
  const loading = ref(true)
  const more = ref(false)
  const error = shallowRef<unknown>(null)
  const count = ref<number | null>(null)
  const exact = ref(false)
  const sums = ref<{ [field: string]: number | null }>({})
  const fullWhere = ref('')
  let abort = new AbortController()

  const pageQuery = (a: Asked) => ({ where: fullWhere.value, order: a.order, select: selectOf(a), deleted: a.deleted || undefined })

  async function load(): Promise<void> {
    soft.stop()
    touched.clear()
    abort.abort()
    const mine = (abort = new AbortController())
    const a = asked.value
    loading.value = true
    error.value = null
    try {
      fullWhere.value = both(a.where, await quickWhere(a, mine.signal))
      const page = await list(a.entity.plural, { ...pageQuery(a), limit: PAGE }, mine.signal)
      records.value = page.records
      next.value = page.next
      count.value = page.next ? null : page.records.length
      exact.value = !page.next
      void totals(a, mine.signal)
    } catch (e) {
      if (isAbort(e)) return
      error.value = e
      records.value = []
      next.value = null
      count.value = null
    } finally {
      if (abort === mine) loading.value = false
    }
  }

  async function loadMore(): Promise<void> {
    if (more.value || loading.value || !next.value) return
    const mine = abort
    more.value = true
    try {
      const page = await list(asked.value.entity.plural, { ...pageQuery(asked.value), limit: 100, after: next.value }, mine.signal)
      if (mine !== abort) return
      const seen = new Set(records.value.map((r) => r.id))
      records.value = [...records.value, ...page.records.filter((r) => !seen.has(r.id))]
      next.value = page.next
      if (!page.next) {
        count.value = records.value.length
        exact.value = true
      }
    } catch (e) {
      if (!isAbort(e)) error.value = e
    } finally {
      more.value = false
    }
  }

  async function countExactly(signal = abort.signal): Promise<void> {
    const page = await list(asked.value.entity.plural, { where: fullWhere.value, limit: 1, count: 'exact', deleted: asked.value.deleted || undefined }, signal)
    if (typeof page.count === 'number') {
      count.value = page.count
      exact.value = true
    }
  }

  async function totals(a: Asked, signal: AbortSignal): Promise<void> {
    sums.value = {}
    try {
      if (next.value) {
        const page = await list(a.entity.plural, { where: fullWhere.value, limit: 1, count: 'estimate', deleted: a.deleted || undefined }, signal)
        if (typeof page.count === 'number' && page.count < COUNT_AT_ONCE) await countExactly(signal)
        else if (typeof page.count === 'number') {
          count.value = page.count
          exact.value = false
        }
      }
      if (a.deleted) return
      // The twin in the organisation's currency always adds up; the amount itself only in one currency.
      const measured = a.columns.filter((f) => f.type === 'money')
      if (!measured.length) return
      const has = (n: string) => a.entity.fields.some((f) => f.name === n)
      const parts = measured.map((f, i) => `SUM(${has(`${f.name}_base`) ? `${f.name}_base` : f.name}) s${i}`)
      const { records: rows } = await query<{ [k: string]: number | null }>(`SELECT ${parts.join(', ')} FROM ${a.entity.name}${fullWhere.value ? ` WHERE ${fullWhere.value}` : ''}`, signal)
      const row = rows[0] ?? {}
      sums.value = Object.fromEntries(measured.map((f, i) => [f.name, row[`s${i}`] ?? null]))
    } catch (e) {
      if (!isAbort(e) && !(e instanceof Problem)) console.warn(e)
    }
  }

  // Soft refresh: what is loaded is asked for again and replaced without a flicker.
  const touched = new Set<string>()
  const soft = useSoft(700, refresh)
  async function refresh(): Promise<void> {
    const a = asked.value
    const mine = abort
    if (loading.value || more.value) return soft.soon()
    const ids = [...touched]
    touched.clear()
    try {
      if (records.value.length <= SOFT_MOST) {
        const page = await list(a.entity.plural, { ...pageQuery(a), limit: Math.min(SOFT_MOST, Math.max(PAGE, records.value.length)) }, mine.signal)
        if (mine !== abort) return
        records.value = page.records
        next.value = page.next
        if (!page.next) count.value = page.records.length
        void totals(a, mine.signal)
      } else {
        const known = ids.filter((id) => records.value.some((r) => r.id === id)).slice(0, 200)
        if (!known.length) return
        const page = await list(a.entity.plural, { where: `id IN (${known.map(quote).join(', ')})`, select: selectOf(a), limit: 200 }, mine.signal)
        if (mine !== abort) return
        const fresh = new Map(page.records.map((r) => [r.id, r]))
        records.value = records.value.filter((r) => !known.includes(r.id) || fresh.has(r.id)).map((r) => fresh.get(r.id) ?? r)
      }
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
    return JSON.stringify([a.entity.name, a.where, a.order, a.quick, a.columns.map((f) => f.name), a.deleted ?? false])
  }, () => void load(), { immediate: true })
  onScopeDispose(() => abort.abort())

  return { records, next, loading, more, error, count, exact, sums, fullWhere, load, loadMore, countExactly }
}

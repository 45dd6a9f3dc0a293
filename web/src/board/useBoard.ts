// What a board shows: columns by the values of one field, their records page by page, counts and sums; moving a record.
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { isAbort } from '@/api/http'
import { useEvents } from '@/api/events'
import { list, patch, query } from '@/api/records'
import type { Entity, Field, Rec, Value } from '@/api/types'
import { t } from '@/i18n'
import { choiceLabel, isRef } from '@/lib/format'
import { stateHue } from '@/lib/hue'
import { useSoft } from '@/lib/soft'
import { both, quote } from '@/lib/where'
import { keyed, keyedLabel, keyOf, loadKeyed } from '@/state/keyed'
import { fieldOf, listColumns } from '@/state/meta'
import { complain, sentence } from '@/state/notices'

export interface Column {
  key: string // '' stands for no value
  label: string
  kind: string
  hue: string
  days: number | null // how long one stays here as a rule
  closed: boolean // nothing may be dropped here from elsewhere
}
export interface Shown extends Column {
  records: Rec[]
  next: string | null
  count: number | null
  total: number | null
  weighted: number | null
  busy: boolean
}

const PAGE = 50
const MOST = 200 // of one column, when it is read anew
const SOON_MS = 350
const EAGER = 12 // with more columns than these only those that hold something are read

export const keyIn = (v: unknown): string => (isRef(v) ? String((v as { key?: string }).key ?? v.name) : String(v ?? ''))
const isNumber = (v: unknown): v is number => typeof v === 'number'

/** Fields whose values can be columns. */
export function boardFields(entity: Entity): Field[] {
  return entity.fields.filter((f) => (f.type === 'choice' && f.name !== 'currency' && (f.choices?.length ?? 0) > 1) || (f.type === 'keyed_reference' && f.target !== 'fiscal_period' && f.name !== 'pipeline') || (f.type === 'boolean' && !f.readonly))
}
export const boardField = (entity: Entity, wanted: string | undefined): Field | undefined =>
  boardFields(entity).find((f) => f.name === wanted) ?? (entity.board ? fieldOf(entity, entity.board.field) : undefined) ?? boardFields(entity)[0]

/** Money and numbers that can be summed; a sum of money is in the organisation's currency. */
export function sumFields(entity: Entity): Field[] {
  return entity.fields.filter((f) => !f.name.endsWith('_base') && (f.type === 'money' || (f.type === 'integer' && !['version', 'score', 'position'].includes(f.name))))
}

interface Asked {
  entity: Entity
  where: string
  field: Field
  sum: Field | null
  pipeline: string
}

export function useBoard(asked: Ref<Asked>) {
  const shown = shallowRef<Shown[]>([])
  const error = shallowRef<unknown>(null)
  const loading = ref(true)
  let abort = new AbortController()
  let held = false
  let late = false
  const soft = useSoft(SOON_MS, () => load(true))

  const columns = computed<Column[]>(() => {
    const { entity, field, pipeline } = asked.value
    if (field.type === 'keyed_reference' && field.target) {
      const all = keyed(field.target)
      const own = pipeline ? all.filter((r) => keyIn(r['pipeline']) === pipeline) : all
      return (own.length ? own : all).map((r, i) => ({
        key: keyOf(r), label: keyedLabel(r), kind: String(r['kind'] ?? 'open'), closed: false,
        hue: stateHue(keyOf(r), null, Number(r['position'] ?? i), String(r['kind'] ?? 'open')), days: isNumber(r['expected_days']) ? r['expected_days'] : null,
      }))
    }
    if (field.type === 'boolean')
      return ['true', 'false'].map((key) => ({ key, label: t(key === 'true' ? 'yes' : 'no'), kind: 'open', hue: key === 'true' ? 'green' : 'grey', days: null, closed: false }))
    const choices = (field.choices ?? []).map((c, i) => ({ key: c.key, label: choiceLabel(field, c.key), kind: 'open', hue: stateHue(c.key, c.color, i), days: null, closed: Boolean(c.retired) || isTarget(field, c.key) === false }))
    return field.required || entity.board?.field === field.name ? choices : [{ key: '', label: t('board.unset'), kind: 'open', hue: 'grey', days: null, closed: false }, ...choices]
  })
  const literal = (key: string): string => (asked.value.field.type === 'boolean' ? key : quote(key))
  const test = (key: string): string => (key === '' ? `${asked.value.field.name} = null` : `${asked.value.field.name} = ${literal(key)}`)
  const restrict = computed(() => both(asked.value.where, asked.value.pipeline && fieldOf(asked.value.entity, 'pipeline') ? `pipeline = ${quote(asked.value.pipeline)}` : ''))

  const select = computed(() => {
    const { entity, field, sum } = asked.value
    const wanted = ['account', 'company', 'contact', 'owner', 'close_date', 'due_at', 'currency', 'probability', 'closed_at', 'stage_since', sum?.name ?? 'id', ...listColumns(entity)]
    return [...new Set(['id', 'version', 'name', field.name, ...wanted.filter((n) => fieldOf(entity, n) && n !== 'name')])].join(',')
  })
  const order = (c: Column): string => {
    const has = (n: string) => fieldOf(asked.value.entity, n)
    if (c.kind !== 'open') return has('closed_at') ? 'closed_at DESC' : 'updated_at DESC'
    return has('close_date') ? 'close_date NULLS LAST' : has('due_at') ? 'due_at NULLS LAST' : 'updated_at DESC'
  }
  const page = (c: Column, limit: number, after: string | null, signal?: AbortSignal) =>
    list(asked.value.entity.plural, { where: both(restrict.value, test(c.key)), order: order(c), select: select.value, limit, after }, signal)

  interface Sum { count: number; total: number | null; weighted: number | null }
  async function sums(signal: AbortSignal): Promise<Map<string, Sum>> {
    const { entity, field, sum } = asked.value
    const name = sum && fieldOf(entity, `${sum.name}_base`) ? `${sum.name}_base` : sum?.name
    const split = Boolean(name) && fieldOf(entity, 'probability')?.type === 'percent' && field.name === 'stage'
    const of = [field.name, ...(split ? ['probability'] : [])].join(', ')
    const text = `SELECT ${field.name}${split ? ', probability' : ''}, COUNT() n${name ? `, SUM(${name}) s` : ''} FROM ${entity.name}${restrict.value ? ` WHERE ${restrict.value}` : ''} GROUP BY ${of}`
    const { records } = await query<{ n: number; s?: number | null; probability?: number | null; [f: string]: unknown }>(text, signal)
    const out = new Map<string, Sum>()
    for (const r of records) {
      const key = keyIn(r[field.name])
      const old = out.get(key) ?? { count: 0, total: name ? 0 : null, weighted: split ? 0 : null }
      out.set(key, {
        count: old.count + r.n,
        total: old.total === null ? null : old.total + (r.s ?? 0),
        weighted: old.weighted === null ? null : old.weighted + ((r.s ?? 0) * (r.probability ?? 0)) / 100,
      })
    }
    return out
  }
  const withSums = (by: Map<string, Sum>) => (c: Shown): Shown => ({ ...c, count: by.get(c.key)?.count ?? 0, total: by.get(c.key)?.total ?? null, weighted: by.get(c.key)?.weighted ?? null })

  async function load(softly = false): Promise<void> {
    abort.abort()
    const mine = (abort = new AbortController())
    if (!softly) soft.stop()
    error.value = null
    try {
      const { field } = asked.value
      if (field.type === 'keyed_reference' && field.target) await loadKeyed(field.target)
      const before = new Map(shown.value.map((s) => [s.key, s]))
      const known = columns.value.length > EAGER ? await sums(mine.signal).catch(() => null) : null
      const pages = await Promise.all(columns.value.map((c) => (known && !known.get(c.key)?.count ? { records: [], next: null } : page(c, Math.min(MOST, Math.max(PAGE, before.get(c.key)?.records.length ?? 0)), null, mine.signal))))
      if (mine !== abort) return
      shown.value = columns.value.map((c, i) => ({ ...c, records: pages[i]!.records, next: pages[i]!.next, count: before.get(c.key)?.count ?? null, total: before.get(c.key)?.total ?? null, weighted: before.get(c.key)?.weighted ?? null, busy: false }))
      loading.value = false
      if (known) shown.value = shown.value.map(withSums(known))
      else void totals(mine.signal)
    } catch (e) {
      if (softly) throw e
      if (!isAbort(e)) { error.value = e; loading.value = false }
    }
  }
  async function totals(signal: AbortSignal): Promise<void> {
    try {
      const by = await sums(signal)
      shown.value = shown.value.map(withSums(by))
    } catch {
      /* the heads stay without sums */
    }
  }
  async function further(c: Shown): Promise<void> {
    if (!c.next || c.busy) return
    c.busy = true
    try {
      const p = await page(c, PAGE, c.next)
      shown.value = shown.value.map((s) => (s.key === c.key ? { ...s, records: [...s.records, ...p.records.filter((r) => !s.records.some((x) => x.id === r.id))], next: p.next, busy: false } : s))
    } catch (e) {
      c.busy = false
      complain(e)
    }
  }
  const find = (id: string): Rec | undefined => {
    for (const c of shown.value) {
      const r = c.records.find((x) => x.id === id)
      if (r) return r
    }
    return undefined
  }
  const wire = (key: string): Value => (key === '' ? null : asked.value.field.type === 'boolean' ? key === 'true' : key)

  /** It stands in its new column at once; a refusal puts it back and comes as a sentence. */
  async function save(record: Rec, to: string, more: { [f: string]: Value } = {}): Promise<string | null> {
    const { entity, field, sum } = asked.value
    const from = keyIn(record[field.name])
    const before = shown.value
    const amount = sum && isNumber(record[sum.name]) ? Number(record[sum.name]) : 0
    shown.value = before.map((c) => {
      if (c.key === from) return { ...c, records: c.records.filter((r) => r.id !== record.id), count: c.count === null ? null : c.count - 1, total: c.total === null ? null : c.total - amount }
      if (c.key === to) return { ...c, records: [{ ...record, [field.name]: wire(to) as Value }, ...c.records], count: c.count === null ? null : c.count + 1, total: (c.total ?? 0) + amount }
      return c
    })
    try {
      const fresh = await patch(entity.plural, record.id, record.version, { ...more, [field.name]: wire(to) })
      shown.value = shown.value.map((c) => ({ ...c, records: c.records.map((r) => (r.id === fresh.id ? { ...r, ...fresh } : r)) }))
      void totals(abort.signal)
      return null
    } catch (e) {
      shown.value = before
      return sentence(e)
    }
  }

  watch(() => JSON.stringify([asked.value.entity.name, asked.value.field.name, asked.value.sum?.name, restrict.value, columns.value.map((c) => c.key)]), (_now, before) => {
    if (before !== undefined && JSON.parse(before)[1] !== asked.value.field.name) { shown.value = []; loading.value = true }
    if (columns.value.length) void load()
    else if (asked.value.field.target) void loadKeyed(asked.value.field.target)
  }, { immediate: true })

  useEvents((e) => {
    if (e.type !== 'change' || e.entity !== asked.value.entity.name) return
    if (held) late = true
    else if (e.what === 'update' && find(String(e.id))?.version === e.version) return // our own move comes back
    else soft.soon()
  })
  /** While a card is in the hand nothing moves under it. */
  function hold(on: boolean): void {
    held = on
    if (!on && late) { late = false; soft.soon() }
  }
  onScopeDispose(() => abort.abort())
  return { columns, shown, loading, error, load: () => load(), further, find, save, hold }
}

/** A fixed choice that no other choice may move on to (a converted lead) takes no drops. */
function isTarget(field: Field, key: string): boolean {
  const choices = field.choices ?? []
  if (!choices.some((c) => c.next)) return true
  return choices.some((c) => c.key !== key && (c.next === null || c.next === undefined || c.next.includes(key)))
}

// Records of small keyed entities (stages, periods, pipelines) by key, loaded once and on change.
import { shallowReactive } from 'vue'
import { listAll } from '@/api/records'
import type { Rec } from '@/api/types'
import { entityOf } from './meta'

interface Kept {
  records: Rec[]
  byKey: Map<string, Rec>
  ready: boolean
}
const kept = shallowReactive(new Map<string, Kept>())
const loading = new Map<string, Promise<void>>()

export const keyOf = (r: Rec): string => String(r['key'] ?? r.name ?? r.id)
export const keyedLabel = (r: Rec): string => String(r['label'] ?? r.name ?? r['key'] ?? r.id)

export function loadKeyed(entity: string, again = false): Promise<void> {
  const busy = loading.get(entity)
  if (busy) return busy
  if (kept.get(entity)?.ready && !again) return Promise.resolve()
  const e = entityOf(entity)
  if (!e) return Promise.resolve()
  const order = e.fields.some((f) => f.name === 'position') ? 'position' : e.fields.some((f) => f.name === 'start') ? 'start DESC' : undefined
  const work = listAll(e.plural, { order })
    .then((records) => {
      kept.set(entity, { records, byKey: new Map(records.map((r) => [keyOf(r), r])), ready: true })
    })
    .catch(() => {
      kept.set(entity, { records: [], byKey: new Map(), ready: false })
    })
    .finally(() => loading.delete(entity))
  loading.set(entity, work)
  return work
}

/** The records, or an empty list while they load; reactive. */
export function keyed(entity: string): Rec[] {
  const k = kept.get(entity)
  if (!k) void loadKeyed(entity)
  return k?.records ?? []
}

export function keyedRecord(entity: string, key: string): Rec | undefined {
  const k = kept.get(entity)
  if (!k) void loadKeyed(entity)
  return k?.byKey.get(key)
}

export function clearKeyed(): void {
  kept.clear()
}

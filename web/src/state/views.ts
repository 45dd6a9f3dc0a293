// Views that people keep: those of one entity, loaded once and again after each change of ours.
import { shallowReactive, watch } from 'vue'
import { call, get, post } from '@/api/http'
import type { Entity, Label, Ref } from '@/api/types'
import { me } from './session'

export interface ListState {
  where?: string | null
  order?: string | null
  columns?: string[] | null
  group?: string | null
  widths?: { [column: string]: number } | null
  as?: string | null
}
export interface SavedView extends ListState {
  id: string
  entity: string
  name: string
  owner: Ref | null
  shared: boolean
  may_change: boolean
  version: number
}
export interface KeptViews {
  views: SavedView[]
  default: string | null
  default_of_all: string | null
}
/** A shipped view or a kept one, as a list takes it. */
export interface AnyView extends ListState {
  key: string
  label: Label
  saved: SavedView | null
}

const kept = shallowReactive(new Map<string, KeptViews>())
const busy = new Map<string, Promise<void>>()
watch(() => me.value?.id, () => kept.clear())

// What a module began with the last time, so that its first rows need not wait for the answer.
const HINT = 'zhike.first'
function hints(): { [key: string]: string } {
  try {
    return JSON.parse(localStorage.getItem(HINT) ?? '{}') as { [key: string]: string }
  } catch {
    return {}
  }
}
const hintKey = (entity: string) => `${me.value?.id ?? ''}/${entity}`
export const firstHint = (entity: string): string | undefined => hints()[hintKey(entity)]

export const viewsOf = (entity: string): KeptViews | undefined => kept.get(entity)

export function loadViews(entity: string, again = false): Promise<void> {
  const now = busy.get(entity)
  if (now && !again) return now
  if (kept.has(entity) && !again) return Promise.resolve()
  const work = get<KeptViews>(`/saved_views?entity=${entity}`)
    .then((k) => {
      kept.set(entity, k)
      const first = k.default ?? k.default_of_all
      const all = hints()
      if (first) all[hintKey(entity)] = first
      else delete all[hintKey(entity)]
      localStorage.setItem(HINT, JSON.stringify(all))
    })
    .catch(() => { if (!kept.has(entity)) kept.set(entity, { views: [], default: null, default_of_all: null }) })
    .finally(() => busy.delete(entity))
  busy.set(entity, work)
  return work
}

/** The shipped views of /meta, then one's own, then the shared ones. */
export function allViews(entity: Entity): AnyView[] {
  return [
    ...(entity.views ?? []).map((v): AnyView => ({ key: v.name, label: v.label, where: v.where ?? '', order: v.order ?? null, columns: v.columns ?? null, group: null, widths: null, as: null, saved: null })),
    ...(viewsOf(entity.name)?.views ?? []).map((v): AnyView => ({ key: v.id, label: v.name, where: v.where ?? '', order: v.order, columns: v.columns, group: v.group, widths: v.widths, as: v.as, saved: v })),
  ]
}

export async function keepView(entity: string, name: string, shared: boolean, state: ListState): Promise<SavedView> {
  const v = await post<SavedView>('/saved_views', { entity, name, shared, ...state })
  await loadViews(entity, true)
  return v
}
export async function changeView(view: SavedView, changes: Partial<Pick<SavedView, 'name' | 'shared'>> & ListState): Promise<SavedView> {
  try {
    return (await call<SavedView>('PATCH', `/saved_views/${view.id}`, { body: changes, ifMatch: view.version })).body
  } finally {
    await loadViews(view.entity, true)
  }
}
export async function forgetView(view: SavedView): Promise<void> {
  await call('DELETE', `/saved_views/${view.id}`)
  await loadViews(view.entity, true)
}
export async function beginWith(entity: string, view: string | null, everybody: boolean): Promise<void> {
  await call('POST', '/saved_views/default', { body: { entity, view, everybody } })
  await loadViews(entity, true)
}

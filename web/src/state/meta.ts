import { computed, shallowRef } from 'vue'
import { get } from '@/api/http'
import type { FormLayout, LayoutKind, Layouts, ListLayout } from '@/api/settings'
import type { Entity, Field, Meta, Wire } from '@/api/types'
import { whole } from './lean'

const meta = shallowRef<Meta | null>(null)

export const entities = computed(() => meta.value?.entities ?? [])
/** Views that any page can draw, as the rooms describe them. */
export const reports = computed(() => meta.value?.reports ?? [])
export const loaded = computed(() => meta.value !== null)

/** The left bar in the order of the work. An entity that the server marks as module and that is not named here follows. */
const ORDER = ['lead', 'account', 'contact', 'opportunity', 'competitor', 'quota', 'campaign', 'case', 'activity', 'product']

export const modules = computed(() => {
  const rank = (e: Entity) => {
    const i = ORDER.indexOf(e.name)
    return i >= 0 ? i : 100 + (e.order ?? 0)
  }
  return entities.value.filter((e) => e.module !== false && (!e.configuration || ORDER.includes(e.name))).sort((a, b) => rank(a) - rank(b))
})

export const settingEntities = computed(() => entities.value.filter((e) => e.module !== false && !modules.value.includes(e)))

export async function loadMeta(): Promise<void> {
  meta.value = whole(await get<Wire<'MetaLean'>>('/meta/lean'))
}

export function clearMeta(): void {
  meta.value = null
}

const byName = computed(() => new Map(entities.value.map((e) => [e.name, e])))
const byPlural = computed(() => new Map(entities.value.map((e) => [e.plural, e])))

export const entityOf = (name: string | null | undefined): Entity | undefined => (name ? byName.value.get(name) : undefined)
export const entityByPlural = (plural: string): Entity | undefined => byPlural.value.get(plural)
export const fieldOf = (entity: Entity | undefined, name: string): Field | undefined => entity?.fields.find((f) => f.name === name)

export const organisationCurrency = computed(() => meta.value?.currency ?? 'CNY')
export const currencies = computed(() => meta.value?.currencies ?? [{ code: organisationCurrency.value, decimals: 2 }])
export const decimalsOf = (code: string): number => currencies.value.find((c) => c.code === code)?.decimals ?? 2

/** The field that says how far a record has come: a board's field, else a choice with moves, else status or state. */
export function stateField(entity: Entity): Field | undefined {
  if (entity.board) return fieldOf(entity, entity.board.field)
  const choices = entity.fields.filter((f) => f.type === 'choice')
  return (
    choices.find((f) => f.choices?.some((c) => c.next)) ??
    choices.find((f) => f.name === 'status') ??
    choices.find((f) => f.name === 'state')
  )
}

/** As the organisation keeps it; null: as the tables have it. */
export function layoutOf(entity: Entity | undefined, kind: LayoutKind): ListLayout | FormLayout | null {
  return (entity?.layouts as Layouts | undefined)?.[kind] ?? null
}

export function listColumns(entity: Entity): string[] {
  const kept = (layoutOf(entity, 'list') as ListLayout | null)?.columns.map((c) => c.field).filter((n) => entity.fields.some((f) => f.name === n.split('.')[0]))
  if (kept?.length) return kept
  const cols = entity.fields.filter((f) => f.list).map((f) => f.name)
  const title = entity.title ?? 'name'
  return [title, ...cols.filter((c) => c !== title)]
}

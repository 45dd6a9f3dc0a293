// A filter while it is being put together.
import type { Entity } from '@/api/types'
import { isCondition, isGroup, isRaw, isRelated, type Condition, type Group, type Item } from '@/lib/where'
import { entityOf } from '@/state/meta'
import { columnAt } from './columns'

export const blank = (): Condition => ({ path: '', test: 'is', values: [] })

/** Nothing is missing; an empty group counts as nothing at all. */
export function isComplete(entity: Entity, item: Item): boolean {
  if (isRaw(item)) return true
  if (isGroup(item)) return item.items.every((x) => isComplete(entity, x))
  if (isRelated(item)) {
    const other = entityOf(item.entity)
    return Boolean(other && item.via) && isComplete(other!, item.where)
  }
  return isCondition(item) && hasValues(entity, item)
}
export function hasValues(entity: Entity, c: Condition): boolean {
  if (!c.path || !columnAt(entity, c.path, c.part)) return false
  if (c.test === 'empty' || c.test === 'filled') return true
  if (c.test === 'between') return Boolean(c.values[0]) && Boolean(c.values[1])
  return c.values.length > 0 && c.values.every((v) => v !== '')
}
/** What points at this entity, for "has …" conditions. */
export function pointing(entity: Entity): { key: string; entity: string; via: string }[] {
  return (entity.related ?? [])
    .filter((r) => entityOf(r.entity)?.fields.find((f) => f.name === r.field)?.type === 'reference')
    .map((r) => ({ key: `${r.entity}.${r.field}`, entity: r.entity, via: r.field }))
}
export const group = (join: Group['join'], items: Item[]): Group => ({ join, items })

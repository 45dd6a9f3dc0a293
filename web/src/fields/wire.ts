// Between what a form holds (references as {id, name}) and what the server takes.
import type { Field, Rec, Value } from '@/api/types'
import { isRef } from '@/lib/format'

export function toWire(field: Field, value: Value | undefined): Value {
  if (value === undefined || value === '') return null
  if (field.type === 'reference') return isRef(value) ? value.id : value
  if (field.type === 'reference_any') return isRef(value) ? `${value.entity ?? ''}/${value.id}` : value
  if (field.type === 'keyed_reference' && isRef(value)) return String((value as { key?: string }).key ?? value.name)
  if (field.type === 'json' && typeof value === 'string') {
    try {
      return JSON.parse(value) as Value
    } catch {
      return value
    }
  }
  return value
}

export function same(field: Field, a: Value | undefined, b: Value | undefined): boolean {
  return JSON.stringify(toWire(field, a)) === JSON.stringify(toWire(field, b))
}

const BUILT_IN = new Set(['id', 'created_at', 'created_by', 'updated_at', 'updated_by', 'version', 'deleted_at', 'deleted_by'])

export const isSystem = (field: Field): boolean => BUILT_IN.has(field.name)
export const editable = (field: Field): boolean => !field.readonly && !isSystem(field)

export function changesOf(fields: Field[], before: Rec | null, now: { [name: string]: Value | undefined }): { [name: string]: Value } {
  const out: { [name: string]: Value } = {}
  for (const f of fields) {
    if (!editable(f) || !(f.name in now)) continue
    if (!same(f, before?.[f.name], now[f.name])) out[f.name] = toWire(f, now[f.name])
  }
  return out
}

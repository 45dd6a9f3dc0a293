// What an import says of a file, and where its columns can go.
import type { Entity } from '@/api/types'
import { editable } from '@/fields/wire'
import { labelOf } from '@/i18n'

export interface PlanColumn { header: string; target: string | null; how: string; filled: number; sample: string; ask?: boolean; example?: string; forms?: string[] }
export interface PlanWord { column: string; target: string; value: string; count: number; row: number }
export interface PlanNote { row: number; column: string; code: string; message: string }
export interface Plan {
  file?: { format: string; encoding: string; sheet?: string; sheets?: string; rows: number; header_line: number }
  columns: PlanColumn[]
  unknown: PlanWord[]
  missing: PlanWord[]
  added: PlanWord[]
  doubles: number
  preview: string[][]
  existing: { count: number; rows: { row: number; value: string; id: string }[] }
  problems: PlanNote[]
  warnings: PlanNote[]
}
export interface Kept { id: string; name: string; map: { columns?: { [header: string]: string | null }; dates?: { [target: string]: string }; match?: string | null } }

/** Does a kept mapping speak of this file? All its columns are here, and it knows most of the file's. */
export function remapped(k: Kept, columns: PlanColumn[]): boolean {
  const wanted = Object.keys(k.map.columns ?? {})
  const here = new Set(columns.map((c) => c.header))
  return wanted.length > 0 && wanted.every((h) => here.has(h)) && wanted.length * 2 >= here.size
}

/** Fields, and for references what they are found by. */
export function targetsOf(entity: Entity, other: (name: string | null | undefined) => Entity | undefined): { path: string; label: string }[] {
  const out: { path: string; label: string }[] = []
  for (const f of entity.fields) {
    if (!editable(f) && !['external_id', 'created_at', 'created_by'].includes(f.name)) continue
    if (f.name === 'name' && entity.title && entity.title !== 'name') continue
    if (f.type !== 'reference') {
      out.push({ path: f.name, label: labelOf(f.label) })
      continue
    }
    const to = other(f.target)
    for (const by of ['name', 'external_id', 'email', 'login', 'code', 'tax_number']) {
      const g = to?.fields.find((x) => x.name === by)
      if (g) out.push({ path: `${f.name}.${by}`, label: `${labelOf(f.label)} · ${labelOf(g.label)}` })
    }
  }
  return out
}

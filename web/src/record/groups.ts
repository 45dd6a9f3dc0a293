import type { FormLayout } from '@/api/settings'
import type { Entity, Field } from '@/api/types'
import { labelOf, t, te } from '@/i18n'
import { layoutOf } from '@/state/meta'

export interface Group {
  name: string
  label: string
  fields: Field[]
}

/** The server's word for a group; ours for the groups that only the app makes. */
function headingOf(f: Field, name: string): string {
  const given = labelOf(f.group_label)
  if (given && !given.startsWith('group.')) return given
  return te(`group.${name}`) ? t(`group.${name}`) : name
}

/** As the organisation has laid it out: its groups and order first, nothing it hides; what it does not name follows in its own group. */
function laidOut(fields: Field[], layout: FormLayout): Group[] {
  const hidden = new Set(layout.hidden ?? [])
  const out: Group[] = layout.groups.map((g) => {
    const own = (g.fields ?? []).map((n) => fields.find((f) => f.name === n)).filter((f): f is Field => Boolean(f))
    const like = fields.find((f) => (f.group || 'main') === g.name)
    return { name: g.name, label: labelOf(g.label) || (g.name === 'main' || !like ? '' : headingOf(like, g.name)), fields: own }
  })
  const placed = new Set(out.flatMap((g) => g.fields))
  for (const f of fields) {
    if (placed.has(f) || (hidden.has(f.name) && !(f.required && !f.initial))) continue
    const name = f.group || 'main'
    let g = out.find((x) => x.name === name)
    if (!g) out.push((g = { name, label: name === 'main' ? '' : headingOf(f, name), fields: [] }))
    g.fields.push(f)
  }
  return out.filter((g) => g.fields.length)
}

/** Fields by their group, in the order of the organisation's layout or else of the table; the first group needs no heading. */
export function groupsOf(fields: Field[], entity?: Entity, kind: 'form' | 'record' = 'record'): Group[] {
  const layout = layoutOf(entity, kind) as FormLayout | null
  if (layout) return laidOut(fields, layout)
  const out: Group[] = []
  for (const f of fields) {
    const name = f.group || 'main'
    let g = out.find((x) => x.name === name)
    if (!g) out.push((g = { name, label: name === 'main' ? '' : headingOf(f, name), fields: [] }))
    g.fields.push(f)
  }
  return out
}

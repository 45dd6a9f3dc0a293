import type { Field } from '@/api/types'
import { labelOf, t, te } from '@/i18n'

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

/** Fields by their group, in the order of the table; the first group needs no heading. */
export function groupsOf(fields: Field[]): Group[] {
  const out: Group[] = []
  for (const f of fields) {
    const name = f.group || 'main'
    let g = out.find((x) => x.name === name)
    if (!g) out.push((g = { name, label: name === 'main' ? '' : headingOf(f, name), fields: [] }))
    g.fields.push(f)
  }
  return out
}

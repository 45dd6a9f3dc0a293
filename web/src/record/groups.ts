import type { Field } from '@/api/types'
import { t, te } from '@/i18n'

export interface Group {
  name: string
  label: string
  fields: Field[]
}

/** Fields by their group, in the order of the table; the first group needs no heading. */
export function groupsOf(fields: Field[]): Group[] {
  const out: Group[] = []
  for (const f of fields) {
    const name = f.group || 'main'
    let g = out.find((x) => x.name === name)
    if (!g) out.push((g = { name, label: name === 'main' ? '' : te(`group.${name}`) ? t(`group.${name}`) : name, fields: [] }))
    g.fields.push(f)
  }
  return out
}

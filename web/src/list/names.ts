// Names of records that filters point at, so that a chip says more than an id.
import { reactive } from 'vue'
import { list } from '@/api/records'
import { entityOf } from '@/state/meta'
import { quote } from '@/lib/where'

export const refNames = reactive(new Map<string, string>())
const asked = new Set<string>()

export function needName(entity: string | null | undefined, id: string): void {
  const e = entityOf(entity)
  if (!e || !/^\d+$/.test(id) || refNames.has(id) || asked.has(id)) return
  asked.add(id)
  list(e.plural, { where: `id = ${quote(id)}`, select: 'id,name', limit: 1 })
    .then((p) => p.records[0]?.name && refNames.set(id, p.records[0].name))
    .catch(() => undefined)
}

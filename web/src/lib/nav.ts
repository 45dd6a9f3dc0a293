// Addresses of the app's places.
import type { Ref } from '@/api/types'
import { entityOf } from '@/state/meta'

export function recordPath(entity: string, id: string): string {
  const e = entityOf(entity)
  return e ? `/${e.plural}/${id}` : '/'
}

export function refPath(ref: Ref, target: string | null | undefined): string | null {
  const name = ref.entity ?? target
  return name && entityOf(name) ? recordPath(name, ref.id) : null
}

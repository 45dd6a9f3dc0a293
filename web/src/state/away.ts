// Who is absent or has left: shown where a person is picked. Asked for once, and again when people change.
import { shallowRef } from 'vue'
import { listen } from '@/api/events'
import { listAll } from '@/api/records'
import type { Ref } from '@/api/types'

export interface Standing { state: string; deputy: string }
const known = shallowRef<Map<string, Standing> | null>(null)
let asking: Promise<void> | null = null
let heard = false

export function loadAway(): Promise<void> {
  if (!heard) listen((e) => { if (e.type === 'tables') known.value = null })
  heard = true
  if (known.value) return Promise.resolve()
  asking ??= listAll('users', { where: "state IN ('absent','disabled')", select: 'id,state,deputy', order: 'id' })
    .then((all) => { known.value = new Map(all.map((p) => [p.id, { state: String(p['state']), deputy: (p['deputy'] as Ref | null)?.name ?? '' }])) })
    .catch(() => undefined)
    .finally(() => { asking = null })
  return asking
}
/** "absent, deputy X", "disabled"; empty where the person is there. */
export function standing(t: (key: string, values?: { [n: string]: unknown }) => string, id: string): string {
  const p = known.value?.get(id)
  if (!p) return ''
  return p.state === 'disabled' ? t('people.disabled') : p.deputy ? t('people.absent_deputy', { name: p.deputy }) : t('people.absent')
}

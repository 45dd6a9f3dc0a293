// What the bell shows: the notices the server keeps for this person, and those that come while the app is open.
import { computed, ref, shallowRef } from 'vue'
import { listen } from '@/api/events'
import { get, post, Problem } from '@/api/http'

export interface Told {
  id: string
  kind: string
  text: string
  at: string
  read: boolean
  entity?: string
  record?: string
}

const MOST = 50
const list = shallowRef<Told[]>([])
const counted = ref<number | null>(null)
let kept = true // the server keeps them; false: an older one, which only tells
let off: (() => void) | null = null
let serial = 0

export const told = computed(() => list.value)
export const unread = computed(() => counted.value ?? list.value.filter((n) => !n.read).length)

type Raw = { [key: string]: unknown }
function from(raw: Raw): Told {
  const about = (raw['about'] ?? raw['record']) as { entity?: string; id?: string; name?: string } | null | undefined
  const text = raw['text'] ?? raw['message'] ?? raw['title'] ?? about?.name ?? ''
  return {
    id: String(raw['id'] ?? `n${++serial}`),
    kind: String(raw['kind'] ?? 'notice'),
    text: String(text),
    at: String(raw['at'] ?? raw['created_at'] ?? new Date().toISOString()),
    read: Boolean(raw['read'] ?? raw['read_at']),
    entity: about?.entity ?? (raw['entity'] as string | undefined),
    record: about?.id ?? (raw['record_id'] as string | undefined),
  }
}

export async function loadInbox(): Promise<void> {
  if (!kept) return
  try {
    const page = await get<{ notices: Raw[]; unread: number }>('/notices?limit=50')
    list.value = page.notices.map(from)
    counted.value = page.unread
  } catch (e) {
    if (e instanceof Problem && (e.status === 404 || e.status === 405)) kept = false
  }
}

export async function markRead(ids: string[] | 'all'): Promise<void> {
  const all = ids === 'all'
  list.value = list.value.map((n) => (all || ids.includes(n.id) ? { ...n, read: true } : n))
  counted.value = all ? 0 : counted.value === null ? null : list.value.filter((n) => !n.read).length
  if (kept) await post('/notices/read', all ? { all: true } : { ids }).catch(() => undefined)
}

export function startInbox(): void {
  if (off) return
  void loadInbox()
  off = listen((e) => {
    if (e.type !== 'notice') return
    if (kept) void loadInbox()
    else list.value = [from(e), ...list.value].slice(0, MOST)
  })
}

export function stopInbox(): void {
  off?.()
  off = null
  list.value = []
  counted.value = null
}

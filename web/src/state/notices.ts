import { ref } from 'vue'
import { isAbort, Problem } from '@/api/http'
import { t, te } from '@/i18n'
import { toClipboard } from '@/lib/copy'

export interface Notice {
  id: number
  kind: 'info' | 'good' | 'bad'
  text: string
  action?: { label: string; run: () => void | Promise<void> }
}

export const notices = ref<Notice[]>([])
let last = 0

export function dismiss(id: number): void {
  notices.value = notices.value.filter((n) => n.id !== id)
}

export function notify(text: string, options: { kind?: Notice['kind']; action?: Notice['action']; ms?: number } = {}): number {
  const id = ++last
  notices.value = [...notices.value.slice(-3), { id, kind: options.kind ?? 'info', text, action: options.action }]
  const ms = options.ms ?? (options.kind === 'bad' ? 9000 : options.action ? 10000 : 4000)
  setTimeout(() => dismiss(id), ms)
  return id
}

/** A sentence for any failure; the server's own words where it has some. */
export function sentence(e: unknown): string {
  if (e instanceof Problem) {
    if (e.status === 0) return t('problem.unreachable')
    if (e.errors.length) return e.errors.map((x) => x.message).join(' ')
    if (e.message && !e.message.startsWith('HTTP ')) return e.message
    const key = `problem.s${e.status}`
    return te(key) ? t(key) : t('problem.other', { status: e.status })
  }
  return e instanceof Error ? e.message : String(e)
}

/** True: it is on the clipboard. Where the browser does not let us, the text is shown to be taken by hand. */
export async function copied(text: string): Promise<boolean> {
  if (await toClipboard(text)) return true
  notify(t('copy_by_hand', { text }), { ms: 60000 })
  return false
}

export function complain(e: unknown): void {
  if (isAbort(e)) return
  if (e instanceof Problem && e.status === 401) return
  notify(sentence(e), { kind: 'bad' })
}

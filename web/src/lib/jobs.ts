// Long work: start, watch, fetch what came out.
import { cancelJob, fileUrl, job } from '@/api/records'
import { post } from '@/api/http'
import type { Entity, Job } from '@/api/types'
import { t } from '@/i18n'
import { complain, dismiss, notify } from '@/state/notices'

const OVER = new Set(['done', 'finished', 'failed', 'cancelled', 'canceled', 'error', 'succeeded'])
export const isOver = (j: Job): boolean => OVER.has(j.state)
export const isGood = (j: Job): boolean => ['done', 'finished', 'succeeded'].includes(j.state)

/** Asks for the job's state until it ends; each answer goes to `seen`. */
export async function watchJob(id: string, seen: (j: Job) => void, signal?: AbortSignal): Promise<Job> {
  for (let wait = 200; ; wait = Math.min(2000, wait * 1.5)) {
    const j = await job(id, signal)
    seen(j)
    if (isOver(j)) return j
    await new Promise((done) => setTimeout(done, wait))
    if (signal?.aborted) throw new DOMException('stopped', 'AbortError')
  }
}

export function download(url: string, name: string): void {
  const a = document.createElement('a')
  a.href = url
  a.download = name
  document.body.append(a)
  a.click()
  a.remove()
}

export async function exportRecords(entity: Entity, where: string, select: string[], format: string): Promise<void> {
  let note = 0
  try {
    const { job: id } = await post<{ job: string }>('/exports', { entity: entity.name, where, select: select.join(','), format })
    note = notify(t('export.running'), { ms: 120000, action: { label: t('cancel'), run: () => cancelJob(id) } })
    const j = await watchJob(id, () => undefined)
    dismiss(note)
    const file = j.result?.['file'] as string | { id: string } | undefined
    const fileId = typeof file === 'object' ? file.id : file
    if (isGood(j) && fileId) download(fileUrl(String(fileId)), `${entity.plural}.${format}`)
    else notify(j.error ?? t('export.failed'), { kind: 'bad' })
  } catch (e) {
    dismiss(note)
    complain(e)
  }
}

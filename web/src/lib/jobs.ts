// Long work: start, watch, fetch what came out.
import { shallowRef } from 'vue'
import { job } from '@/api/records'
import type { Entity, Job } from '@/api/types'

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

export interface ExportAsk {
  entity: Entity
  where: string
  select: string[]
  format: string
}
/** What the export dialog of the frame asks about; null: it is closed. */
export const exportAsk = shallowRef<ExportAsk | null>(null)

/** Opens the dialog: which records, which columns, which form. */
export function exportRecords(entity: Entity, where: string, select: string[], format: string): void {
  exportAsk.value = { entity, where, select, format }
}

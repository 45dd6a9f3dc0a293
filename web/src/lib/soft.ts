// What changed elsewhere is fetched anew a moment after the last word of it, beneath what is shown. A fetch that fails for a while
// (no answer, 429, 5xx) is made again after a wait that doubles, until it succeeds, or the page is loaded anew or left.
import { onScopeDispose } from 'vue'
import { isAbort, Problem } from '@/api/http'

const FIRST_WAIT_MS = 1000
const MOST_WAIT_MS = 60000
const passes = (e: unknown): boolean => !isAbort(e) && e instanceof Problem && (e.status === 0 || e.status === 429 || e.status >= 500)

export interface Soft {
  /** Something changed. */
  soon: () => void
  /** All is being loaded anew: nothing is left to fetch. */
  stop: () => void
}

/** `work` throws where it fails. */
export function useSoft(delayMs: number, work: () => Promise<unknown>): Soft {
  let timer = 0
  let wait = FIRST_WAIT_MS
  let turn = 0
  async function run(): Promise<void> {
    const mine = ++turn
    try {
      await work()
      if (mine === turn) wait = FIRST_WAIT_MS
    } catch (e) {
      if (mine !== turn || !passes(e)) return
      timer = window.setTimeout(() => void run(), wait)
      wait = Math.min(MOST_WAIT_MS, wait * 2)
    }
  }
  const after = (ms: number): void => {
    clearTimeout(timer)
    timer = window.setTimeout(() => void run(), ms)
  }
  const stop = (): void => {
    clearTimeout(timer)
    turn++
    wait = FIRST_WAIT_MS
  }
  onScopeDispose(stop)
  return { soon: () => { turn++; after(delayMs) }, stop }
}

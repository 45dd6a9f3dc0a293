// Server-sent events. One tab of the browser holds the connection (a lock says which) and passes
// everything on to the others by a broadcast channel; when it closes, the next tab takes the lock.
import { onScopeDispose } from 'vue'
import { BASE } from './http'

export interface ChangeEvent {
  type: 'change'
  entity: string
  id: string
  version?: number
  what?: string
}
export interface OtherEvent {
  type: 'notice' | 'job'
  [key: string]: unknown
}
export type AnyEvent = ChangeEvent | OtherEvent

type Listener = (event: AnyEvent) => void

const listeners = new Set<Listener>()
let stop: (() => void) | null = null

function tell(event: AnyEvent): void {
  for (const l of listeners) l(event)
}

function connect(channel: BroadcastChannel): () => void {
  const source = new EventSource(`${BASE}/events`)
  for (const type of ['change', 'notice', 'job'] as const) {
    source.addEventListener(type, (e: MessageEvent<string>) => {
      let data: object
      try {
        data = JSON.parse(e.data) as object
      } catch {
        return
      }
      const event = { ...data, type } as AnyEvent
      tell(event)
      channel.postMessage(event)
    })
  }
  return () => source.close()
}

export function startEvents(): void {
  if (stop || typeof BroadcastChannel === 'undefined') return
  const channel = new BroadcastChannel('zhike-events')
  channel.onmessage = (e: MessageEvent<AnyEvent>) => tell(e.data)
  const abort = new AbortController()
  let disconnect: (() => void) | null = null
  if (navigator.locks) {
    navigator.locks
      .request('zhike-events', { signal: abort.signal }, () => {
        disconnect = connect(channel)
        return new Promise<void>((done) => abort.signal.addEventListener('abort', () => done()))
      })
      .catch(() => undefined)
  } else disconnect = connect(channel) // locks need a secure origin; without one each tab has its own
  stop = () => {
    abort.abort()
    disconnect?.()
    channel.close()
  }
}

export function stopEvents(): void {
  stop?.()
  stop = null
}

/** Listens for as long as the component lives. */
export function useEvents(listener: Listener): void {
  listeners.add(listener)
  onScopeDispose(() => listeners.delete(listener))
}

// Server-sent events. One tab of the browser holds the connection (a lock says which) and passes everything on to the
// others by a broadcast channel; when it closes, the next tab takes the lock and begins behind the last event that was
// passed on, so that nothing is missed in between.
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
  type: 'notice' | 'job' | 'tables'
  [key: string]: unknown
}
export type AnyEvent = ChangeEvent | OtherEvent

type Listener = (event: AnyEvent) => void
interface Passed {
  event: AnyEvent
  seq: string
}
/** A tab that joins asks how far the others have heard, so that it can go on from there; whoever holds the connection says it. */
type Said = Passed | { joined: true } | { heard: string }

const CHANNEL = 'zhike-events'
const FIRST_WAIT_MS = 1000
const MOST_WAIT_MS = 60000

const listeners = new Set<Listener>()
let stop: (() => void) | null = null
let last = ''

function tell(passed: Passed): void {
  if (passed.seq) last = passed.seq
  for (const l of listeners) l(passed.event)
}

/** Holds the connection; the browser reopens a broken one, a refused one (429, 503) is asked for again by us. */
function connect(channel: BroadcastChannel | null): () => void {
  let source: EventSource | null = null
  let timer = 0
  let wait = FIRST_WAIT_MS
  const open = (): void => {
    source = new EventSource(`${BASE}/events${last ? `?since=${last}` : ''}`)
    source.onopen = () => { wait = FIRST_WAIT_MS }
    source.onerror = () => {
      if (source?.readyState !== EventSource.CLOSED) return
      timer = window.setTimeout(open, wait)
      wait = Math.min(MOST_WAIT_MS, wait * 2)
    }
    for (const type of ['change', 'notice', 'job', 'tables'] as const) {
      source.addEventListener(type, (e: MessageEvent<string>) => {
        let data: object
        try {
          data = JSON.parse(e.data) as object
        } catch {
          return
        }
        const passed: Passed = { event: { ...data, type } as AnyEvent, seq: e.lastEventId }
        tell(passed)
        channel?.postMessage(passed)
      })
    }
  }
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}

export function startEvents(): void {
  if (stop) return
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL)
  const abort = new AbortController()
  let disconnect: (() => void) | null = null
  if (channel) channel.onmessage = ({ data }: MessageEvent<Said>) => {
    if ('event' in data) tell(data)
    else if ('heard' in data) last ||= data.heard
    else if (disconnect && last) channel.postMessage({ heard: last })
  }
  channel?.postMessage({ joined: true })
  if (navigator.locks && channel) {
    navigator.locks
      .request(CHANNEL, { signal: abort.signal }, () => {
        disconnect = connect(channel)
        return new Promise<void>((done) => abort.signal.addEventListener('abort', () => done()))
      })
      .catch(() => undefined)
  } else disconnect = connect(null) // locks need a secure origin; without one each tab has its own
  stop = () => {
    abort.abort()
    disconnect?.()
    channel?.close()
    last = ''
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

/** Listens until told otherwise. */
export function listen(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

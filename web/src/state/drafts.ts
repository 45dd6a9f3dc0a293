// What was typed and not saved, on this machine, for each person: it outlives a reload, a failure and the session.
import type { Value } from '@/api/types'
import { me } from './session'

export interface Draft {
  at: number
  /** Of the record it began with. */
  version?: number
  /** What stood in these fields then, so that one can see whether somebody else changed them since. */
  before?: { [name: string]: Value }
  values: { [name: string]: Value }
}

const PREFIX = 'zhike.draft.'
const KEPT_MS = 30 * 86_400_000

const nameOf = (what: string): string => `${PREFIX}${me.value?.id ?? '0'}.${what}`

export function readDraft(what: string): Draft | null {
  try {
    const text = localStorage.getItem(nameOf(what))
    const draft = text ? (JSON.parse(text) as Draft) : null
    return draft && typeof draft.values === 'object' && Object.keys(draft.values).length ? draft : null
  } catch {
    return null
  }
}

export function keepDraft(what: string, draft: Omit<Draft, 'at'>): void {
  const text = JSON.stringify({ at: Date.now(), ...draft })
  try {
    localStorage.setItem(nameOf(what), text)
  } catch {
    sweep(0)
    try {
      localStorage.setItem(nameOf(what), text)
    } catch {
      /* no room: the form itself still holds it */
    }
  }
}

export function dropDraft(what: string): void {
  localStorage.removeItem(nameOf(what))
}

function sweep(keptMs = KEPT_MS): void {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(PREFIX)) continue
    try {
      if (Date.now() - (JSON.parse(localStorage.getItem(key) ?? '{}') as Draft).at > keptMs) localStorage.removeItem(key)
    } catch {
      localStorage.removeItem(key)
    }
  }
}
sweep()

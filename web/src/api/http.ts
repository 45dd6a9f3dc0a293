import type { FieldFault } from './types'

export const BASE = '/api/v1'

/** A refusal: problem+json, or what stands in for it when no answer came (status 0). */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly errors: FieldFault[]
  readonly position: number | null
  constructor(status: number, body: { code?: string; title?: string; detail?: string; errors?: FieldFault[]; position?: number }) {
    super(body.detail || body.title || `HTTP ${status}`)
    this.status = status
    this.code = body.code ?? (status === 0 ? 'unreachable' : `http_${status}`)
    this.errors = body.errors ?? []
    this.position = typeof body.position === 'number' ? body.position : null
  }
  /** Fault messages by field name; nested names keep their first part. */
  byField(): { [field: string]: string } {
    const out: { [field: string]: string } = {}
    for (const e of this.errors) if (e.field && !out[e.field]) out[e.field] = e.message
    return out
  }
}

export interface Reply<T> {
  body: T
  etag: string | null
  location: string | null
}

let onSignedOut: () => Promise<boolean> = () => Promise.resolve(false)
let onSetUp: () => Promise<boolean> = () => Promise.resolve(false)
let language = () => navigator.language

/** Called once at start: what to do when the session is gone, or may only set up its second step (true: all is well again, so the
 *  call is made once more), and which language to ask for. */
export function configure(options: { signedOut: () => Promise<boolean>; setUp: () => Promise<boolean>; language: () => string }): void {
  onSignedOut = options.signedOut
  onSetUp = options.setUp
  language = options.language
}

interface Options {
  body?: unknown
  form?: FormData
  ifMatch?: number | string
  signal?: AbortSignal
  quiet401?: boolean
  /** Idempotency-Key: the same answer again, should the first one have been lost on the way. */
  key?: string
}

// What boot.js asked for before the app was there; each answer is taken once, and none long after the start.
const EARLY_MS = 20000
declare global {
  interface Window { zhikeEarly?: { [path: string]: Promise<Response> } }
}
function early(method: string, path: string): Promise<Response> | undefined {
  const answer = method === 'GET' && performance.now() < EARLY_MS ? window.zhikeEarly?.[path] : undefined
  if (answer) delete window.zhikeEarly![path]
  return answer
}
export function forgetEarly(): void {
  delete window.zhikeEarly
}
// What the list at an address began with: boot.js asks for it at once when the same address is opened again.
const FIRST = 'zhike.asked'
const FIRST_KEPT = 20
export function keepFirst(path: string): void {
  forgetEarly() // what nobody has taken by now would be old
  const here = location.pathname + location.search
  try {
    const kept = Object.entries(JSON.parse(localStorage.getItem(FIRST) ?? '{}') as { [address: string]: string }).filter(([a]) => a !== here)
    localStorage.setItem(FIRST, JSON.stringify(Object.fromEntries([[here, path], ...kept].slice(0, FIRST_KEPT))))
  } catch { /* then it is asked for a moment later */ }
}
export const forgetFirst = (): void => localStorage.removeItem(FIRST)

export async function call<T>(method: string, path: string, options: Options = {}): Promise<Reply<T>> {
  const headers: { [name: string]: string } = { Accept: 'application/json', 'Accept-Language': language() }
  let body: BodyInit | undefined
  if (options.form) body = options.form
  else if (options.body !== undefined) {
    headers['Content-Type'] = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    body = JSON.stringify(options.body)
  }
  if (options.key) headers['Idempotency-Key'] = options.key
  if (options.ifMatch !== undefined) headers['If-Match'] = `"${options.ifMatch}"`
  let response: Response
  try {
    response = await (early(method, path) ?? fetch(BASE + path, { method, headers, body, signal: options.signal, credentials: 'same-origin' }))
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e
    throw new Problem(0, { code: 'unreachable' })
  }
  const text = response.status === 204 ? '' : await response.text()
  let parsed: unknown = null
  if (text && (response.headers.get('Content-Type') ?? '').includes('json')) {
    try {
      parsed = JSON.parse(text)
    } catch {
      parsed = null
    }
  }
  if (!response.ok) {
    if (response.status === 401 && !options.quiet401 && (await onSignedOut())) return call<T>(method, path, { ...options, quiet401: true })
    const problem = new Problem(response.status, (parsed ?? {}) as object)
    if (problem.code === 'second_step_required' && !options.quiet401 && (await onSetUp())) return call<T>(method, path, { ...options, quiet401: true })
    throw problem
  }
  return { body: parsed as T, etag: response.headers.get('ETag'), location: response.headers.get('Location') }
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await call<T>('GET', path, { signal })).body
}

export async function post<T>(path: string, body: unknown = {}, signal?: AbortSignal): Promise<T> {
  return (await call<T>('POST', path, { body, signal })).body
}

/** A file that is made while one waits, and told of: it goes to the browser's downloads under the name that it bears. */
export async function takeFile(path: string): Promise<void> {
  const response = await fetch(BASE + path, { method: 'POST', headers: { 'Accept-Language': language() }, credentials: 'same-origin' })
  if (!response.ok) throw new Problem(response.status, (await response.json().catch(() => ({}))) as object)
  const named = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '')
  saveAs(await response.blob(), named?.[1] ?? 'export.csv')
}
export function saveAs(bytes: Blob, name: string): void {
  const url = URL.createObjectURL(bytes)
  const a = Object.assign(document.createElement('a'), { href: url, download: name })
  document.body.append(a)
  a.click()
  a.remove()
  setTimeout(() => URL.revokeObjectURL(url), 60000)
}

export function isAbort(e: unknown): boolean {
  return e instanceof DOMException && e.name === 'AbortError'
}

export function params(values: { [name: string]: string | number | boolean | null | undefined }): string {
  const q = new URLSearchParams()
  for (const [k, v] of Object.entries(values)) if (v !== null && v !== undefined && v !== '') q.set(k, String(v))
  const s = q.toString()
  return s ? `?${s}` : ''
}

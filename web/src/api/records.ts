// The generic verbs on records, by an entity's plural.
import { BASE, call, get, params, post } from './http'
import type { Change, Hit, Job, Page, Rec, StoredFile, Value, Wire } from './types'

export interface ListQuery {
  where?: string
  order?: string
  select?: string
  limit?: number
  after?: string | null
  count?: 'exact' | 'estimate'
  deleted?: boolean
  via?: string
}

export type Patch = { [field: string]: Value | undefined }

export const listPath = (plural: string, query: ListQuery): string => `/${plural}${params({ ...query })}`
export function list(plural: string, query: ListQuery = {}, signal?: AbortSignal): Promise<Page> {
  return get<Page>(listPath(plural, query), signal)
}

/** Every record of a small entity (stages, periods, teams), page by page up to `most`. */
export async function listAll(plural: string, query: ListQuery = {}, most = 1000): Promise<Rec[]> {
  const out: Rec[] = []
  let after: string | null = null
  do {
    const page: Page = await list(plural, { ...query, limit: 200, after })
    out.push(...page.records)
    after = page.next
  } while (after && out.length < most)
  return out
}

export function read(plural: string, id: string, signal?: AbortSignal): Promise<Rec> {
  return get<Rec>(`/${plural}/${id}`, signal)
}

/** From the recycle bin. */
export function readDeleted(plural: string, id: string): Promise<Rec> {
  return get<Rec>(`/${plural}/${id}?deleted=true`)
}

export async function create(plural: string, record: Patch, key?: string): Promise<Rec> {
  return (await call<Rec>('POST', `/${plural}`, { body: record, key })).body
}

export async function patch(plural: string, id: string, version: number | undefined, changes: Patch): Promise<Rec> {
  return (await call<Rec>('PATCH', `/${plural}/${id}`, { body: changes, ifMatch: version })).body
}

export async function remove(plural: string, id: string): Promise<void> {
  await call('DELETE', `/${plural}/${id}`)
}

export function restore(plural: string, id: string): Promise<Rec> {
  return post<Rec>(`/${plural}/${id}/restore`)
}

/** What stands behind a masked field. The server writes down that it was looked at. */
export async function reveal(plural: string, id: string, field: string): Promise<string | null> {
  return (await post<Wire<'Revealed'>>(`/${plural}/${id}/reveal`, { field })).value
}

export function act<T>(plural: string, id: string, action: string, body: unknown = {}): Promise<T> {
  return post<T>(`/${plural}/${id}/${action}`, body)
}

export type BulkRow = { do: 'create' | 'update' | 'delete'; id?: string; record?: Patch }

export function bulk(plural: string, rows: BulkRow[]): Promise<{ results: { status: number; id?: string }[]; operation?: string }> {
  return post(`/${plural}/bulk`, { rows, atomic: false })
}

export interface Trail {
  changes: Change[]
  next: string | null
}

export function timeline(plural: string, id: string, after?: string | null, signal?: AbortSignal, kinds?: string): Promise<Trail> {
  return get<Trail>(`/${plural}/${id}/timeline${params({ after, limit: 50, kinds })}`, signal)
}

export function history(plural: string, id: string, after?: string | null, signal?: AbortSignal): Promise<Trail> {
  return get<Trail>(`/${plural}/${id}/history${params({ after, limit: 50 })}`, signal)
}

export function related(plural: string, id: string, of: string, query: ListQuery, signal?: AbortSignal): Promise<Page> {
  return get<Page>(`/${plural}/${id}/${of}${params({ ...query })}`, signal)
}

export type RelatedCount = Wire<'RelatedCounts'>['related'][number]

/** How many records point here, by entity and field. */
export async function relatedCounts(plural: string, id: string, signal?: AbortSignal): Promise<RelatedCount[]> {
  return (await get<Wire<'RelatedCounts'>>(`/${plural}/${id}/related`, signal)).related
}

export type Duplicate = Wire<'Duplicates'>['duplicates'][number]

export async function duplicates(entity: string, id: string | null, record: Patch | null, signal?: AbortSignal): Promise<Duplicate[]> {
  return (await post<Wire<'Duplicates'>>('/duplicates', { entity, ...(id ? { id } : {}), ...(record ? { record } : {}) }, signal)).duplicates
}

export function followers(plural: string, id: string, signal?: AbortSignal): Promise<Wire<'Followers'>> {
  return get(`/${plural}/${id}/followers`, signal)
}

export function follow(plural: string, id: string, on: boolean): Promise<Wire<'Followers'>> {
  return post(`/${plural}/${id}/follow`, { follow: on })
}

export async function search(q: string, within: string | null, limit: number, signal?: AbortSignal): Promise<{ hits: Hit[]; more: boolean }> {
  return get(`/search${params({ q, in: within, limit })}`, signal)
}

export function query<T = { [key: string]: unknown }>(text: string, signal?: AbortSignal): Promise<{ records: T[]; count?: number; next?: string | null }> {
  return post('/query', { query: text }, signal)
}

export function upload(file: File, about?: string): Promise<StoredFile> {
  const form = new FormData()
  if (about) form.append('about', about)
  form.append('file', file)
  return call<StoredFile>('POST', '/files', { form }).then((r) => r.body)
}

export function fileUrl(id: string): string {
  return `${BASE}/files/${id}`
}

export function job(id: string, signal?: AbortSignal): Promise<Job> {
  return get<Job>(`/jobs/${id}`, signal)
}

export async function removeFile(id: string): Promise<void> {
  await call('DELETE', `/files/${id}`)
}

export async function cancelJob(id: string): Promise<void> {
  await call('DELETE', `/jobs/${id}`)
}

export function undoOperation(id: string): Promise<{ [key: string]: unknown }> {
  return post(`/operations/${id}/undo`)
}

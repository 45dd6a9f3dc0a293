// People who leave, are away, and what they may: hand-over, shares, and why somebody sees something.
import { get, params, post } from './http'
import type { Wire } from './types'

export type NamedPlaces = Wire<'NamedPlaces'>
export type NamedPlace = NamedPlaces['parts'][number]
export type HandOverPlan = Wire<'HandOverPlan'>
export interface HandOverPart { entity: string; field: string; open: boolean; to: { user: string; share: number }[] }
export type Access = Wire<'Access'>
export type Reader = Wire<'Readers'>['people'][number]
export type Because = Omit<Reader, 'user' | 'changes'>

export const namedPlaces = (user: string) => get<NamedPlaces>(`/users/${user}/handover`)
export const tryHandOver = (user: string, parts: HandOverPart[]) => post<HandOverPlan>(`/users/${user}/handover/preview`, { parts })
export const startHandOver = async (user: string, parts: HandOverPart[]) => (await post<{ job: string }>(`/users/${user}/handover`, { parts })).job
export const access = (query: { user?: string; token?: string; entity?: string; record?: string }, signal?: AbortSignal) => get<Access>(`/access${params(query)}`, signal)
/** Everybody who may see it, page by page. */
export async function readers(entity: string, record: string): Promise<Reader[]> {
  const out: Reader[] = []
  let after: string | null = null
  do {
    const page: Wire<'Readers'> = await get<Wire<'Readers'>>(`/access/people${params({ entity, record, after })}`)
    out.push(...page.people)
    after = page.next
  } while (after)
  return out
}

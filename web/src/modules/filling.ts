// CAMP-2: puts those whom a condition names into a campaign, piece by piece; how many came in, were in already, were left out.
import { act } from '@/api/records'

export interface Filled { added: number; already: number; suppressed: number; operation?: string }
interface Piece { added: number; already: number; suppressed: number; after: string | null; operation?: string }

export async function fill(campaign: string, entity: string, where: string, looked: (n: number) => void): Promise<Filled> {
  const sum: Filled = { added: 0, already: 0, suppressed: 0 }
  let after: string | null = null
  do {
    const said: Piece = await act('campaigns', campaign, 'add_members', { entity, where, ...(after ? { after, operation: sum.operation } : {}) })
    sum.added += said.added
    sum.already += said.already
    sum.suppressed += said.suppressed
    sum.operation = said.operation ?? sum.operation
    after = said.after
    looked(sum.added + sum.already + sum.suppressed)
  } while (after)
  return sum
}

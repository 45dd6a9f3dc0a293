// The shapes of the views forecast and quotas, and the tree they come in.
import type { Figure } from '@/insight/views'

export interface Person {
  id: string
  name: string
}
export type Figures = { [name in 'quota' | 'closed' | 'reached' | 'commit' | 'expected' | 'best_case' | 'best' | 'pipeline' | 'adjustment' | 'gap' | 'coverage']: Figure }
export interface OutlookRow {
  user: Person
  level: number
  above: string | null
  below: number
  left: boolean
  team_target: number | null
  over_assigned: number | null
  own: Figures
  team: Figures
}
export interface Outlook {
  period: { key: string; kind: string; start: string; end: string }
  currency: string
  rows: OutlookRow[]
  total: Figures
  columns: { name: string; type: string }[]
}

export interface QuotaCell {
  may_set: boolean
  quota: { id: string; version: number; amount: number; team_amount: number | null; currency: string } | null
}
export interface QuotaRow {
  user: Person
  above: string | null
  left: boolean
  cells: { [period: string]: QuotaCell }
}
export interface QuotaGrid {
  period: { key: string }
  periods: string[]
  rows: QuotaRow[]
}

/** A line of the table: somebody with all below them, somebody alone, or what a leader has beside the team. */
export interface Line {
  key: string
  row: OutlookRow
  of: 'team' | 'own'
  level: number
  folds: boolean
  alone: boolean
}

export function linesOf(rows: OutlookRow[], open: Set<string>): Line[] {
  const out: Line[] = []
  const hidden = new Set<string>()
  for (const row of rows) {
    const id = row.user.id
    if (row.above && (hidden.has(row.above) || !open.has(row.above)) && rows.some((r) => r.user.id === row.above)) {
      hidden.add(id)
      continue
    }
    out.push({ key: id, row, of: row.below ? 'team' : 'own', level: row.level, folds: row.below > 0, alone: false })
    if (row.below && open.has(id)) out.push({ key: `${id}-own`, row, of: 'own', level: row.level + 1, folds: false, alone: true })
  }
  return out
}

/** In the order of the tree, whatever order the rows came in. */
export function inTree<T extends { user: Person; above: string | null }>(rows: T[]): { row: T; level: number; below: number }[] {
  const known = new Set(rows.map((r) => r.user.id))
  const under = new Map<string, T[]>()
  for (const r of rows) {
    const above = r.above && known.has(r.above) ? r.above : ''
    under.set(above, [...(under.get(above) ?? []), r])
  }
  const out: { row: T; level: number; below: number }[] = []
  const walk = (of: string, level: number): void => {
    for (const row of under.get(of) ?? []) {
      out.push({ row, level, below: (under.get(row.user.id) ?? []).length })
      walk(row.user.id, level + 1)
    }
  }
  walk('', 0)
  return out
}

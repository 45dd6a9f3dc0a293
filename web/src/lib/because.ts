// Why somebody may, as a sentence, from what the server says.
import type { Because } from '@/api/people'
import { day } from './format'

type Say = (key: string, values?: { [name: string]: unknown }) => string

export function because(t: Say, who: string, x: Because): string {
  const comma = t('reach.comma')
  const roles = x.roles.map((r) => r.name).join(comma)
  const owner = x.owner?.name ?? t('reach.nobody')
  const of = x.part_of ? t('reach.part_of', { name: x.part_of.name }) : ''
  const sentence = (() => {
    if (x.why === 'below') return x.people.length ? t('reach.why.below_people', { owner, who, way: [...x.people.slice(1), who].join(t('reach.then')), roles }) : t('reach.why.below_teams', { owner, teams: x.teams.join(t('reach.under')), roles })
    if (x.why === 'team') return t('reach.why.team', { owner, team: x.teams[0] ?? '', roles })
    if (x.why === 'shared') {
      const by = x.share?.by?.name ?? t('reach.nobody')
      return [x.share?.team ? t('reach.why.shared_team', { team: x.share.team.name, by }) : t('reach.why.shared', { by }), x.share?.until ? t('reach.until', { when: day(x.share.until) }) : ''].join('')
    }
    return t(`reach.why.${x.why}`, { owner, who, roles: roles || t('reach.no_role_at_all') })
  })()
  return of + sentence
}

// What a record's page shows beyond what /meta can say, by entity: the one place where pages of records know which entity they show.
import { defineAsyncComponent, h, type Component } from 'vue'
import { phone } from '@/state/prefs'

export interface Panel {
  /** A tab before all others, where one begins. */
  overview?: Component
  /** Between the head and the tabs. */
  head?: Component
  /** How much room the head takes, so that nothing moves when it comes: pixels, wide and on a phone. */
  room?: readonly [number, number]
  /** The head tells what is due by itself. */
  clocks?: boolean
  /** Above the facts. */
  aside?: Component
}
const lazy = (load: () => Promise<{ default: Component }>): Component => defineAsyncComponent(load)
const ACCOUNT_ROOM = [94, 208] as const
export const roomOf = (room: readonly [number, number] | undefined): string => (room ? `${room[phone.value ? 1 : 0]}px` : '0')
const kept = (room: readonly [number, number], loader: () => Promise<{ default: Component }>): Component =>
  defineAsyncComponent({ loader, delay: 0, loadingComponent: { render: () => h('div', { 'aria-hidden': 'true', style: { minHeight: roomOf(room) } }) } })

export const PANELS: { [entity: string]: Panel } = {
  account: { head: kept(ACCOUNT_ROOM, () => import('./AccountHead.vue')), room: ACCOUNT_ROOM },
  campaign: { overview: lazy(() => import('./CampaignPanel.vue')) },
  case: { head: lazy(() => import('./CaseHead.vue')), clocks: true },
  competitor: { overview: lazy(() => import('./CompetitorPanel.vue')) },
  opportunity: { aside: lazy(() => import('./DealRivals.vue')) },
}

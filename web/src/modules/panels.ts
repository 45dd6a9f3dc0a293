// What a record's page shows beyond what /meta can say, by entity: the one place where pages of records know which entity they show.
import { defineAsyncComponent, type Component } from 'vue'

export interface Panel {
  /** A tab before all others, where one begins. */
  overview?: Component
  /** Between the head and the tabs. */
  head?: Component
  /** The head tells what is due by itself. */
  clocks?: boolean
  /** Above the facts. */
  aside?: Component
}
const lazy = (load: () => Promise<{ default: Component }>): Component => defineAsyncComponent(load)

export const PANELS: { [entity: string]: Panel } = {
  account: { head: lazy(() => import('./AccountHead.vue')) },
  campaign: { overview: lazy(() => import('./CampaignPanel.vue')) },
  case: { head: lazy(() => import('./CaseHead.vue')), clocks: true },
  competitor: { overview: lazy(() => import('./CompetitorPanel.vue')) },
  opportunity: { aside: lazy(() => import('./DealRivals.vue')) },
}

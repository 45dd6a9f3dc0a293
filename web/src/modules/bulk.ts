// What a list's ticked rows can do beyond what /meta can say, by entity: the one place where lists know which entity they show.
import { defineAsyncComponent, type Component } from 'vue'

export interface BulkAct {
  key: string
  icon: string
  /** A text of the app. */
  text: string
  /** The entity on which one must be able to do the action, so that it is offered at all. */
  on: { entity: string; action: string }
  /** A dialog; it gets `entity`, `where` and `count`, says `done` (with a text and an operation to undo) or `cancel`. */
  dialog: Component
}
const INTO_CAMPAIGN: BulkAct = {
  key: 'campaign', icon: 'campaign', text: 'campaign.put', on: { entity: 'campaign', action: 'add_members' },
  dialog: defineAsyncComponent(() => import('./IntoCampaign.vue')),
}

export const BULK: { [entity: string]: BulkAct[] } = { lead: [INTO_CAMPAIGN], contact: [INTO_CAMPAIGN] }

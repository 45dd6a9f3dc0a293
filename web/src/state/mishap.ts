// What nobody caught. A refusal or a lost connection is said in a sentence; a part of the app that did not come (a lost connection, or
// a server that was renewed meanwhile) offers the page anew; everything else is a mistake of ours and stands in the console.
import type { App } from 'vue'
import { isAbort, Problem } from '@/api/http'
import { t } from '@/i18n'
import type { Router } from 'vue-router'
import { complain, notify } from './notices'

const isPart = (e: unknown): boolean => e instanceof Error && /dynamically imported module|Importing a module script|Unable to preload CSS/i.test(e.message)
let said = false

/** True: it was said. */
function say(e: unknown): boolean {
  if (isAbort(e)) return true
  if (e instanceof Problem) {
    complain(e)
    return true
  }
  if (!isPart(e)) return false
  if (!said) notify(t('problem.part'), { kind: 'bad', ms: 60000, action: { label: t('reload'), run: () => location.reload() } })
  said = true
  window.setTimeout(() => (said = false), 1000)
  return true
}

export function catchMishaps(app: App, router: Router): void {
  app.config.errorHandler = (e) => { if (!say(e)) console.error(e) }
  router.onError((e) => { if (!say(e)) console.error(e) })
  window.addEventListener('unhandledrejection', (e) => { if (say(e.reason)) e.preventDefault() })
}

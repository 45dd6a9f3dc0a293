import 'element-plus/es/components/base/style/css'
import 'element-plus/es/components/config-provider/style/css'
import './theme/tokens.css'
import './theme/base.css'
import './theme/shared.css'
import './theme/element.css'
import { createApp } from 'vue'
import App from './App.vue'
import { configure } from './api/http'
import { firstLanguage, language, setLanguage } from './i18n'
import { oneClick } from './lib/once'
import { router } from './router'
import { catchMishaps } from './state/mishap'
import { applyTheme } from './state/prefs'
import { askAgain, askSetUp, forget, mustSetUp, signedIn } from './state/session'

applyTheme()
oneClick(document)
configure({
  language: () => language.value,
  setUp: async () => {
    const inside = signedIn.value && !mustSetUp.value
    if (await askSetUp()) return true
    if (inside) location.assign('/') // where it is asked for before anything else
    return false
  },
  signedOut: async () => {
    if (await askAgain()) return true
    forget()
    const here = router.currentRoute.value
    if (here.name !== 'sign-in') void router.replace({ name: 'sign-in', query: here.fullPath !== '/' ? { to: here.fullPath } : {} })
    return false
  },
})
// No top-level await: what is waited for may stand in the same file as this.
void setLanguage(firstLanguage()).then(() => {
  const app = createApp(App)
  catchMishaps(app, router)
  app.use(router).mount('#app')
})

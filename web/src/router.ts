import { createRouter, createWebHistory } from 'vue-router'
import Frame from './frame/Frame.vue'
import { entityByPlural } from './state/meta'
import { mustChange, mustSetUp, ready, resume, signedIn } from './state/session'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/join', name: 'join', component: () => import('./pages/Join.vue'), meta: { free: true } },
    { path: '/signed-in', name: 'signed-in', component: () => import('./pages/SignedIn.vue'), meta: { free: true } },
    { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignIn.vue'), meta: { open: true } },
    {
      path: '/',
      component: Frame,
      children: [
        { path: '', name: 'home', component: () => import('./pages/Home.vue') },
        { path: 'calendar', name: 'calendar', component: () => import('./calendar/CalendarPage.vue') },
        { path: 'forecast', name: 'forecast', component: () => import('./forecast/ForecastPage.vue') },
        { path: 'desk', name: 'desk', component: () => import('./modules/DeskPage.vue') },
        { path: 'reports', name: 'reports', component: () => import('./insight/ReportsPage.vue') },
        { path: 'reports/:name([a-z_]+)', name: 'report', component: () => import('./insight/ReportPage.vue') },
        { path: 'import', name: 'import', component: () => import('./pages/Import.vue') },
        { path: 'bin', name: 'bin', component: () => import('./pages/Bin.vue') },
        { path: 'settings/:section?', name: 'settings', component: () => import('./pages/settings/SettingsPage.vue') },
        { path: 'leads/:id(\\d+)/convert', name: 'convert', component: () => import('./lead/ConvertPage.vue') },
        { path: 'web_forms/:id(\\d+)', name: 'web-form', component: () => import('./lead/WebFormPage.vue') },
        { path: ':plural([a-z][a-z_]*)', name: 'list', component: () => import('./list/ListPage.vue') },
        { path: ':plural([a-z][a-z_]*)/new', name: 'new', component: () => import('./form/FormPage.vue') },
        { path: ':plural([a-z][a-z_]*)/:id(\\d+)', name: 'record', component: () => import('./record/RecordPage.vue') },
        { path: ':plural([a-z][a-z_]*)/:id(\\d+)/edit', name: 'edit', component: () => import('./form/FormPage.vue') },
        { path: ':plural([a-z][a-z_]*)/:id(\\d+)/merge', name: 'merge', component: () => import('./record/MergePage.vue') },
        { path: ':rest(.*)*', name: 'nowhere', component: () => import('./pages/Nowhere.vue') },
      ],
    },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta['free']) return true
  if (!ready.value) await resume().catch(() => false)
  const inside = signedIn.value && !mustChange.value && !mustSetUp.value
  if (to.meta['open']) return inside ? String(to.query['to'] ?? '/') : true
  if (!inside) return { name: 'sign-in', query: to.fullPath !== '/' ? { to: to.fullPath } : {} }
  if (typeof to.params['plural'] === 'string' && !entityByPlural(to.params['plural'])) return { name: 'nowhere', params: { rest: to.path.slice(1).split('/') } }
  return true
})

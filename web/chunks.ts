// Which file each module goes into. A telephone pays a round trip for every file and for every step of a chain of files, so what the
// first screens need comes in few: the libraries, the frame, what lists and records share, and the one of the two that is asked for.
// Everything else is a file of its own where it is asked for. `boot.js`, the first thing a page loads, asks for all of it at once, and
// for the first answers of the API.
import type { Plugin, Rolldown } from 'vite'

const FRAME = 'app'
const SHARED = 'records' // what lists and records both reach, but for the frame

/** What stands behind one file: its roots and all that they import before they can run. */
const CHUNKS: { name: string; roots: RegExp }[] = [
  { name: FRAME, roots: /\/src\/(main\.ts|frame\/Frame\.vue)$/ },
  { name: 'list', roots: /\/src\/list\/ListPage\.vue$/ },
  { name: 'record', roots: /\/src\/record\/RecordPage\.vue$/ },
]
const LIBRARIES = /\/node_modules\/(@vue|vue|vue-router)\//
const CHINESE = /\/locale\/app\.zh-CN\.json|\/locale\/lang\/zh-cn\.mjs/

type Look = (id: string) => Rolldown.ModuleInfo | null

function reach(id: string, look: Look, into: Set<string>): void {
  if (into.has(id)) return
  into.add(id)
  for (const next of look(id)?.importedIds ?? []) reach(next, look, into)
}

/** The name of a module's file; null: as it comes. Asked only when all modules are known. */
function chunkNames(): (id: string, look: Look) => string | null {
  const sets = new Map<string, Set<string>>()
  const plain = (id: string) => id.split('?')[0]!
  return (id, look) => {
    if (CHINESE.test(id)) return 'zh-CN'
    if (!sets.size) {
      for (const { name, roots } of CHUNKS) {
        const set = new Set<string>()
        for (const root of seen) if (roots.test(plain(root)) && root === plain(root)) reach(root, look, set)
        sets.set(name, set)
      }
    }
    const [first, second] = [...sets].filter(([, set]) => set.has(id)).map(([name]) => name)
    return (second && first !== FRAME ? SHARED : first) ?? null
  }
}

/** A group takes along what its modules import, so those that others rest on come first. */
export function groups() {
  const nameOf = chunkNames()
  const only = (...names: string[]) => (id: string, context: { getModuleInfo: Look }) => {
    const name = nameOf(id, (x) => context.getModuleInfo(x))
    return name !== null && names.includes(name) ? name : null
  }
  return [
    { name: 'vue', test: LIBRARIES, priority: 4 },
    { name: only('zh-CN', FRAME), debugName: 'frame', priority: 3 },
    { name: only(SHARED), debugName: 'shared', priority: 2 },
    { name: only('list', 'record'), debugName: 'by screen', priority: 1 },
  ]
}

const seen = new Set<string>()

const BOOT = (files: { [name: string]: string[] }) => `// What the first screen needs, all of it asked for at once: see web/chunks.ts.
(() => {
  const files = ${JSON.stringify(files)}
  const path = location.pathname
  const outside = path === '/sign-in' || path === '/join'
  let kept = null, asked = {}
  try {
    kept = localStorage.getItem('zhike.language')
    const theme = JSON.parse(localStorage.getItem('zhike.theme'))
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
    asked = JSON.parse(localStorage.getItem('zhike.asked')) || {}
  } catch { /* closed to us: as the browser says */ }
  const language = kept || (navigator.languages || [navigator.language]).find((l) => /^(zh|en)/i.test(l)) || 'en'
  const want = [/^zh/i.test(language) ? 'zh-CN' : 'en']
  if (path === '/') want.push('home')
  else if (/^\\/[a-z][a-z_]*(\\/\\d+)?$/.test(path) && !outside && path !== '/calendar' && path !== '/import' && path !== '/bin' && path !== '/settings') want.push('records', /\\d$/.test(path) ? 'record' : 'list')
  for (const name of want)
    for (const file of files[name] || []) {
      const link = document.createElement('link')
      link.rel = /css$/.test(file) ? 'preload' : 'modulepreload'
      if (link.rel === 'preload') link.as = 'style'
      link.crossOrigin = ''
      link.href = '/' + file
      document.head.append(link)
    }
  if (outside) document.documentElement.classList.add('outside')
  if (path === '/join') return
  const ask = (at) => fetch('/api/v1' + at, { headers: { Accept: 'application/json', 'Accept-Language': language }, credentials: 'same-origin' })
  window.zhikeEarly = { '/me': ask('/me') }
  if (!outside) window.zhikeEarly['/meta/lean'] = ask('/meta/lean')
  if (/^\\/[a-z][a-z_]*\\/\\d+$/.test(path)) window.zhikeEarly[path] = ask(path) // a record's address is the same there
  const first = asked[path + location.search] // what the list here began with the last time
  if (first) window.zhikeEarly[first] = ask(first)
  for (const at in window.zhikeEarly) window.zhikeEarly[at].catch(() => {}) // whoever takes it is told
})()
`

/** Writes boot.js with the names of the files, and names it in the page. */
export function boot(): Plugin {
  let name = ''
  return {
    name: 'zhike-boot',
    apply: 'build',
    buildStart() { seen.clear() },
    moduleParsed(info) { seen.add(info.id) },
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((x): x is Rolldown.OutputChunk => x.type === 'chunk')
      const filesOf = (wanted: string) => chunks.filter((c) => c.name === wanted).flatMap((c) => [c.fileName, ...((c as { viteMetadata?: { importedCss: Set<string> } }).viteMetadata?.importedCss ?? [])])
      const files = { 'zh-CN': filesOf('zh-CN'), en: filesOf('app.en'), records: filesOf('records'), list: filesOf('list'), record: filesOf('record'), home: filesOf('Home') }
      for (const [what, list] of Object.entries(files)) if (!list.length) this.error(`boot: no file is called ${what}`)
      name = this.getFileName(this.emitFile({ type: 'asset', name: 'boot.js', source: BOOT(files) }))
    },
    transformIndexHtml: { order: 'post', handler: () => (name ? [{ tag: 'script', attrs: { src: `/${name}`, async: true }, injectTo: 'head-prepend' }] : []) },
  }
}

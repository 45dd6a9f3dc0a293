// What can be done from anywhere: the palette finds it by words in either language, some have a key of their own.
import type { Router } from 'vue-router'
import { LANGUAGES, labelOf, language, t } from '@/i18n'
import type { Entity, Label } from '@/api/types'
import { entities, modules } from '@/state/meta'
import { complain } from '@/state/notices'
import { sideSlim, theme, type Theme } from '@/state/prefs'
import { chooseLanguage, signOut } from '@/state/session'
import { keysHelp, openLine } from './frameState'
import { iconOf } from './icons'
import { PLACES } from './places'

export interface Command {
  id: string
  icon: string
  title: string
  /** Further words it is found by, of every language. */
  words: string
  keys?: string[]
  page?: boolean
  run: () => void
}

export { iconOf }

const everyWord = (label: Label | undefined): string => (!label ? '' : typeof label === 'string' ? label : Object.values(label).join(' '))

/** Keys after "g" for the modules people go to most. */
const GO: { [entity: string]: string } = { lead: 'l', account: 'a', contact: 'c', opportunity: 'o', activity: 't', campaign: 'm', competitor: 'p' }

export const hasBoard = (e: Entity): boolean =>
  Boolean(e.board) || e.fields.some((f) => (f.type === 'choice' && !f.readonly && f.name !== 'currency') || (f.type === 'keyed_reference' && f.target === 'pipeline_stage'))

function pages(go: (path: string) => () => void): Command[] {
  const out: Command[] = [{ id: 'home', icon: 'home', title: t('frame.home'), words: 'home start 首页', keys: ['g', 'h'], page: true, run: go('/') }]
  const known = new Set(modules.value.map((m) => m.name))
  const ordered = [...modules.value, ...entities.value.filter((e) => !known.has(e.name) && e.module !== false)]
  for (const m of ordered) {
    const key = GO[m.name]
    out.push({ id: `p-${m.name}`, icon: iconOf(m.name, m.icon), title: labelOf(m.plural_label), words: `${m.name} ${m.plural} ${everyWord(m.plural_label)} go to list 列表 打开`, keys: key ? ['g', key] : undefined, page: true, run: go(`/${m.plural}`) })
  }
  for (const p of PLACES) if (p.there()) out.push({ id: p.name, icon: p.icon, title: t(p.text), words: p.words, keys: p.keys, page: true, run: go(p.path) })
  out.push({ id: 'calendar', icon: 'activity', title: t('frame.calendar'), words: 'calendar month week 日历 日程', keys: ['g', 'd'], page: true, run: go('/calendar') })
  out.push({ id: 'import', icon: 'import', title: t('frame.import'), words: 'import upload csv excel 导入', page: true, run: go('/import') })
  out.push({ id: 'bin', icon: 'bin', title: t('frame.bin'), words: 'recycle bin trash deleted 回收站 已删除', page: true, run: go('/bin') })
  out.push({ id: 'settings', icon: 'settings', title: t('frame.settings'), words: 'settings preferences 设置 选项', page: true, run: go('/settings') })
  return out
}

function makers(go: (path: string) => () => void): Command[] {
  const out: Command[] = [{ id: 'line', icon: 'plus', title: t('line.title'), words: 'quick create one line new 快速新建 一行', keys: ['c'], run: () => openLine('') }]
  for (const m of modules.value)
    if (m.may.create) out.push({ id: `n-${m.name}`, icon: 'plus', title: t('palette.new', { what: labelOf(m.label) }), words: `new create add 新建 创建 ${m.name} ${everyWord(m.label)}`, run: go(`/${m.plural}/new`) })
  return out
}

function boards(go: (path: string) => () => void): Command[] {
  return modules.value
    .filter((m) => m.board)
    .map((m) => ({ id: `b-${m.name}`, icon: 'board', title: t('palette.board_of', { what: labelOf(m.plural_label) }), words: `go to board kanban 看板 ${m.name} ${everyWord(m.plural_label)}`, keys: m.name === 'opportunity' ? ['g', 'b'] : undefined, run: go(`/${m.plural}?as=board`) }))
}

function manners(router: Router): Command[] {
  const themes: Theme[] = ['light', 'dark', 'system']
  const looks = { light: 'sun light bright 浅色', dark: 'moon dark night 深色 夜间', system: 'system automatic 跟随系统' }
  const out: Command[] = themes.map((x) => ({ id: `theme-${x}`, icon: { light: 'sun', dark: 'moon', system: 'screen' }[x], title: t('palette.look', { what: t(`menu.${x}`) }), words: `theme appearance 外观 ${looks[x]}`, run: () => { theme.value = x } }))
  for (const l of LANGUAGES)
    if (l.key !== language.value) out.push({ id: `lang-${l.key}`, icon: 'globe', title: t('palette.speak', { what: l.name }), words: 'switch language 切换语言 english chinese 中文', run: () => void chooseLanguage(l.key).catch(complain) })
  out.push({ id: 'keys', icon: 'key', title: t('keys.title'), words: 'keyboard shortcuts help 快捷键 帮助', keys: ['?'], run: () => { keysHelp.value = true } })
  out.push({ id: 'side', icon: 'panel', title: t(sideSlim.value ? 'frame.widen' : 'frame.narrow'), words: 'sidebar collapse expand 侧栏', keys: ['['], run: () => { sideSlim.value = !sideSlim.value } })
  out.push({ id: 'leave', icon: 'leave', title: t('menu.leave'), words: 'sign out log out 退出 注销', run: () => void signOut().then(() => router.replace({ name: 'sign-in' })) })
  return out
}

export function commands(router: Router): Command[] {
  const go = (path: string) => () => void router.push(path)
  return [...pages(go), ...makers(go), ...boards(go), ...manners(router)]
}

/** Those that bear every word typed, the title before the words that only describe; "new lead", "看板 机会". */
export function fitting(list: Command[], typed: string): Command[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean)
  const score = (c: Command): number => {
    const title = c.title.toLowerCase()
    const all = `${title} ${c.words.toLowerCase()}`
    if (!wanted.every((w) => all.includes(w))) return -1
    return (title.startsWith(wanted[0] ?? '') ? 2 : 0) + (wanted.every((w) => title.includes(w)) ? 4 : 0)
  }
  return list
    .map((c, i) => ({ c, i, s: score(c) }))
    .filter((x) => x.s >= 0)
    .sort((a, b) => b.s - a.s || a.i - b.i)
    .map((x) => x.c)
}

import { nextTick, ref, shallowReactive, shallowRef } from 'vue'
import type { Language as ElementLanguage } from 'element-plus/es/locale'
import type { Label } from '@/api/types'
import { formOf, put, textAt, type Texts, type Values } from './texts'

export type Language = 'zh-CN' | 'en'
export const LANGUAGES: { key: Language; name: string }[] = [
  { key: 'zh-CN', name: '简体中文' },
  { key: 'en', name: 'English' },
]

export const language = ref<Language>('en')
export const elementLocale = shallowRef<ElementLanguage>()
const texts = shallowReactive(new Map<Language, Texts>())

async function load(key: Language): Promise<void> {
  if (key === 'zh-CN') {
    const [app, element] = await Promise.all([import('@locale/app.zh-CN.json'), import('element-plus/es/locale/lang/zh-cn.mjs')])
    texts.set('zh-CN', app.default as Texts)
    elementLocale.value = element.default
  } else {
    const [app, element] = await Promise.all([import('@locale/app.en.json'), import('element-plus/es/locale/lang/en.mjs')])
    texts.set('en', app.default as Texts)
    elementLocale.value = element.default
  }
}

export async function setLanguage(key: Language): Promise<void> {
  await load(key)
  language.value = key
  document.documentElement.lang = key
  await nextTick()
}

/** Nearest of ours to what a person or a browser names. */
export function nearest(tag: string | null | undefined): Language | null {
  if (!tag) return null
  const t = tag.toLowerCase()
  if (t.startsWith('zh')) return 'zh-CN'
  if (t.startsWith('en')) return 'en'
  return null
}

const REMEMBERED = 'zhike.language'

export function firstLanguage(): Language {
  const kept = nearest(localStorage.getItem(REMEMBERED))
  if (kept) return kept
  for (const tag of navigator.languages ?? [navigator.language]) {
    const near = nearest(tag)
    if (near) return near
  }
  return 'en'
}

export function rememberLanguage(key: Language): void {
  localStorage.setItem(REMEMBERED, key)
}

/** A label from /meta in the language of the screen. */
export function labelOf(label: Label | null | undefined): string {
  if (!label) return ''
  if (typeof label === 'string') return label
  return label[language.value] ?? label['en'] ?? Object.values(label)[0] ?? ''
}

export const te = (key: string): boolean => textAt(texts.get(language.value), key) !== undefined

/** The text of a key in the language of the screen, {names} filled in. Where it has several forms, `n` (or the value called n) says
 *  which; `t(key, n)` fills {n} in too. A key that is not there stands for itself. */
export function t(key: string, values?: Values | number, n?: number): string {
  const text = textAt(texts.get(language.value), key)
  if (text === undefined) return key
  const given = typeof values === 'number' ? { n: values } : values
  const many = n ?? (typeof given?.['n'] === 'number' ? given['n'] : null)
  return put(many === null ? text : formOf(text, many), given)
}

const words = { t, te }
/** For components; reading the language in their template is what draws them anew when it changes. */
export const useI18n = () => words

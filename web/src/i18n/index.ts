import { nextTick, ref, shallowRef } from 'vue'
import { compile } from '@intlify/core-base'
import { createI18n } from 'vue-i18n'
import type { Language as ElementLanguage } from 'element-plus/es/locale'
import type { Label } from '@/api/types'

export type Language = 'zh-CN' | 'en'
export const LANGUAGES: { key: Language; name: string }[] = [
  { key: 'zh-CN', name: '简体中文' },
  { key: 'en', name: 'English' },
]

export const language = ref<Language>('en')
export const elementLocale = shallowRef<ElementLanguage>()

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: false,
  missingWarn: false,
  fallbackWarn: false,
  warnHtmlMessage: false,
  messages: {},
  // Most texts have nothing to fill in and are what they say; reading each as a grammar costs the first screen.
  messageCompiler: (message, context) => (typeof message === 'string' && !/[{}@|\\]/.test(message) ? () => message : compile(message, context)) as never,
})

async function load(key: Language): Promise<void> {
  if (key === 'zh-CN') {
    const [app, element] = await Promise.all([import('@locale/app.zh-CN.json'), import('element-plus/es/locale/lang/zh-cn.mjs')])
    i18n.global.setLocaleMessage('zh-CN', app.default as never)
    elementLocale.value = element.default
  } else {
    const [app, element] = await Promise.all([import('@locale/app.en.json'), import('element-plus/es/locale/lang/en.mjs')])
    i18n.global.setLocaleMessage('en', app.default as never)
    elementLocale.value = element.default
  }
}

export async function setLanguage(key: Language): Promise<void> {
  await load(key)
  i18n.global.locale.value = key as never
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

export const t = (key: string, values?: { [name: string]: unknown } | number): string =>
  (i18n.global.t as (k: string, v?: unknown) => string)(key, values)
export const te = (key: string): boolean => i18n.global.te(key)

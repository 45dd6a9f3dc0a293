// Words that several sections share.
import type { Field, FieldType, Label } from '@/api/types'
import { labelOf, t } from '@/i18n'
import { entityOf, fieldOf } from '@/state/meta'

/** "Chrome · Windows" from what a browser says of itself. */
export function deviceOf(agent: string | null | undefined): string {
  if (!agent) return t('settings.unknown_device')
  const app = /Edg\//.test(agent) ? 'Edge' : /MicroMessenger/.test(agent) ? 'WeChat' : /Firefox\//.test(agent) ? 'Firefox' : /Chrome\//.test(agent) ? 'Chrome' : /Safari\//.test(agent) ? 'Safari' : agent.split(/[/ ]/)[0]!
  const os = /iPhone|iPad/.test(agent) ? 'iOS' : /Android/.test(agent) ? 'Android' : /Windows/.test(agent) ? 'Windows' : /Mac OS/.test(agent) ? 'macOS' : /Linux/.test(agent) ? 'Linux' : ''
  return os ? `${app} · ${os}` : app
}

/** Zones the browser knows; what is kept stands among them. */
export function zones(kept: string): string[] {
  const all = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : ['Asia/Shanghai', 'UTC']
  return kept && !all.includes(kept) ? [kept, ...all] : all
}

export const typeName = (type: string): string => t(`settings.type.${type}`)
export const labelText = (label: Label | null | undefined, language: 'en' | 'zh-CN'): string => (label && typeof label !== 'string' ? (label[language] ?? '') : (label ?? ''))
export const fieldName = (entity: string, field: string): string => labelOf(fieldOf(entityOf(entity), field)?.label) || field
export const isChoice = (f: Field): boolean => (f.type as FieldType) === 'choice' || f.type === 'multi_choice'

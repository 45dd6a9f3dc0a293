// Eight hues that also differ in lightness, and the avatar's colour, always the same for one name.
export const HUES = ['grey', 'blue', 'teal', 'green', 'amber', 'orange', 'red', 'violet'] as const
export type Hue = (typeof HUES)[number]

const ALIAS: { [name: string]: Hue } = { gray: 'grey', yellow: 'amber', purple: 'violet', indigo: 'violet', cyan: 'teal', pink: 'red', lime: 'green' }

export function hueOf(name: string | null | undefined): Hue | null {
  if (!name) return null
  if ((HUES as readonly string[]).includes(name)) return name as Hue
  return ALIAS[name] ?? null
}

/** A hue for a state without one: won and done green, lost red, the rest in their order. */
export function stateHue(key: string, color: string | null | undefined, index: number, kind?: string): Hue {
  const named = hueOf(color)
  if (named) return named
  const k = kind ?? key
  if (['won', 'converted', 'resolved', 'done', 'active', 'completed', 'qualified'].includes(k)) return 'green'
  if (['lost', 'unqualified', 'rejected', 'disabled'].includes(k)) return 'red'
  if (['closed', 'absent', 'cancelled'].includes(k)) return 'grey'
  return (['blue', 'teal', 'violet', 'amber', 'orange', 'grey'] as const)[index % 6]!
}

export function hash(text: string): number {
  let h = 2166136261
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619)
  return h >>> 0
}

/** Chinese: the last two characters; else the first letters of the first and last word. */
export function initials(name: string): string {
  const han = name.match(/\p{Script=Han}/gu)
  if (han && han.length) {
    const short = name.replace(/(有限责任公司|股份有限公司|有限公司|集团|公司)$/u, '') || name
    return (short.match(/\p{Script=Han}/gu) ?? han).slice(-2).join('')
  }
  const words = name.trim().split(/[\s.,_-]+/).filter(Boolean)
  const first = words[0]?.[0] ?? '?'
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? '') : (words[0]?.[1] ?? '')
  return (first + last).toUpperCase()
}

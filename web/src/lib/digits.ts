// Numbers, sums and days in the two languages, written without Intl: making the first Intl object of a page takes a telephone a
// tenth of a second, in the middle of its first list. Null: not one of the plain cases, Intl is to say it. The same texts as
// Intl's (a test compares them).
const COMMAS = ['zh-CN', 'en']
const SIGNS: { [currency: string]: string } = { CNY: '¥', USD: '$', EUR: '€', GBP: '£' }
const MOST = 1e15 // beyond it, toFixed and Intl round differently
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const grouped = (whole: string): string => whole.replace(/\B(?=(\d{3})+$)/g, ',')

/** A whole number; fractions are left to Intl, which rounds them. */
export function plainNumber(n: number, language: string): string | null {
  if (!COMMAS.includes(language) || !Number.isInteger(n) || Math.abs(n) >= MOST || Object.is(n, -0)) return null
  return (n < 0 ? '-' : '') + grouped(String(Math.abs(n)))
}

/** With so many digits behind the point; what has more is left to Intl, which rounds it. */
export function plainMoney(n: number, currency: string, language: string, digits = 0): string | null {
  const sign = SIGNS[currency]
  if (!sign || !COMMAS.includes(language) || !(Math.abs(n) < MOST / 10 ** digits) || Object.is(n, -0)) return null
  const [whole, part = ''] = String(Math.abs(n)).split('.') as [string, string?]
  if (part.length > digits || whole.includes('e')) return null
  return `${n < 0 ? '-' : ''}${sign}${grouped(whole)}${digits ? `.${part.padEnd(digits, '0')}` : ''}`
}

const UNITS: { [language: string]: [number, string][] } = {
  'zh-CN': [[1, ''], [1e4, '万'], [1e8, '亿'], [1e12, '万亿']],
  en: [[1, ''], [1e3, 'K'], [1e6, 'M'], [1e9, 'B'], [1e12, 'T']],
}

/** ¥1.2万, $1.5M: one digit behind the point at most. */
export function plainShortMoney(n: number, currency: string, language: string): string | null {
  const sign = SIGNS[currency]
  const units = UNITS[language]
  const most = Math.abs(n)
  if (!sign || !units || !(most < MOST) || Object.is(n, -0) || (n && most < 1)) return null
  let i = units.length - 1
  while (i && most < units[i]![0]) i--
  const tenths = (unit: number): number => Math.round(most / unit * 10)
  if (i + 1 < units.length && tenths(units[i]![0]) >= units[i + 1]![0] / units[i]![0] * 10) i++ // 999,960 is 1M
  return `${n < 0 ? '-' : ''}${sign}${tenths(units[i]![0]) / 10}${units[i]![1]}`
}

const two = (n: number): string => String(n).padStart(2, '0')
export const plainClock = (d: Date): string => `${two(d.getHours())}:${two(d.getMinutes())}`

export function plainDay(d: Date, withYear: boolean, language: string): string | null {
  if (d.getFullYear() < 1000) return null
  if (language === 'zh-CN') return `${withYear ? `${d.getFullYear()}年` : ''}${d.getMonth() + 1}月${d.getDate()}日`
  if (language === 'en') return `${MONTHS[d.getMonth()]} ${d.getDate()}${withYear ? `, ${d.getFullYear()}` : ''}`
  return null
}

export function plainTime(d: Date, language: string): string | null {
  const day = plainDay(d, true, language)
  if (day === null) return null
  if (language === 'zh-CN') return `${day} ${plainClock(d)}`
  return `${day}, ${d.getHours() % 12 || 12}:${two(d.getMinutes())} ${d.getHours() < 12 ? 'AM' : 'PM'}`
}

const NEAR: { [language: string]: string[] } = { 'zh-CN': ['前天', '昨天', '今天', '明天', '后天'], en: ['', 'yesterday', 'today', 'tomorrow'] }

/** So many days from today; whole ones. */
export function plainDays(n: number, language: string): string | null {
  const words = NEAR[language]
  if (!words) return null
  const far = Math.abs(n)
  return words[n + 2] || (language === 'en' ? (n < 0 ? `${far} days ago` : `in ${far} days`) : `${far}天${n < 0 ? '前' : '后'}`)
}

/** So many minutes from now; not none. */
export function plainMinutes(n: number, language: string): string | null {
  const far = Math.abs(n)
  if (language === 'en') return n < 0 ? `${far} min. ago` : `in ${far} min.`
  return language === 'zh-CN' ? `${far}分钟${n < 0 ? '前' : '后'}` : null
}

/** A stretch of time in two units at most: hours and minutes below two days, then days and hours, from ten days on days alone. */
export function twoUnits(minutes: number): { d: number; h: number; m: number } {
  const all = Math.abs(Math.round(minutes))
  if (all < 48 * 60) return { d: 0, h: Math.floor(all / 60), m: all % 60 }
  const hours = Math.round(all / 60)
  if (hours >= 240) return { d: Math.round(hours / 24), h: 0, m: 0 }
  return { d: Math.floor(hours / 24), h: hours % 24, m: 0 }
}

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

export function plainMoney(n: number, currency: string, language: string): string | null {
  const sign = SIGNS[currency]
  const text = sign ? plainNumber(Math.abs(n), language) : null
  return text === null || Object.is(n, -0) ? null : `${n < 0 ? '-' : ''}${sign}${text}`
}

const two = (n: number): string => String(n).padStart(2, '0')
export const plainClock = (d: Date): string => `${two(d.getHours())}:${two(d.getMinutes())}`

export function plainDay(d: Date, withYear: boolean, language: string): string | null {
  if (d.getFullYear() < 1000) return null
  if (language === 'zh-CN') return `${withYear ? `${d.getFullYear()}年` : ''}${d.getMonth() + 1}月${d.getDate()}日`
  if (language === 'en') return `${MONTHS[d.getMonth()]} ${d.getDate()}${withYear ? `, ${d.getFullYear()}` : ''}`
  return null
}

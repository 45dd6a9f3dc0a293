// The Chinese calendar by day, 1970 to 2100, from a table: for each year when it begins, which months have thirty days, and
// which month is followed by a leap month. The table was computed once with ICU's Chinese calendar (Unicode CLDR) and is held
// against it, day by day, by tests/e2e/calendar.test.mjs.

export interface LunarDay {
  year: number
  month: number
  leap: boolean
  day: number
  /** Days of the month: 29 or 30. */
  length: number
}

const FIRST_YEAR = 1970
const DAY_MS = 86_400_000
/** Base 36: bits 0–12 long months in their order, 13–16 the leap month, 17– days from 1 January to the first day. */
const TABLE = (
  '2t755 221qq 3ihci 2krol 1qmob 378ln 2dsq3 3qv1p 2vz3h 24yuh 3lay1 2qefm 1waat 3cvfp 2jsr1 3wity 31kty 27x6d 3o2qd 2t7s9 ' +
  '2236a 3ihzm 2nl7q 1qdzq 34fh3 2dsra 3tobe 2vzdh 24t6x 3l9op 2qd1v 1tfl7 3a0q3 2f597 1ngpm 31ld6 281g5 3qwtg 2w095 1z98z ' +
  '3fo2d 2kqi5 1qkbx 34fjp 2dz8q 3tosy 2ytut 252dm 3lb2i 2qe8l 1w8q6 3a0ra 2f5bp 1ngs2 34es2 27smd 3o4dh 2vz9m 1z6hj 3ctrf ' +
  '2hxej 1qe3a 378tl 2ec7m 3tpw2 2ytd1 251sb 3ih57 2njjf 1tisb 3a0tp 2f5gq 1nhw2 34g42 2auxx 3o3z9 2t6xh 1z831 3fmwm 2hxh1 ' +
  '1qene 379hl 2gnte 3tqj6 2ytra 24ymu 3ih5j 2njkm 1tcr9 3a15h 2hxs9 1ksk3 31llf 2808b 3o2ej 2qdsr 1z87u 3fn1m 2krqd 1qmve ' +
  '378sp 2dtw5 3tpqt 2vz1p 225kd 3ih85 2qcve 1tdph 3a2ed 2hyyy 1nogl 31ms6 2811q 3o2fq 2t705 1z8aa 3fnbm 2ksdh 1te8a 34eq3 ' +
  '2axzr 3qvfv 2vz2z 225li 3ihd6 2qd76 1w945 3a1xh 2f5aj 1knff 31l7v'
).split(' ').map((word) => parseInt(word, 36))

const dayNumber = (y: number, m: number, d: number): number => Date.UTC(y, m - 1, d) / DAY_MS

/** Of a civil date; null outside the table. */
export function lunarDay(y: number, m: number, d: number): LunarDay | null {
  const at = dayNumber(y, m, d)
  for (const year of [y, y - 1]) {
    const row = TABLE[year - FIRST_YEAR]
    if (row === undefined) continue
    let rest = at - dayNumber(year, 1, 1) - (row >>> 17)
    if (rest < 0) continue
    const leap = (row >>> 13) & 15
    for (let i = 0; i < (leap ? 13 : 12); i++) {
      const length = 29 + ((row >>> i) & 1)
      if (rest < length) {
        const after = leap > 0 && i >= leap
        return { year, month: after ? i : i + 1, leap: leap > 0 && i === leap, day: rest + 1, length }
      }
      rest -= length
    }
  }
  return null
}

const MONTHS = ['正月', '二月', '三月', '四月', '五月', '六月', '七月', '八月', '九月', '十月', '冬月', '腊月']
const DIGITS = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十']

export const lunarMonthName = (l: LunarDay): string => `${l.leap ? '闰' : ''}${MONTHS[l.month - 1]}`

export function lunarDayName(d: number): string {
  if (d <= 10) return `初${DIGITS[d - 1]}`
  if (d < 20) return `十${DIGITS[d - 11]}`
  if (d === 20) return '二十'
  return d < 30 ? `廿${DIGITS[d - 21]}` : '三十'
}

const FEASTS: { [at: string]: string } = { '1.1': '春节', '1.15': '元宵', '5.5': '端午', '7.7': '七夕', '7.15': '中元', '8.15': '中秋', '9.9': '重阳', '12.8': '腊八' }

export const lunarFeast = (l: LunarDay): string | null =>
  l.leap ? null : (FEASTS[`${l.month}.${l.day}`] ?? (l.month === 12 && l.day === l.length ? '除夕' : null))

/** What stands in a cell: the feast, the month on its first day, else the day. */
export const lunarShort = (l: LunarDay): string => lunarFeast(l) ?? (l.day === 1 ? lunarMonthName(l) : lunarDayName(l.day))

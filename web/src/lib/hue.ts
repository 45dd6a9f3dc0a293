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

const FIRM = /(股份有限公司|有限责任公司|集团有限公司|有限公司|集团|公司|总公司|分公司)$/u
const TRADE = /(科技|软件|信息|网络|能源|电子|医疗|器械|零售|制造|贸易|技术|实业|工业|控股|发展|服务|咨询|物流|食品|化工|电力|汽车|建设|文化|传媒|生物|医药|药业|智能|数据|设备|材料|机械)+$/u
const PLACE = /^(中国|北京|上海|深圳|广州|杭州|成都|武汉|苏州|南京|天津|重庆|西安|青岛|厦门|宁波|长沙|郑州|合肥|福州|济南|大连|无锡|东莞|佛山|沈阳|昆明|浙江|江苏|广东|山东|四川|福建|湖北|湖南|河南|河北|安徽)(省|市)?/u

/** People in Chinese: the last two characters. Firms: the two that set them apart, between the town and the trade. Else first letters. */
export function initials(name: string, firm = false): string {
  if (/\p{Script=Han}/u.test(name)) {
    let core = name.replace(/[（(].*?[）)]/gu, '')
    if (firm) {
      const bare = core.replace(FIRM, '').replace(FIRM, '')
      const trade = bare.replace(TRADE, '')
      core = (trade.length >= 2 ? trade : bare) || core
      const away = core.replace(PLACE, '')
      return (away.length >= 2 ? away : core).slice(0, 2)
    }
    return (core.match(/\p{Script=Han}/gu) ?? [name]).slice(-2).join('')
  }
  const words = name.trim().split(/[\s.,_-]+/).filter(Boolean)
  const first = words[0]?.[0] ?? '?'
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? '') : (words[0]?.[1] ?? '')
  return (first + last).toUpperCase()
}

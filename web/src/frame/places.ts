// Pages of their own that stand among the modules: behind which they come, and whose list they stand for.
import { computed } from 'vue'
import { labelOf, t } from '@/i18n'
import { entityOf, modules, reports } from '@/state/meta'
import { iconOf } from './icons'

interface Place {
  name: string
  path: string
  icon: string
  text: string
  words: string
  keys: string[]
  /** The module whose item this is; its list is reached from the page. Null: behind the modules. */
  module: string | null
  there: () => boolean
}

export const PLACES: Place[] = [
  { name: 'forecast', path: '/forecast', icon: 'forecast', text: 'frame.forecast', words: 'forecast quota 预期 预测 定额 指标', keys: ['g', 'f'], module: 'quota', there: () => entityOf('quota') !== undefined },
  { name: 'desk', path: '/desk', icon: 'case', text: 'frame.desk', words: 'service desk queue cases 客服 工单 投诉 队列', keys: ['g', 's'], module: 'case', there: () => entityOf('case') !== undefined },
  { name: 'reports', path: '/reports', icon: 'quota', text: 'frame.reports', words: 'reports charts analysis 报表 图表 分析 统计', keys: ['g', 'r'], module: null, there: () => reports.value.length > 0 },
]

export interface Item {
  key: string
  path: string
  icon: string
  text: string
  /** Plural of the entity whose records count as being here. */
  plural: string
}

/** The left bar: modules in the order of the work, a page in the place of its module's list. */
export const items = computed<Item[]>(() => [
  ...modules.value.map((m) => {
    const place = PLACES.find((p) => p.module === m.name && p.there())
    return { key: m.name, path: place?.path ?? `/${m.plural}`, icon: place?.icon ?? iconOf(m.name, m.icon), text: place ? t(place.text) : labelOf(m.plural_label), plural: m.plural }
  }),
])
export const further = computed<Item[]>(() => PLACES.filter((p) => p.module === null && p.there()).map((p) => ({ key: p.name, path: p.path, icon: p.icon, text: t(p.text), plural: '' })))

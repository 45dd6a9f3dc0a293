// ECharts with what our charts need and nothing else; loaded where a chart stands. Colours are the tokens of the moment.
import { BarChart, FunnelChart, LineChart, PieChart, type BarSeriesOption, type LineSeriesOption } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import { init, use, type EChartsCoreOption, type EChartsType } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([BarChart, LineChart, PieChart, FunnelChart, GridComponent, TooltipComponent, SVGRenderer])

export interface Series {
  name: string
  label: string
  values: (number | null)[]
  /** Beside it, paler: the same of another period. */
  before?: (number | null)[]
  hue?: string
}
export interface Drawing {
  kind: string
  points: string[]
  series: Series[]
  say: (n: number) => string
  saySmall: (n: number) => string
  /** Points are moments: they stand side by side, in their order. */
  inTime: boolean
  labels: { now: string; before: string }
}
export type Chart = EChartsType

const HUES = ['accent', 'dot-blue', 'dot-amber', 'dot-violet', 'dot-orange', 'dot-teal', 'dot-grey', 'dot-red']
/** What means the same everywhere has one colour everywhere. */
const MEANING: { [column: string]: string } = {
  won: 'dot-green', lost: 'dot-red', open: 'dot-grey', amount_won: 'dot-green', amount_lost: 'dot-red', amount_open: 'dot-grey',
  closed: 'dot-green', commit: 'accent', best_case: 'accent-line', pipeline: 'ghost-strong', quota: 'text', late: 'dot-red', timely: 'dot-green',
}

const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
const hueOf = (s: Series, i: number): string => token(s.hue ?? MEANING[s.name] ?? HUES[i % HUES.length]!)

export function begin(at: HTMLElement): Chart {
  return init(at, null, { renderer: 'svg' })
}

function text(size = 12, colour = 'text-2'): { color: string; fontSize: number; fontFamily: string } {
  return { color: token(colour), fontSize: size, fontFamily: token('font') }
}

function tooltip(d: Drawing, trigger: 'axis' | 'item'): object {
  return {
    trigger, axisPointer: { type: d.kind === 'line' ? 'line' : 'shadow', shadowStyle: { color: token('press'), opacity: 0.5 }, lineStyle: { color: token('line-strong') } },
    backgroundColor: token('raised'), borderColor: token('line'), borderWidth: 1, padding: [6, 10], textStyle: text(12, 'text'),
    extraCssText: 'box-shadow: var(--shadow); border-radius: 6px;', confine: true,
    valueFormatter: (v: unknown) => (typeof v === 'number' ? d.say(v) : '–'),
  }
}

function axes(d: Drawing, upright: boolean): object {
  const points = {
    type: 'category', data: d.points, inverse: !upright, boundaryGap: d.kind !== 'line', axisTick: { show: false }, axisLine: { lineStyle: { color: token('line-strong') } },
    axisLabel: { ...text(12, upright ? 'text-2' : 'text'), width: upright ? undefined : 132, overflow: 'truncate', hideOverlap: upright },
  }
  const values = {
    type: 'value', axisLabel: { ...text(11, 'text-3'), formatter: d.saySmall, hideOverlap: true }, splitNumber: 4, minInterval: d.series.every((x) => x.values.every((v) => v === null || Number.isInteger(v))) ? 1 : 0, splitLine: { lineStyle: { color: token('line') } },
  }
  return {
    grid: { left: 4, right: 24, top: 10, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: upright ? points : values, yAxis: upright ? values : points,
  }
}

function bars(d: Drawing): BarSeriesOption[] {
  const out: BarSeriesOption[] = []
  const piled = d.series.length > 1
  const one = (s: Series, i: number, values: (number | null)[], stack: string, before: boolean): BarSeriesOption => ({
    type: 'bar', name: before || s.before ? `${s.label} · ${before ? d.labels.before : d.labels.now}` : s.label, stack: piled ? stack : undefined, data: values, barMaxWidth: 22, barGap: '10%', cursor: 'pointer',
    itemStyle: { color: hueOf(s, i), opacity: before ? 0.42 : 1, borderColor: token('page'), borderWidth: piled ? 0.5 : 0, borderRadius: piled ? 0 : 2 },
    label: piled ? undefined : { show: true, position: d.inTime ? 'top' : 'right', ...text(11), formatter: (p) => (typeof p.value === 'number' ? d.saySmall(p.value) : '') },
  })
  d.series.forEach((s, i) => {
    out.push(one(s, i, s.values, 'now', false))
    if (s.before) out.push(one(s, i, s.before, 'before', true))
  })
  return out
}

function lines(d: Drawing): LineSeriesOption[] {
  const out: LineSeriesOption[] = []
  d.series.forEach((s, i) => {
    const colour = hueOf(s, i)
    const end = { show: d.series.length > 1, ...text(12), color: colour, formatter: s.label, distance: 4 }
    out.push({ type: 'line', name: s.label, data: s.values, symbol: 'circle', symbolSize: 6, lineStyle: { width: 2, color: colour }, itemStyle: { color: colour }, endLabel: end })
    if (s.before) out.push({ type: 'line', name: `${s.label} · ${d.labels.before}`, data: s.before, symbol: 'none', lineStyle: { width: 1.5, type: 'dashed', color: colour, opacity: 0.6 }, itemStyle: { color: colour } })
  })
  return out
}

function parts(d: Drawing): object {
  const values = d.series[0]?.values ?? []
  const data = d.points.map((name, i) => ({ name, value: values[i] ?? 0, itemStyle: { color: token(HUES[i % HUES.length]!) } }))
  const common = { data, itemStyle: { borderColor: token('page'), borderWidth: 1.5 }, cursor: 'pointer' }
  const label = { ...text(12, 'text'), formatter: (p: { name: string; value: number }) => `${p.name}  ${d.saySmall(p.value)}` }
  if (d.kind === 'funnel') return { ...common, type: 'funnel', sort: 'none', left: 8, right: '38%', top: 6, bottom: 6, gap: 3, minSize: '4%', funnelAlign: 'left', label: { ...label, position: 'rightTop' }, labelLine: { show: false } }
  return { ...common, type: 'pie', radius: ['52%', '78%'], label, labelLine: { length: 8, length2: 8, lineStyle: { color: token('line-strong') } } }
}

export function draw(chart: Chart, d: Drawing): void {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  const upright = d.inTime || d.kind === 'line'
  const round = d.kind === 'share' || d.kind === 'funnel'
  const option: EChartsCoreOption = {
    animation: !still, animationDuration: 240, aria: { enabled: false },
    tooltip: tooltip(d, round ? 'item' : 'axis'),
    ...(round ? {} : axes(d, upright)),
    series: round ? [parts(d)] : d.kind === 'line' ? lines(d) : bars(d),
  }
  if (d.kind === 'line' && d.series.length > 1) (option['grid'] as { right: number }).right = 84
  chart.setOption(option, true)
}

/** For the names that stand over a chart: what colour is which. */
export const colours = (series: Series[]): string[] => series.map(hueOf)

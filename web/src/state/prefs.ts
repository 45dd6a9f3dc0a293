// What one person set on this machine.
import { ref, watch } from 'vue'

function kept<T>(key: string, first: T) {
  const name = `zhike.${key}`
  let value = first
  try {
    const text = localStorage.getItem(name)
    if (text !== null) value = JSON.parse(text) as T
  } catch {
    /* a broken entry counts as none */
  }
  const r = ref(value)
  watch(r, (v) => localStorage.setItem(name, JSON.stringify(v)), { deep: true })
  return r
}

export type Theme = 'system' | 'light' | 'dark'
export const theme = kept<Theme>('theme', 'system')
export const sideSlim = kept<boolean>('side', false)
export const columnsOf = kept<{ [entity: string]: string[] }>('columns', {})
/** Columns of boards that are folded, or unfolded though they are empty: "entity.field.value". */
export const foldedColumns = kept<{ [column: string]: boolean }>('folded', {})
/** Null: as the language suggests. */
export const lunarDates = kept<boolean | null>('lunar', null)
export const calendarAlso = kept<string[]>('calendar', ['opportunity.close_date'])
/** Columns' widths by "entity/view"; what part of the width a split list takes. */
export const widthsOf = kept<{ [view: string]: { [column: string]: number } }>('widths', {})
export const splitAt = kept<number>('split', 36)
export const homeScope = kept<'mine' | 'all' | null>('home', null)
export const recent = kept<{ entity: string; id: string; name: string }[]>('recent', [])

const system = matchMedia('(prefers-color-scheme: dark)')

export function applyTheme(): void {
  const dark = theme.value === 'dark' || (theme.value === 'system' && system.matches)
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
}
system.addEventListener('change', applyTheme)
watch(theme, applyTheme)

export function visited(entity: string, id: string, name: string): void {
  recent.value = [{ entity, id, name }, ...recent.value.filter((r) => r.id !== id)].slice(0, 12)
}

export const phone = ref(false)
const narrow = matchMedia('(max-width: 760px)')
phone.value = narrow.matches
narrow.addEventListener('change', (e) => (phone.value = e.matches))

// Keys of the whole app. Letters count only where nobody is typing and nothing else is open.
import { onBeforeUnmount, onMounted } from 'vue'
import type { Router } from 'vue-router'
import { commands } from './commands'
import { keysHelp, lineText, paletteOpen } from './frameState'

const SEQUENCE_MS = 1200

function typing(e: KeyboardEvent): boolean {
  const el = e.target as HTMLElement | null
  return Boolean(el?.closest('input, textarea, select, [contenteditable="true"], [role="dialog"], .el-popper, [data-keys="own"]'))
}

export function useKeys(router: Router): void {
  let first = ''
  let timer = 0
  function key(e: KeyboardEvent): void {
    if ((e.ctrlKey || e.metaKey) && !e.shiftKey && !e.altKey && e.key.toLowerCase() === 'k') {
      e.preventDefault()
      paletteOpen.value = !paletteOpen.value
      return
    }
    if (e.defaultPrevented || e.isComposing || e.ctrlKey || e.metaKey || e.altKey || typing(e)) return
    if (paletteOpen.value || keysHelp.value || lineText.value !== null) return
    if (e.key === '/') {
      e.preventDefault()
      paletteOpen.value = true
      return
    }
    const pressed = first ? [first, e.key] : [e.key]
    clearTimeout(timer)
    first = ''
    const command = commands(router).find((c) => c.keys?.join(' ') === pressed.join(' '))
    if (command) {
      e.preventDefault()
      command.run()
    } else if (e.key === 'g' && pressed.length === 1) {
      first = 'g'
      timer = window.setTimeout(() => { first = '' }, SEQUENCE_MS)
    }
  }
  onMounted(() => window.addEventListener('keydown', key))
  onBeforeUnmount(() => { clearTimeout(timer); window.removeEventListener('keydown', key) })
}

// A double click is one click: on what creates, saves or decides, and where the first click opened or closed a window. A server
// that answers between the two would else be asked twice, or the second would fall on what came to stand below the hand: the
// button that took the first one's place, the shade of the dialog that just opened (which would close it again), a row of the
// list behind the dialog that just closed. Who really wants it twice waits a moment.
const DECIDES = '.btn.primary'
const LAYERS = '.el-overlay, .el-popper'

export function oneClick(page: Document): void {
  let first: Element | null = null // the layer that the first click fell on
  const layerOf = (e: Event) => (e.target as Element | null)?.closest?.(LAYERS) ?? null
  // A key that is held down presses again and again.
  page.addEventListener('keydown', (e) => {
    const at = e.target as HTMLElement | null
    if (e.key === 'Enter' && e.repeat && (at?.closest(DECIDES) || (at instanceof HTMLInputElement && at.form))) e.preventDefault()
  }, true)
  page.addEventListener('click', (e) => {
    // detail: how many clicks followed each other; 0 where a key pressed the button.
    if (e.detail < 2) {
      first = layerOf(e)
      return
    }
    if (layerOf(e) === first && !(e.target as Element | null)?.closest?.(DECIDES)) return
    e.preventDefault()
    e.stopImmediatePropagation()
  }, true)
}

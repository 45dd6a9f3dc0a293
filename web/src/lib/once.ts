// A double click on what creates, saves or decides is one click. A server that answers between the two would else be asked twice,
// or the second would fall on the button that took the first one's place. Who really wants it twice waits a moment.
const DECIDES = '.btn.primary'

export function oneClick(page: Document): void {
  // A key that is held down presses again and again.
  page.addEventListener('keydown', (e) => {
    const at = e.target as HTMLElement | null
    if (e.key === 'Enter' && e.repeat && (at?.closest(DECIDES) || (at instanceof HTMLInputElement && at.form))) e.preventDefault()
  }, true)
  page.addEventListener('click', (e) => {
    // detail: how many clicks followed each other; 0 where a key pressed the button.
    if (e.detail < 2 || !(e.target as Element | null)?.closest?.(DECIDES)) return
    e.preventDefault()
    e.stopImmediatePropagation()
  }, true)
}

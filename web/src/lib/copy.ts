/** Puts a text on the clipboard. Browsers give the clipboard only to pages with TLS; elsewhere the old way is gone: a field that is
 *  selected and copied. False: the browser allows neither. */
export async function toClipboard(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text)
      return true
    } catch {
      /* not allowed: the old way */
    }
  }
  const was = document.activeElement as HTMLElement | null
  const field = document.createElement('textarea')
  field.value = text
  field.readOnly = true
  field.style.cssText = 'position:fixed;top:0;left:0;opacity:0'
  // Inside an open dialog: a trapped focus would be taken away at once.
  ;(was?.closest('[role="dialog"]') ?? document.body).append(field)
  field.select()
  let done = false
  try {
    done = document.execCommand('copy')
  } catch {
    /* nor this */
  }
  field.remove()
  was?.focus()
  return done
}

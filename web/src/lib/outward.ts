// Links that leave the app for the telephone, the mail program, the map.
import type { Rec } from '@/api/types'

/** "+86 755-2688 1234 转801" → tel:+8675526881234,801 (the comma waits before the extension). */
export function telOf(typed: string): string {
  const text = typed.normalize('NFKC')
  const ext = /(?:转|分机|ext\.?|x|#)\s*(\d{1,6})\s*$/i.exec(text)
  const number = (ext ? text.slice(0, ext.index) : text).replace(/\(0\)/g, '').replace(/[^\d+]/g, '')
  return `tel:${number}${ext ? `,${ext[1]}` : ''}`
}

/** A map the device can open: the phone's own, else one on the web that the language's readers use. */
export function mapOf(place: string, record: Rec | undefined, language: string): string {
  const parts = ['region', 'city'].map((n) => record?.[n]).filter((v): v is string => typeof v === 'string' && v !== '' && !place.includes(v))
  const q = encodeURIComponent([...parts, place].join(' '))
  const agent = navigator.userAgent
  if (/Android/i.test(agent)) return `geo:0,0?q=${q}`
  if (/iPhone|iPad|Macintosh/i.test(agent)) return `https://maps.apple.com/?q=${q}`
  return language.startsWith('zh') ? `https://ditu.amap.com/search?query=${q}` : `https://www.openstreetmap.org/search?query=${q}`
}

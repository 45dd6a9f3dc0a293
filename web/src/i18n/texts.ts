// Texts with {names} to fill in and, divided by " | ", forms by number: two (one, many) or three (none, one, many).

export type Texts = { [key: string]: string | Texts }
export type Values = { [name: string]: unknown }

export function textAt(texts: Texts | undefined, key: string): string | undefined {
  let at: string | Texts | undefined = texts
  for (const part of key.split('.')) {
    if (typeof at !== 'object' || !Object.hasOwn(at, part)) return undefined
    at = at[part]
  }
  return typeof at === 'string' ? at : undefined
}

export function formOf(text: string, n: number): string {
  if (!text.includes(' | ')) return text
  const forms = text.split(' | ')
  const count = Math.abs(n)
  const which = forms.length === 2 ? (count === 1 ? 0 : 1) : count === 0 ? 0 : count === 1 ? 1 : 2
  return forms[Math.min(which, forms.length - 1)]!
}

export function put(text: string, values: Values | undefined): string {
  if (!text.includes('{')) return text
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values?.[name] ?? ''))
}

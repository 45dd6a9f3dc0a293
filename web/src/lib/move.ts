/** The same list with one member elsewhere. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list]
  const [one] = next.splice(from, 1)
  next.splice(to, 0, one!)
  return next
}

/** When what stands now has been painted: then a page goes on with what may come a moment later, so that its head is seen first and
 *  a slow telephone stays awake in between. */
export function painted(): Promise<void> {
  return new Promise((done) => {
    if (document.hidden) setTimeout(done)
    else requestAnimationFrame(() => setTimeout(done))
  })
}

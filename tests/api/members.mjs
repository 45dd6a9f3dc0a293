// What the cases about members of campaigns share.

/** Piece by piece until nobody is left. */
export async function addAll(run, path, body) {
  const sum = { added: 0, already: 0, suppressed: 0, pieces: 0 }
  for (let after = null, operation = null; ; ) {
    const r = (await run.admin.post(path, { ...body, ...(after ? { after, operation } : {}) }, { expect: 200 })).body
    sum.added += r.added
    sum.already += r.already
    sum.suppressed += r.suppressed
    sum.pieces++
    ;({ after, operation } = r)
    sum.operation = operation
    if (!after) return sum
  }
}
export const counted = async (run, records) => (await run.admin.get(`${records}&count=exact&limit=1`)).body.count

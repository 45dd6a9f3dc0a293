// Real complaints about banks: what the views say of them must be what the files say, counted here by other means.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { dirname, join } from 'node:path'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')
const folder = join(process.env.ZHIKE_TEST_DATA || join(root, '../shared/data'), 'cfpb-complaints')
const files = [
  { name: 'cfpb_CapitalPrince100_1000.csv', map: 'complaints-2013', id: 'complaint_id', product: 'product', issue: 'issue', timely: 'timely_response' },
  { name: 'cfpb_aravindsriraj_with_narrative.csv', map: 'complaints-2023', id: 'Complaint ID', product: 'Product', issue: 'Issue', timely: 'Timely response?' },
]

/** RFC 4180, and nothing else. */
function cut(text) {
  const rows = [[]]
  let cell = ''
  let quoted = false
  const end = () => { rows.at(-1).push(cell); cell = '' }
  for (let i = 0; i < text.length; i++) {
    const x = text[i]
    if (quoted && x === '"' && text[i + 1] === '"') { cell += x; i++ }
    else if (x === '"') quoted = !quoted
    else if (x === ',' && !quoted) end()
    else if (x === '\n' && !quoted) { end(); rows.push([]) }
    else if (x !== '\r' || quoted) cell += x
  }
  if (cell || rows.at(-1).length) end()
  const [head, ...body] = rows.filter((r) => r.length > 1)
  return body.map((r) => Object.fromEntries(head.map((h, i) => [h, r[i]])))
}

it('SERV-8.2: timely shares of real complaints by product and by issue are the files’ own', async (run, assert) => {
  if (!files.every((f) => existsSync(join(folder, f.name)))) return console.log('skip: no ZHIKE_TEST_DATA with cfpb-complaints')
  const product = new Map()
  const issue = new Map()
  const ids = new Set()
  for (const f of files) {
    const loaded = run.server.cli('import', 'case', join(folder, f.name), '--map', join(root, `tests/data/cfpb/${f.map}.json`), '--create-missing')
    assert.equal(loaded.status, 0, loaded.stdout + loaded.stderr)
    for (const row of cut(readFileSync(join(folder, f.name), 'utf8'))) {
      if (ids.has(row[f.id])) continue
      ids.add(row[f.id])
      for (const [map, key] of [[product, row[f.product]], [issue, row[f.issue]]]) {
        const is = map.get(key.toLowerCase()) ?? { total: 0, timely: 0 }
        map.set(key.toLowerCase(), { total: is.total + 1, timely: is.timely + (row[f.timely] === 'Yes') })
      }
    }
  }
  assert.ok(ids.size > 3000)
  const check = async (by, wanted) => {
    const { rows } = (await run.admin.get(`/views/case_timely?by=${by}`)).body
    const seen = new Map(rows.filter((r) => r.name).map((r) => [r.name.toLowerCase(), r]))
    for (const [name, w] of wanted) {
      const r = seen.get(name)
      assert.ok(r, `${by}: no ${name}`)
      assert.deepEqual([r.total.value, r.timely.value, r.share.value], [w.total, w.timely, Math.floor((w.timely * 10000) / w.total) / 100], `${by} ${name}`)
    }
    const first = rows.find((r) => r.name?.toLowerCase() === [...wanted.keys()][0])
    assert.equal((await run.admin.get(`${first.timely.records}&limit=1&count=exact`)).body.count, first.timely.value)
  }
  await check('product', product)
  await check('category', issue)
}, { own: true })

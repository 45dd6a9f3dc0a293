// What the import wizard stands on: the first rows, what is there already before anything is written, kept mappings.

async function tried(run, body) {
  const { job } = (await run.admin.post('/imports', body, { expect: 202 })).body
  for (let i = 0; i < 300; i++) {
    const state = (await run.admin.get(`/jobs/${job}`)).body
    if (['done', 'failed', 'cancelled'].includes(state.state)) return state
    await new Promise((d) => setTimeout(d, 100))
  }
  throw new Error('the job did not end')
}
async function upload(run, name, text) {
  const f = new FormData()
  f.append('file', new Blob([text]), name)
  return (await run.admin.call('POST', '/files', { raw: f, expect: 201 })).body.id
}

it('a dry run shows the first rows and what is there already; those are updated or left alone', async (run, assert) => {
  const mark = run.fresh()
  const there = await run.admin.make('leads', { name: 'Known', email: `known-${mark}@example.com`, company: 'Before' })
  const rows = ['姓名,邮箱,公司', `Known,KNOWN-${mark}@example.com,After`]
  for (let i = 0; i < 12; i++) rows.push(`New ${i},new-${mark}-${i}@example.com,"a, b"`)
  const file = await upload(run, 'leads.csv', rows.join('\n'))
  const dry = await tried(run, { entity: 'lead', file, match: 'email', dry_run: true })
  assert.equal(dry.state, 'done', JSON.stringify(dry.error))
  assert.deepEqual([dry.result.created, dry.result.updated, dry.result.operation], [12, 1, null])
  const { plan } = dry.result
  assert.equal(plan.preview.length, 8)
  assert.deepEqual(plan.preview[1], ['New 0', `new-${mark}-0@example.com`, 'a, b'])
  assert.equal(plan.existing.count, 1)
  assert.deepEqual([plan.existing.rows[0].row, plan.existing.rows[0].id], [2, there.id])
  assert.equal((await run.admin.get(`/leads?where=email LIKE 'new-${mark}%25'&count=exact`)).body.count, 0, 'nothing is written')
  const spared = await tried(run, { entity: 'lead', file, match: 'email', skip_existing: true })
  assert.deepEqual([spared.result.created, spared.result.updated, spared.result.skipped], [12, 0, 1])
  assert.equal((await run.admin.get(`/leads/${there.id}`)).body.company, 'Before')
  const changed = await tried(run, { entity: 'lead', file, match: 'email' })
  assert.deepEqual([changed.result.created, changed.result.updated], [0, 1])
  assert.equal((await run.admin.get(`/leads/${there.id}`)).body.company, 'After')
  await run.admin.post(`/operations/${spared.result.operation}/undo`, {}, { expect: 200 })
  assert.equal((await run.admin.get(`/leads?where=email LIKE 'new-${mark}%25'&count=exact`)).body.count, 0)
}, { own: true })

it('mappings are kept by name, one’s own alone', async (run, assert) => {
  const map = { columns: { Firma: 'company', X: null }, dates: { created_at: 'D/M/YYYY' } }
  const first = (await run.admin.post('/mappings', { entity: 'lead', name: 'Fair', map }, { expect: 200 })).body
  assert.deepEqual(first.map, map)
  const again = (await run.admin.post('/mappings', { entity: 'lead', name: 'Fair', map: { columns: {} } }, { expect: 200 })).body
  await run.admin.post('/mappings', { entity: 'account', name: 'Fair', map }, { expect: 200 })
  const leads = (await run.admin.get('/mappings?entity=lead')).body.mappings
  assert.deepEqual(leads.map((m) => [m.id, m.name, m.map]), [[again.id, 'Fair', { columns: {} }]])
  assert.equal((await run.admin.get('/mappings')).body.mappings.length, 2)
  await run.admin.post('/mappings', { entity: 'planet', name: '', map: 7 }, { expect: 422 })
  await run.admin.post('/mappings', { entity: 'lead', name: 'Large', map: { columns: { x: 'y'.repeat(61000) } } }, { expect: 422 })
  for (const m of (await run.admin.get('/mappings')).body.mappings) await run.admin.del(`/mappings/${m.id}`)
  await run.admin.call('DELETE', `/mappings/${again.id}`, { expect: 404 })
}, { own: true })

// One line of text to a proposal; and events from a given place on.

it('one line is read into the fields of an entity, and nothing is written', async (run, assert) => {
  const before = (await run.admin.get('/leads?limit=1&count=exact')).body.count
  const r = await run.admin.post('/leads/parse', { text: '张伟 华为 13800138000 展会' }, { expect: 200 })
  assert.deepEqual(r.body.record, { name: '张伟', company: '华为', mobile: '13800138000', source: 'exhibition' })
  assert.deepEqual(r.body.parts.map((p) => [p.field, p.text]).sort(), [['company', '华为'], ['mobile', '13800138000'], ['name', '张伟'], ['source', '展会']])
  assert.equal(r.body.rest, null)
  const deal = await run.admin.post('/opportunities/parse', { text: '华为 二期 1.5万' }, { expect: 200 })
  assert.deepEqual(deal.body.record, { name: '华为 二期', amount: 15000 })
  assert.equal((await run.admin.get('/leads?limit=1&count=exact')).body.count, before)
  await run.admin.post('/leads/parse', { text: '' }, { expect: 422 })
  await run.admin.post('/leads/parse', { text: 7 }, { expect: 422 })
  await run.admin.post('/leads/parse', { text: 'x'.repeat(251) }, { expect: 422 })
  await run.admin.post('/planets/parse', { text: 'x' }, { expect: 404 })
  // What is proposed can be created as it is.
  const made = await run.admin.make('leads', r.body.record)
  assert.equal(made.company, '华为')
})

it('events begin behind a number where no header can be sent', async (run, assert) => {
  await run.admin.get('/events?since=x', { expect: 400 })
  await run.admin.get('/events?since=-1', { expect: 400 })
  const first = await run.admin.make('leads', { name: 'Heard later' })
  const abort = new AbortController()
  const r = await fetch(`${run.server.base}/api/v1/events?since=0`, { headers: { authorization: `Bearer ${run.admin.auth.token}` }, signal: abort.signal })
  let text = ''
  for await (const piece of r.body.pipeThrough(new TextDecoderStream())) {
    text += piece
    if (text.includes(`"id":"${first.id}"`)) break
  }
  abort.abort()
  assert.ok(text.includes(`"id":"${first.id}"`))
}, { own: true })

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
  const hear = async (path, id, then) => {
    const abort = new AbortController()
    const r = await fetch(`${run.server.base}/api/v1${path}`, { headers: { authorization: `Bearer ${run.admin.auth.token}` }, signal: abort.signal })
    let text = ''
    await then?.()
    for await (const piece of r.body.pipeThrough(new TextDecoderStream())) {
      text += piece
      if (text.includes(`"id":"${id()}"`) && text.endsWith('\n\n')) break
    }
    abort.abort()
    return text
  }
  let first
  const heard = await hear('/events', () => first?.id, async () => { first = await run.admin.make('leads', { name: 'Heard at once' }) })
  const seq = /^id: ?(\d+)$/m.exec(heard.slice(heard.lastIndexOf('id:', heard.indexOf(`"id":"${first.id}"`))))?.[1] ?? [...heard.matchAll(/^id: ?(\d+)$/gm)].at(-1)[1]
  const second = await run.admin.make('leads', { name: 'Heard later' })
  const later = await hear(`/events?since=${seq}`, () => second.id)
  assert.ok(later.includes(`"id":"${second.id}"`))
  assert.ok(!later.includes(`"id":"${first.id}"`), 'what was heard is not told again')
}, { own: true })

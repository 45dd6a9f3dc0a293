// The verbs that every entity has.
it('a record is made, read, changed, deleted and brought back', async (run, assert) => {
  const made = await run.admin.post('/accounts', { name: ' Acme  ', type: 'customer', annual_revenue: 1234.5, currency: 'USD' }, { expect: 201 })
  const r = made.body
  assert.equal(made.headers.get('location'), `/api/v1/accounts/${r.id}`)
  assert.equal(made.headers.get('etag'), '"1"')
  assert.equal(r.name, 'Acme')
  assert.equal(r.annual_revenue, 1234.5)
  assert.equal(r.version, 1)
  assert.equal(r.owner.name, 'admin')
  const got = await run.admin.get(`/accounts/${r.id}`)
  assert.deepEqual(got.body, r)
  assert.equal(got.headers.get('etag'), '"1"')
  const changed = await run.admin.patch(`/accounts/${r.id}`, { phone: '+86 10 6552 9988', type: null, annual_revenue: '99.99' }, { expect: 200 })
  assert.equal(changed.body.version, 2)
  assert.equal(changed.body.type, null)
  assert.equal(changed.body.annual_revenue, 99.99)
  assert.equal(changed.headers.get('etag'), '"2"')
  await run.admin.del(`/accounts/${r.id}`)
  await run.admin.call('GET', `/accounts/${r.id}`, { expect: 404 })
  const bin = await run.admin.get(`/accounts/${r.id}?deleted=true`)
  assert.equal(bin.body.id, r.id)
  assert.ok((await run.admin.get('/accounts?deleted=true')).body.records.some((x) => x.id === r.id))
  assert.ok(!(await run.admin.get('/accounts')).body.records.some((x) => x.id === r.id))
  const back = await run.admin.call('POST', `/accounts/${r.id}/restore`, { expect: 200 })
  assert.equal(back.body.name, 'Acme')
  await run.admin.call('POST', `/accounts/${r.id}/restore`, { body: {}, expect: 409 })
})

it('all that is wrong with a record is said at once', async (run, assert) => {
  const bad = await run.admin.post(
    '/accounts',
    { nme: 'x', type: 'king', email: 'no', annual_revenue: 'much', employees: 1.5, parent: '999999999', version: 7 },
    { expect: 422 },
  )
  const fields = bad.body.errors.map((e) => e.field)
  for (const f of ['nme', 'type', 'email', 'annual_revenue', 'employees', 'name', 'version', 'parent']) assert.ok(fields.includes(f), `${f} of ${fields}`)
  for (const e of bad.body.errors) assert.ok(e.message.length > 2 && !e.message.startsWith('message.'), JSON.stringify(e))
})

it('If-Match refuses what has changed since', async (run, assert) => {
  const r = await run.admin.make('accounts', { name: 'Versions' })
  await run.admin.patch(`/accounts/${r.id}`, { city: 'A' }, { headers: { 'if-match': '"1"' }, expect: 200 })
  const stale = await run.admin.patch(`/accounts/${r.id}`, { city: 'B' }, { headers: { 'if-match': '"1"' }, expect: 412 })
  assert.equal(stale.body.code, 'stale')
  await run.admin.call('DELETE', `/accounts/${r.id}`, { headers: { 'if-match': '"1"' }, expect: 412 })
  await run.admin.patch(`/accounts/${r.id}`, { city: 'B' }, { headers: { 'if-match': '"nonsense"' }, expect: 412 })
  await run.admin.patch(`/accounts/${r.id}`, { city: 'B' }, { headers: { 'if-match': '*' }, expect: 200 })
  assert.equal((await run.admin.get(`/accounts/${r.id}`)).body.version, 3)
})

it('of two writers on one version one wins', async (run, assert) => {
  const r = await run.admin.make('accounts', { name: 'Race' })
  for (let round = 1; round <= 5; round++) {
    const both = await Promise.all(
      ['a', 'b'].map((city) => run.admin.patch(`/accounts/${r.id}`, { city: city + round }, { headers: { 'if-match': `"${round}"` } })),
    )
    assert.deepEqual(both.map((x) => x.status).sort(), [200, 412])
  }
}, { own: true })

it('an Idempotency-Key does it once', async (run, assert) => {
  const headers = { 'idempotency-key': `key-${run.engine}-1` }
  const first = await run.admin.post('/accounts', { name: 'Once' }, { headers, expect: 201 })
  const again = await run.admin.post('/accounts', { name: 'Once' }, { headers, expect: 201 })
  assert.deepEqual(again.body, first.body)
  assert.equal(again.headers.get('location'), first.headers.get('location'))
  assert.equal(again.headers.get('etag'), first.headers.get('etag'))
  assert.equal(again.headers.get('idempotency-replayed'), 'true')
  const other = await run.admin.post('/accounts', { name: 'Twice' }, { headers, expect: 422 })
  assert.equal(other.body.code, 'idempotency_key_reused')
  assert.equal((await run.admin.get("/accounts?where=name IN ('Once','Twice')")).body.records.length, 1)
  const refused = { 'idempotency-key': `key-${run.engine}-2` }
  await run.admin.post('/accounts', { name: '' }, { headers: refused, expect: 422 })
  await run.admin.post('/accounts', { name: 'Mended' }, { headers: refused, expect: 201 })
  const key = { 'idempotency-key': `key-${run.engine}-3` }
  const many = await Promise.all(Array.from({ length: 8 }, () => run.admin.post('/accounts', { name: 'Burst' }, { headers: key, expect: 201 })))
  assert.equal(new Set(many.map((m) => m.body.id)).size, 1)
  await run.admin.post('/accounts', { name: 'x' }, { headers: { 'idempotency-key': 'k'.repeat(201) }, expect: 400 })
}, { own: true })

it('lists: conditions, order, parts, pages, counts', async (run, assert) => {
  const tag = 'pages'
  for (let i = 0; i < 7; i++) await run.admin.make('accounts', { name: `Page ${i}`, city: tag, employees: i % 3 })
  const where = encodeURIComponent(`city = '${tag}'`)
  let after = ''
  const seen = []
  for (let n = 0; n < 10; n++) {
    const page = await run.admin.get(`/accounts?where=${where}&order=employees DESC, name&limit=3${after}`)
    seen.push(...page.body.records.map((r) => r.name))
    if (!page.body.next) break
    after = `&after=${encodeURIComponent(page.body.next)}`
  }
  assert.deepEqual(seen, ['Page 2', 'Page 5', 'Page 1', 'Page 4', 'Page 0', 'Page 3', 'Page 6'])
  assert.equal((await run.admin.get(`/accounts?where=${where}&count=exact&limit=1`)).body.count, 7)
  assert.equal(typeof (await run.admin.get(`/accounts?where=${where}&count=estimate&limit=1`)).body.count, 'number')
  const part = await run.admin.get(`/accounts?where=${where}&select=name,owner.name,owner.team.name&limit=1`)
  assert.deepEqual(Object.keys(part.body.records[0]).sort(), ['id', 'name', 'owner'])
  assert.equal(part.body.records[0].owner.name, 'admin')
  const bad = await run.admin.call('GET', `/accounts?where=${encodeURIComponent("city = 'x' AND nme = 1")}`, { expect: 400 })
  assert.equal(bad.body.position, 15)
  for (const q of ['limit=0', 'limit=201', 'limit=x', 'count=maybe', 'deleted=maybe', 'after=garbage', 'order=nope', 'colour=red'])
    await run.admin.call('GET', `/accounts?${q}`, { expect: 400 })
})

it('references: by id, by key, to any record', async (run, assert) => {
  const a = await run.admin.make('accounts', { name: 'Ref GmbH' })
  const c = await run.admin.make('contacts', { name: 'Rita Ref', account: a.id })
  assert.deepEqual(c.account, { id: a.id, name: 'Ref GmbH' })
  const o = await run.admin.make('opportunities', { name: 'Deal', account: a.id, stage: 'proposal', amount: 100, currency: 'CNY' })
  assert.equal(o.stage, 'proposal')
  const task = await run.admin.make('activities', { kind: 'task', subject: 'Ring', about: `opportunity/${o.id}` })
  assert.deepEqual(task.about, { entity: 'opportunity', id: o.id, name: 'Deal' })
  assert.equal(task.name, 'Ring')
  const contacts = await run.admin.get(`/accounts/${a.id}/contacts`)
  assert.deepEqual(contacts.body.records.map((x) => x.id), [c.id])
  const activities = await run.admin.get(`/opportunities/${o.id}/activities?select=subject`)
  assert.equal(activities.body.records[0].subject, 'Ring')
  assert.equal((await run.admin.get(`/accounts/${a.id}/opportunities?where=stage.kind = 'open'&count=exact`)).body.count, 1)
  await run.admin.call('GET', `/accounts/${a.id}/contacts?via=owner`, { expect: 400 })
  await run.admin.call('GET', `/accounts/${a.id}/nothing`, { expect: 404 })
  await run.admin.call('GET', '/accounts/999999999/contacts', { expect: 404 })
  await run.admin.post('/contacts', { name: 'X', account: 'Ref GmbH' }, { expect: 422 })
  await run.admin.post('/contacts', { name: 'X', account: c.id }, { expect: 422 })
})

it('history and timeline tell who changed what, newest first', async (run, assert) => {
  const r = await run.admin.make('accounts', { name: 'Told' })
  await run.admin.patch(`/accounts/${r.id}`, { city: 'Wuhan' }, { expect: 200 })
  await run.admin.patch(`/accounts/${r.id}`, { city: 'Xian' }, { expect: 200 })
  await run.admin.make('activities', { kind: 'note', subject: 'A note', about: `account/${r.id}` })
  const h = (await run.admin.get(`/accounts/${r.id}/history`)).body
  assert.equal(h.changes.length, 3)
  assert.deepEqual(h.changes[0].fields, { city: { old: 'Wuhan', new: 'Xian' } })
  assert.equal(h.changes[0].by.name, 'admin')
  const first = (await run.admin.get(`/accounts/${r.id}/history?limit=2`)).body
  assert.equal(first.changes.length, 2)
  const rest = (await run.admin.get(`/accounts/${r.id}/history?limit=2&after=${encodeURIComponent(first.next)}`)).body
  assert.equal(rest.changes.length, 1)
  const t = (await run.admin.get(`/accounts/${r.id}/timeline`)).body
  assert.ok(t.changes.length >= 2)
  await run.admin.call('GET', '/accounts/999999999/history', { expect: 404 })
  await run.admin.call('GET', '/accounts/999999999/timeline', { expect: 404 })
})

it('what must be unique is a conflict', async (run, assert) => {
  await run.admin.make('accounts', { name: 'Old 1', external_id: 'EXT-1' })
  const clash = await run.admin.post('/accounts', { name: 'Old 2', external_id: 'ext-1' }, { expect: 409 })
  assert.equal(clash.body.errors[0].field, 'external_id')
})

it('a circle of parents is refused', async (run, assert) => {
  const a = await run.admin.make('accounts', { name: 'Top' })
  const b = await run.admin.make('accounts', { name: 'Below', parent: a.id })
  const bad = await run.admin.patch(`/accounts/${a.id}`, { parent: b.id }, { expect: 422 })
  assert.equal(bad.body.errors[0].field, 'parent')
  await run.admin.patch(`/accounts/${a.id}`, { parent: a.id }, { expect: 422 })
})

it('money keeps its digits', async (run, assert) => {
  const r = await run.admin.call('POST', '/opportunities', {
    raw: '{"name":"Digits","amount":8999999999999.99,"currency":"CNY","stage":"proposal"}',
    headers: { 'content-type': 'application/json' },
    expect: 201,
  })
  assert.match(r.text, /"amount":8999999999999\.99/)
  const bad = await run.admin.post('/opportunities', { name: 'Digits', amount: '1.005', currency: 'CNY' }, { expect: 422 })
  assert.equal(bad.body.errors[0].field, 'amount')
  const yen = await run.admin.make('opportunities', { name: 'Yen', amount: 5000, currency: 'JPY' })
  assert.equal(yen.amount, 5000)
  await run.admin.post('/opportunities', { name: 'Yen', amount: 0.5, currency: 'JPY' }, { expect: 422 })
})

it('many at once, each with its own answer', async (run, assert) => {
  const keep = await run.admin.make('accounts', { name: 'Bulk keep' })
  const gone = await run.admin.make('accounts', { name: 'Bulk gone' })
  const reply = await run.admin.post(
    '/accounts/bulk',
    {
      rows: [
        { do: 'create', record: { name: 'Bulk 1', city: 'bulk' } },
        { do: 'create', record: { name: '', type: 'king' } },
        { do: 'update', id: keep.id, record: { city: 'bulk' } },
        { do: 'update', id: keep.id, version: 1, record: { city: 'stale' } },
        { do: 'delete', id: gone.id },
        { do: 'update', id: '999999999', record: { city: 'x' } },
        { do: 'create', record: { name: 'Bulk 2', city: 'bulk', external_id: 'B-2' } },
        { do: 'create', record: { name: 'Bulk 3', city: 'bulk', external_id: 'B-2' } },
      ],
    },
    { expect: 200 },
  )
  assert.deepEqual(reply.body.results.map((r) => r.status), [201, 422, 200, 412, 204, 404, 201, 409])
  assert.equal((await run.admin.get("/accounts?where=city='bulk'&count=exact")).body.count, 3)
  assert.equal((await run.admin.get('/search?q=Bulk 3')).body.hits.length, 0)
  const undone = await run.admin.call('POST', `/operations/${reply.body.operation}/undo`, { expect: 200 })
  assert.deepEqual([undone.body.restored, undone.body.purged, undone.body.skipped], [2, 2, 0])
  assert.equal((await run.admin.get("/accounts?where=city='bulk'&count=exact")).body.count, 0)
  assert.equal((await run.admin.get(`/accounts/${gone.id}`)).body.name, 'Bulk gone')
  await run.admin.call('POST', `/operations/${reply.body.operation}/undo`, { expect: 409 })
  const one = (await run.admin.get(`/operations/${reply.body.operation}`)).body
  assert.deepEqual([one.kind, one.records, one.by.name], ['bulk', 4, 'admin'])
  assert.ok(one.undone_at)
  assert.equal((await run.admin.get('/operations?limit=1')).body.operations[0].id, one.id)
  assert.ok(!(await run.admin.get(`/operations?after=${one.id}`)).body.operations.some((o) => o.id === one.id))
})

it('all or nothing', async (run, assert) => {
  const rows = [
    { do: 'create', record: { name: 'Atomic 1', city: 'atomic' } },
    { do: 'create', record: { name: '', city: 'atomic' } },
    { do: 'create', record: { name: 'Atomic 3', nme: 'x' } },
  ]
  const bad = await run.admin.post('/accounts/bulk', { rows, atomic: true }, { expect: 422 })
  assert.deepEqual(bad.body.errors.map((e) => e.field), ['rows[1].name', 'rows[2].nme'])
  assert.equal((await run.admin.get("/accounts?where=city='atomic'&count=exact")).body.count, 0)
  const good = await run.admin.post('/accounts/bulk', { rows: [rows[0]], atomic: true }, { expect: 200 })
  assert.equal(good.body.results[0].status, 201)
})

it('a thousand rows go in pieces, and a bad one costs only itself', async (run, assert) => {
  const rows = Array.from({ length: 1000 }, (_, i) => ({ do: 'create', record: { name: `Many ${i}`, city: 'many', external_id: i === 700 ? 'M-699' : `M-${i}` } }))
  const reply = await run.admin.post('/accounts/bulk', { rows }, { expect: 200 })
  assert.equal(reply.body.results.filter((r) => r.status === 201).length, 999)
  assert.equal(reply.body.results[700].status, 409)
  assert.equal((await run.admin.get("/accounts?where=city='many'&count=exact&limit=1")).body.count, 999)
  const after = await run.admin.patch(`/accounts/${reply.body.results[3].id}`, { city: 'edited' }, { expect: 200 })
  assert.equal(after.body.city, 'edited')
  const undone = (await run.admin.call('POST', `/operations/${reply.body.operation}/undo`, { expect: 200 })).body
  assert.deepEqual([undone.restored, undone.purged, undone.skipped], [0, 998, 1])
  assert.equal(undone.kept[0].name, 'Many 3')
  assert.equal((await run.admin.get("/accounts?where=city='many'&count=exact&limit=1")).body.count, 0)
}, { own: true })

it('what bulk refuses as a whole', async (run, assert) => {
  await run.admin.post('/accounts/bulk', { rows: Array.from({ length: 10001 }, () => ({ do: 'delete', id: '1' })) }, { expect: 422 })
  const bad = await run.admin.post('/accounts/bulk', { rows: [{ do: 'sing' }, { do: 'update', record: {} }, 7, { do: 'create', record: {}, x: 1 }], atomic: 1 }, { expect: 422 })
  assert.ok(bad.body.errors.length >= 1)
  await run.admin.post('/accounts/bulk', {}, { expect: 422 })
  assert.deepEqual((await run.admin.post('/accounts/bulk', { rows: [] }, { expect: 200 })).body.results, [])
})

it('a member works with records, not with configuration, and deletes what is theirs', async (run, assert) => {
  const u = await run.admin.make('users', { name: 'Member M', login: 'member-m', state: 'active' })
  await run.admin.post(`/users/${u.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  const { signIn } = await import('../harness.mjs')
  const { client } = await signIn(run, 'member-m', 'first password')
  const mine = await client.make('accounts', { name: 'Mine' })
  const theirs = await run.admin.make('accounts', { name: 'Theirs' })
  assert.equal(mine.owner.id, u.id)
  await client.patch(`/accounts/${theirs.id}`, { city: 'ok' }, { expect: 200 })
  await client.call('DELETE', `/accounts/${theirs.id}`, { expect: 403 })
  await client.del(`/accounts/${mine.id}`)
  await client.post('/pipelines', { name: 'Nope', key: 'nope' }, { expect: 403 })
  await client.call('POST', `/users/${u.id}/password`, { body: { password: 'another one' }, expect: 403 })
  const may = (await client.get('/meta')).body.entities.find((e) => e.name === 'account').may
  assert.deepEqual([may.create, may.export], [true, false])
  await client.call('GET', '/tokens?all=true', { expect: 403 })
})

it('an action of a module: POST /campaigns/ID/launch', async (run, assert) => {
  const c = await run.admin.make('campaigns', { name: 'Spring', type: null })
  const done = await run.admin.call('POST', `/campaigns/${c.id}/launch`, { expect: 200 })
  assert.deepEqual(done.body, { id: c.id, status: 'active', version: 2 })
  assert.ok((await run.admin.get(`/campaigns/${c.id}`)).body.start_date)
  await run.admin.call('POST', `/campaigns/${c.id}/launch`, { body: { colour: 1 } })
  await run.admin.call('POST', `/campaigns/${c.id}/dance`, { expect: 404 })
  const key = { 'idempotency-key': `launch-${run.engine}` }
  const first = await run.admin.call('POST', `/campaigns/${c.id}/launch`, { headers: key, expect: 200 })
  const again = await run.admin.call('POST', `/campaigns/${c.id}/launch`, { headers: key, expect: 200 })
  assert.deepEqual(again.body, first.body)
})

const HANDED_ON = {
  leads: { name: 'Handed on' },
  accounts: { name: 'Handed on' },
  contacts: { name: 'Handed on' },
  opportunities: { name: 'Handed on' },
  competitors: { name: 'Handed on' },
  cases: { kind: 'feedback', subject: 'Handed on' },
  activities: { kind: 'task', subject: 'Handed on' },
}

it('records are handed on: POST /X/ID/assign', async (run, assert) => {
  const u = await run.admin.make('users', { name: 'Next Owner', login: 'next-owner', state: 'active' })
  for (const [plural, record] of Object.entries(HANDED_ON)) {
    const r = await run.admin.make(plural, record)
    const done = await run.admin.post(`/${plural}/${r.id}/assign`, { owner: u.id }, { expect: 200 })
    assert.equal(done.body.owner.id, u.id)
    await run.admin.post(`/${plural}/${r.id}/assign`, { owner: '999999999' }, { expect: 422 })
    await run.admin.post(`/${plural}/${r.id}/assign`, {}, { expect: 422 })
  }
})

it('what has a team is handed to it: it waits there until somebody takes it', async (run, assert) => {
  const team = await run.admin.make('teams', { name: 'Queue' })
  const u = await run.admin.make('users', { name: 'Queue Worker', login: 'queue-worker', team: team.id, state: 'active' })
  for (const plural of ['leads', 'cases']) {
    const r = await run.admin.make(plural, HANDED_ON[plural])
    const waits = await run.admin.post(`/${plural}/${r.id}/assign`, { team: team.id }, { expect: 200 })
    assert.deepEqual([waits.body.team.id, waits.body.owner], [team.id, null])
    const theirs = await run.admin.post(`/${plural}/${r.id}/assign`, { owner: u.id }, { expect: 200 })
    assert.deepEqual([theirs.body.team.id, theirs.body.owner.id], [team.id, u.id])
    const both = await run.admin.post(`/${plural}/${r.id}/assign`, { team: team.id, owner: u.id }, { expect: 200 })
    assert.deepEqual([both.body.team.id, both.body.owner.id], [team.id, u.id])
    await run.admin.post(`/${plural}/${r.id}/assign`, { team: u.id }, { expect: 422 })
    await run.admin.post(`/${plural}/${r.id}/assign`, { team: null }, { expect: 422 })
    await run.admin.post(`/${plural}/${r.id}/assign`, { colour: 'red' }, { expect: 422 })
  }
  const none = await run.admin.make('contacts', HANDED_ON.contacts)
  const no = await run.admin.post(`/contacts/${none.id}/assign`, { team: team.id }, { expect: 422 })
  assert.deepEqual(no.body.errors.map((e) => [e.field, e.code]), [['team', 'unknown_field'], ['owner', 'required']])
})

it('several records become one, and undo makes them several again: POST /X/ID/merge', async (run, assert) => {
  for (const plural of ['leads', 'accounts', 'contacts']) {
    const into = await run.admin.make(plural, { name: 'Kept', phone: '010-1' })
    const other = await run.admin.make(plural, { name: 'Goes', phone: '021-2', description: 'from the other' })
    const task = await run.admin.make('activities', { kind: 'task', subject: 'hangs on', about: `${plural.slice(0, -1)}/${other.id}` })
    const done = await run.admin.post(`/${plural}/${into.id}/merge`, { with: [other.id], choose: { phone: other.id } }, { expect: 200 })
    const { record, operation } = done.body
    assert.deepEqual([record.name, record.phone, record.description], ['Kept', '021-2', 'from the other'])
    await run.admin.call('GET', `/${plural}/${other.id}`, { expect: 404 })
    assert.equal((await run.admin.get(`/activities/${task.id}`)).body.about.id, into.id)
    await run.admin.post(`/${plural}/${into.id}/merge`, { with: [into.id] }, { expect: 422 })
    await run.admin.post(`/${plural}/${into.id}/merge`, { with: [] }, { expect: 422 })
    await run.admin.post(`/${plural}/${into.id}/merge`, { with: [other.id], colour: 1 }, { expect: 422 })
    await run.admin.post(`/operations/${operation}/undo`, undefined, { expect: 200 })
    assert.equal((await run.admin.get(`/${plural}/${other.id}`)).body.phone, '021-2')
    assert.equal((await run.admin.get(`/${plural}/${into.id}`)).body.phone, '010-1')
    assert.equal((await run.admin.get(`/activities/${task.id}`)).body.about.id, other.id)
  }
})

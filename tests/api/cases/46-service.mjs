// The service desk: what src/rooms/service/service.md says, over HTTP.

it('SERV-3.5: a case is due in working time, and the way there is told day by day', async (run, assert) => {
  const c = await run.admin.make('cases', { subject: 'Leak', kind: 'complaint', priority: 'urgent' })
  assert.ok(c.due_at && c.first_due_at && c.warn_at && c.sla_rule.id)
  const { rows } = (await run.admin.get(`/views/case_clock?case=${c.id}`, { expect: 200 })).body
  assert.deepEqual(rows.map((r) => [r.what, r.minutes, r.timely, r.standing]), [['first_response', 60, null, false], ['resolution', 450, null, false]])
  for (const r of rows) assert.equal(r.pieces.reduce((sum, p) => sum + p.minutes, 0), r.minutes)
  assert.equal(rows[1].due_at, c.due_at)
  await run.admin.patch(`/cases/${c.id}`, { due_at: c.due_at, sla_rule: null }, { expect: 422 }) // kept by the program
  const waiting = (await run.admin.patch(`/cases/${c.id}`, { status: 'waiting' }, { expect: 200 })).body
  assert.equal(waiting.due_at, null)
  assert.equal((await run.admin.get(`/views/case_clock?case=${c.id}`)).body.rows[1].standing, true)
  await run.admin.call('GET', '/views/case_clock?case=999999999', { expect: 404 })
  await run.admin.call('GET', '/views/case_clock?case=x', { expect: 404 })
  await run.admin.call('GET', '/views/case_clock', { expect: 404 })
}, { own: true })

it('SERV-3.1: a calendar without hours is refused, and one in use stays', async (run, assert) => {
  const none = (await run.admin.post('/working_calendars', { name: 'None' }, { expect: 422 })).body
  assert.deepEqual(none.errors.map((e) => [e.field, e.code]), [['monday', 'working_calendar.no_hours']])
  const touching = (await run.admin.post('/working_calendars', { name: 'T', monday: '09:00-12:00 12:00-18:00' }, { expect: 422 })).body
  assert.equal(touching.errors[0].code, 'working_calendar.spans')
  const used = (await run.admin.get('/sla_rules')).body.records[0].calendar.id
  await run.admin.call('DELETE', `/working_calendars/${used}`, { expect: 409 })
}, { own: true })

it('SERV-5: a complaint is closed only with its cause and its remedy', async (run, assert) => {
  const c = await run.admin.make('cases', { subject: 'Noise', kind: 'complaint' })
  const refused = (await run.admin.patch(`/cases/${c.id}`, { status: 'closed' }, { expect: 409 })).body
  assert.equal(refused.code, 'complaint_unsettled')
  const done = (await run.admin.patch(`/cases/${c.id}`, { status: 'closed', cause: 'Bearing', remedy: 'Replaced' }, { expect: 200 })).body
  assert.deepEqual([done.status, done.timely, done.first_contact], ['closed', true, true])
}, { own: true })

it('SERV-8.1, SERV-8.2: ages of the queues and timely shares, whose rows open their records', async (run, assert) => {
  const product = await run.admin.make('products', { name: 'Pump of the shares', price: 10 })
  for (const more of [{ product: product.id }, { product: product.id }, {}]) {
    const c = await run.admin.make('cases', { subject: 'Share', kind: 'service', ...more })
    await run.admin.patch(`/cases/${c.id}`, { status: 'resolved' }, { expect: 200 })
  }
  const late = await run.admin.make('cases', { subject: 'Late', kind: 'service', product: product.id, due_at: '2026-01-05T02:00:00Z' })
  await run.admin.patch(`/cases/${late.id}`, { status: 'resolved' }, { expect: 200 })
  const opened = async (cell) => (await run.admin.get(`${cell.records}&limit=200`)).body.records.length
  for (const by of ['kind', 'product', 'priority', 'topic', 'channel', 'account', 'owner']) {
    const { rows } = (await run.admin.get(`/views/case_timely?by=${by}`, { expect: 200 })).body
    assert.ok(rows.length > 0)
    for (const r of rows) assert.deepEqual([await opened(r.total), await opened(r.timely)], [r.total.value, r.timely.value], by)
  }
  const mine = (await run.admin.get('/views/case_timely?by=product')).body.rows.find((r) => r.key === product.id)
  assert.deepEqual([mine.name, mine.timely.value, mine.total.value, mine.share.value], ['Pump of the shares', 2, 3, 66.66])
  await run.admin.make('cases', { subject: 'Waits', kind: 'service' })
  const { rows, total } = (await run.admin.get('/views/case_ages', { expect: 200 })).body
  const ages = ['under_1', 'from_1_to_3', 'from_3_to_7', 'from_7_to_30', 'over_30']
  assert.ok(rows.some((r) => r.under_1.value > 0))
  for (const r of [...rows, total]) {
    assert.equal(ages.reduce((n, a) => n + r[a].value, 0), r.waiting.value)
    for (const a of ['waiting', ...ages]) assert.equal(await opened(r[a]), r[a].value, a)
  }
  assert.equal((await run.admin.get('/views/case_timely?by=colour', { expect: 422 })).body.errors[0].field, 'by')
}, { own: true })

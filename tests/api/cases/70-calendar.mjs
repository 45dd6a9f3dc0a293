// The calendar: entries with an end, public holidays as an administrator loads them, the feed under its secret address.

/** RFC 5545 read back: unfolded lines, unescaped texts, one map for each VEVENT. */
function readCalendar(text, assert) {
  assert.ok(text.endsWith('\r\n') && !/[^\r]\n|\r[^\n]/.test(text), 'every line ends in CRLF')
  for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, `folded: ${line}`)
  const lines = text.replace(/\r\n /g, '').split('\r\n').slice(0, -1)
  const plain = (s) => s.replace(/\\([\\;,nN])/g, (_, c) => (c === 'n' || c === 'N' ? '\n' : c))
  const head = {}
  const events = []
  let event = null
  assert.equal(lines[0], 'BEGIN:VCALENDAR')
  assert.equal(lines.at(-1), 'END:VCALENDAR')
  for (const line of lines) {
    const [, name, parameters, value] = /^([A-Z-]+)((?:;[A-Z-]+=[^:;]+)*):(.*)$/s.exec(line)
    if (line === 'BEGIN:VEVENT') event = {}
    else if (line === 'END:VEVENT') {
      for (const must of ['UID', 'DTSTAMP', 'DTSTART', 'SUMMARY']) assert.ok(event[must], `${must} of ${JSON.stringify(event)}`)
      events.push(event)
      event = null
    } else (event ?? head)[name] = parameters ? `${parameters.slice(1)}:${value}` : plain(value)
  }
  assert.equal(head.VERSION, '2.0')
  assert.ok(head.PRODID)
  assert.equal(new Set(events.map((e) => e.UID)).size, events.length)
  return { head, events }
}
const stamp = (iso) => iso.replace(/[-:]/g, '').replace(/\.\d+/, '')

it('ACT-6, ACT-7: an entry has an end behind its beginning, which follows when that is moved', async (run, assert) => {
  const make = (more) => run.admin.post('/activities', { subject: 'Meet', kind: 'meeting', ...more })
  assert.equal((await make({ due_at: '2026-10-12T02:00:00Z', end_at: '2026-10-12T01:00:00Z' })).status, 422)
  assert.equal((await make({ end_at: '2026-10-12T01:00:00Z' })).status, 422)
  const a = (await make({ due_at: '2026-10-12T02:00:00Z', end_at: '2026-10-12T03:30:00Z' })).body
  const moved = await run.admin.patch(`/activities/${a.id}`, { due_at: '2026-10-13T05:00:00Z' }, { expect: 200 })
  assert.equal(moved.body.end_at, '2026-10-13T06:30:00Z')
  const shorter = await run.admin.patch(`/activities/${a.id}`, { end_at: '2026-10-13T05:30:00Z' }, { expect: 200 })
  assert.equal(shorter.body.end_at, '2026-10-13T05:30:00Z')
  const open = await run.admin.patch(`/activities/${a.id}`, { due_at: null }, { expect: 200 })
  assert.equal(open.body.end_at, null)
}, { own: true })

it('HOL-1, HOL-2, HOL-3: public holidays: 2026 is there, a day stands once, an administrator loads more', async (run, assert) => {
  const year = (await run.admin.get("/holidays?where=date >= 2026-01-01 AND date <= 2026-12-31&order=date&limit=200")).body.records
  assert.deepEqual([year.filter((h) => h.kind === 'off').length, year.filter((h) => h.kind === 'work').length], [33, 6])
  for (const h of year.filter((x) => x.kind === 'work')) assert.ok([0, 6].includes(new Date(h.date).getUTCDay()), `${h.date} is a weekend day`)
  await run.admin.post('/holidays', { name: 'Twice', date: '2026-10-01' }, { expect: 409 })
  const f = new FormData()
  f.append('file', new Blob(['name,date,kind\n元旦,2031-01-01,off\n元旦,2031-01-04,work\n']), 'holidays.csv')
  const file = (await run.admin.call('POST', '/files', { raw: f, expect: 201 })).body
  const { job } = (await run.admin.post('/imports', { entity: 'holiday', file: file.id }, { expect: 202 })).body
  let state
  for (let i = 0; i < 100 && !['done', 'failed'].includes(state?.state); i++) {
    state = (await run.admin.get(`/jobs/${job}`)).body
    await new Promise((d) => setTimeout(d, 100))
  }
  assert.deepEqual([state.state, state.result?.created], ['done', 2], JSON.stringify(state))
}, { own: true })

it('the feed: one’s own entries under an address that can be renewed and taken back', async (run, assert) => {
  assert.deepEqual((await run.admin.get('/me/calendar')).body.active, false)
  await run.admin.call('DELETE', '/me/calendar', { expect: 404 })
  const soon = new Date(Date.now() + 864e5).toISOString().slice(0, 19) + 'Z'
  const later = new Date(Date.parse(soon) + 36e5).toISOString().slice(0, 19) + 'Z'
  const account = await run.admin.make('accounts', { name: 'Feed, “Söhne”; 北京' })
  const mine = await run.admin.make('activities', { subject: '拜访华为；讨论二期扩容，带上合同和报价单，别忘了样机与演示视频', kind: 'visit', place: 'Bantian, Shenzhen', due_at: soon, end_at: later, about: `account/${account.id}`, description: 'two\nlines' })
  const done = await run.admin.make('activities', { subject: 'Called', kind: 'call', due_at: soon, done_at: soon })
  const user = await run.admin.make('users', { name: 'Feed Other', login: `feed-${run.fresh()}`, state: 'active' })
  const theirs = await run.admin.make('activities', { subject: 'Theirs', due_at: soon, owner: user.id })
  const old = await run.admin.make('activities', { subject: 'Old', due_at: '2020-01-01T00:00:00Z' })
  const first = (await run.admin.post('/me/calendar', undefined, { expect: 200 })).body.path
  assert.match(first, /^\/calendar\/[\w-]{40,}\.ics$/)
  assert.equal((await run.admin.get('/me/calendar')).body.active, true)
  const reply = await run.anyone.call('GET', first, { root: true, expect: 200 })
  assert.match(reply.headers.get('content-type'), /^text\/calendar/)
  const { head, events } = readCalendar(reply.text, assert)
  assert.ok(head['X-WR-CALNAME'] && head['X-WR-TIMEZONE'])
  const by = new Map(events.map((e) => [e.UID, e]))
  const visit = by.get(`activity-${mine.id}@zhike`)
  assert.equal(visit.SUMMARY, mine.subject)
  assert.equal(visit.LOCATION, 'Bantian, Shenzhen')
  assert.equal(visit.DESCRIPTION, `${account.name}\ntwo\nlines`)
  assert.deepEqual([visit.DTSTART, visit.DTEND], [stamp(soon), stamp(later)])
  assert.match(by.get(`activity-${done.id}@zhike`).SUMMARY, /^✓ Called$/)
  assert.ok(!by.has(`activity-${theirs.id}@zhike`), 'other people’s entries are theirs')
  assert.ok(!by.has(`activity-${old.id}@zhike`), 'what is long past is left out')
  // Neither a wrong address nor an old one says anything; nor is the secret a token.
  for (const path of ['/calendar/nothing.ics', '/calendar/.ics', first.replace('.ics', ''), first.replace('.ics', 'x.ics')])
    await run.anyone.call('GET', path, { root: true, expect: 404 })
  const secret = first.slice('/calendar/'.length, -4)
  assert.equal((await fetch(`${run.server.base}/api/v1/me`, { headers: { authorization: `Bearer ${secret}` } })).status, 401)
  const second = (await run.admin.post('/me/calendar', undefined, { expect: 200 })).body.path
  assert.notEqual(second, first)
  await run.anyone.call('GET', first, { root: true, expect: 404 })
  await run.anyone.call('GET', second, { root: true, expect: 200 })
  await run.admin.call('DELETE', '/me/calendar', { expect: 204 })
  await run.anyone.call('GET', second, { root: true, expect: 404 })
}, { own: true })

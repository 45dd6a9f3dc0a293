// What customers see and do without a name, and what the desk answers: src/rooms/service/service.md over HTTP.
import { createHash } from 'node:crypto'
import { signIn } from '../harness.mjs'

const bits = (digest) => { let n = 0; for (const b of digest) { if (b === 0) { n += 8; continue } return n + Math.clz32(b) - 24 } return n }
async function solve(run, key) {
  const challenge = (await run.anyone.call('GET', `/forms/${key}/challenge`, { root: true, expect: 200 })).body
  for (let nonce = 0; ; nonce++)
    if (bits(createHash('sha256').update(`${challenge.salt}:${nonce}`).digest()) >= challenge.difficulty) return { ...challenge, nonce: `${nonce}` }
}
const send = async (run, form, values, expect = 201) =>
  (await run.anyone.call('POST', `/forms/${form.key}`, { root: true, body: { values, challenge: await solve(run, form.key) }, expect })).body
const visit = (run, path, options = {}) => run.anyone.call('GET', path, { root: true, ...options })
const write = (run, path, body, options = {}) => run.anyone.call('POST', path, { root: true, body, ...options })
/** As a browser without a script does it. */
const page = (run, path, fields, options = {}) => run.anyone.call(fields ? 'POST' : 'GET', path, {
  root: true, unchecked: true, raw: fields && new URLSearchParams(fields).toString(),
  headers: { accept: 'text/html', ...(fields ? { 'content-type': 'application/x-www-form-urlencoded' } : {}), ...options.headers }, expect: options.expect ?? 200,
})
const links = async (run, id) => Object.fromEntries((await run.admin.get(`/views/case_links?case=${id}`)).body.rows.map((r) => [r.what, r]))
async function person(run, more = {}) {
  const tag = `desk-${run.fresh()}`
  const user = await run.admin.make('users', { name: tag, login: tag, state: 'active', ...more })
  await run.admin.post(`/users/${user.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  return { user, client: (await signIn(run, tag, 'first password')).client }
}
const inbox = async (who) => (await who.client.get('/notices')).body.notices
const opened = async (run, cell) => (await run.admin.get(`${cell.records}&limit=1&count=exact`)).body.count

it('SERV-2.4, SERV-2.5: a form makes a case; its sender gets a number and a page that shows what became of it', async (run, assert) => {
  const owner = await person(run)
  const account = await run.admin.make('accounts', { name: 'Desk AG', owner: owner.user.id })
  const contact = await run.admin.make('contacts', { name: 'Desk Person', email: 'person@desk.example', account: account.id })
  const form = await run.admin.make('web_forms', { name: 'Complaints', language: 'en', makes: 'case', difficulty: 8 })
  assert.deepEqual(form.fields.map((f) => f.field), ['reporter', 'reporter_company', 'reporter_email', 'reporter_phone', 'kind', 'subject', 'description'])
  for (const field of ['status', 'rating', 'cause', 'compensation', 'account', 'owner']) // SERV-2.4
    await run.admin.post('/web_forms', { name: 'Bad', makes: 'case', fields: [{ field }] }, { expect: 422 })
  await run.admin.patch(`/web_forms/${form.id}`, { makes: 'lead' }, { expect: 422 })

  const done = await send(run, form, { reporter: 'Somebody', reporter_email: 'Person@Desk.example', kind: 'complaint', subject: 'Invoice <wrong>', description: 'Too much by 5 %' })
  const made = (await run.admin.get(`/cases?where=number = '${done.number}'`)).body.records[0]
  assert.match(done.number, /^C-\d{6}$/)
  assert.match(done.status, new RegExp(`^/status/${made.id}/[0-9a-f]{64}$`))
  assert.ok(done.follow && done.thanks)
  assert.deepEqual([made.kind, made.channel, made.contact.id, made.account.id, made.owner.id, made.status], ['complaint', 'web', contact.id, account.id, owner.user.id, 'new']) // SERV-2.6, SERV-2.7
  assert.deepEqual([(await inbox(owner))[0].kind, (await inbox(owner))[0].about.id], ['assign', made.id])
  const log = (await run.admin.get(`/form_attempts?where=form = '${form.id}'`)).body.records
  assert.deepEqual(log.map((a) => [a.outcome, a.case.id]), [['case', made.id]])

  const seen = (await visit(run, done.status, { expect: 200 })).body
  assert.deepEqual(seen, { number: made.number, subject: 'Invoice <wrong>', kind: { key: 'complaint', label: 'Complaint' }, status: { key: 'new', label: 'New' },
    made_at: made.created_at, resolved_at: null, description: 'Too much by 5 %', messages: [], may_write: true, rating: null })
  const html = await page(run, done.status)
  assert.equal(html.type, 'text/html')
  assert.ok(html.text.includes('Invoice &lt;wrong&gt;') && !html.text.includes('<script') && html.text.includes('noindex'))
  assert.match(html.headers.get('content-security-policy'), /form-action 'self'/)
  for (const no of ['Desk AG', 'Desk Person', owner.user.name]) assert.ok(!html.text.includes(no), `the page does not say ${no}`)
  assert.match((await page(run, done.status, null, { headers: { 'accept-language': 'zh-CN' } })).text, /往来消息[^]*补充留言/)
}, { own: true })

it('SERV-2.5: a link with another number, a forged one and none at all are the same 404', async (run, assert) => {
  const [a, b] = [await run.admin.make('cases', { subject: 'Mine', kind: 'feedback' }), await run.admin.make('cases', { subject: 'Not mine', kind: 'feedback' })]
  const key = (await links(run, a.id)).status.address.split('/')[3]
  const other = (await links(run, b.id)).status.address.split('/')[3]
  assert.notEqual(key, other)
  const wrong = [`/status/${b.id}/${key}`, `/status/${a.id}/${'0'.repeat(64)}`, `/status/${a.id}/${key.slice(1)}`, `/status/${a.id}/x`, `/status/999999999/${key}`, `/status/x/${key}`,
    `/status/-1/${key}`, `/status/99999999999999999999/${key}`, `/rate/${a.id}/${key}`, `/rate/${a.id}/1-${key}`, `/rate/${a.id}/99999999999-${key}`]
  const same = new Set()
  for (const path of wrong) {
    const r = (await visit(run, path, { expect: 404 })).body
    same.add(JSON.stringify({ ...r, request_id: '' }))
    const body = path.startsWith('/rate') ? { rating: 5 } : { text: 'Let me in' }
    same.add(JSON.stringify({ ...(await write(run, path, body, { expect: 404 })).body, request_id: '' }))
    same.add((await page(run, path, null, { expect: 404 })).text)
    same.add((await page(run, path, body, { expect: 404 })).text)
  }
  assert.equal(same.size, 2, 'one answer for programs, one page for people')
  assert.equal((await run.admin.get(`/cases/${b.id}/timeline?kinds=message`)).body.changes.length, 0)
  await run.admin.del(`/cases/${a.id}`)
  await visit(run, `/status/${a.id}/${key}`, { expect: 404 })
  await run.admin.call('GET', '/views/case_links?case=999999999', { expect: 404 })
  await run.admin.call('GET', '/views/case_links?case=x', { expect: 404 })
}, { own: true })

it('SERV-4.1, SERV-2.8, SERV-2.9: answers are seen on the page and count as first response; what the customer writes goes on with the case', async (run, assert) => {
  const owner = await person(run)
  const c = await run.admin.make('cases', { subject: 'Talk', kind: 'service', owner: owner.user.id })
  const path = (await links(run, c.id)).status.address
  // An inner note, a call and a mail are nobody's business outside.
  for (const kind of ['note', 'call', 'email']) await run.admin.make('activities', { kind, subject: `secret ${kind}`, description: `secret ${kind}`, about: `case/${c.id}` })
  const answered = (await owner.client.post(`/cases/${c.id}/answer`, { text: 'We look at it.\nSoon.', status: 'waiting' }, { expect: 200 })).body
  assert.equal(answered.status, 'waiting')
  assert.ok(answered.first_response_at)
  const said = (await visit(run, path, { expect: 200 })).body
  assert.deepEqual(said.messages.map((m) => [m.incoming, m.text]), [[false, 'We look at it.\nSoon.']])
  assert.deepEqual([said.status.key, JSON.stringify(said).includes('secret')], ['waiting', false])
  const after = (await write(run, path, { text: '  It is <b>red</b>  ' }, { expect: 201 })).body
  assert.deepEqual(after.messages.map((m) => [m.incoming, m.text]), [[false, 'We look at it.\nSoon.'], [true, 'It is <b>red</b>']])
  assert.equal(after.status.key, 'in_progress', 'who waited for the customer goes on')
  assert.ok((await page(run, path)).text.includes('It is &lt;b&gt;red&lt;/b&gt;'))
  const told = await inbox(owner)
  assert.deepEqual([told[0].kind, told[0].about.id], ['reply', c.id])
  assert.match(told[0].text, /It is <b>red<\/b>/)
  assert.equal((await write(run, path, { text: 'It is <b>red</b>' }, { expect: 201 })).body.messages.length, 2, 'sent twice is one message')
  // What comes back from a person with a browser: the page says what is wrong, and what was written is sent.
  assert.match((await page(run, path, { text: ' ' }, { expect: 422 })).text, /role="status"/)
  assert.match((await page(run, path, { text: 'From a browser' }, { expect: 201 })).text, /From a browser/)
  await owner.client.patch(`/cases/${c.id}`, { status: 'resolved' }, { expect: 200 })
  await write(run, path, { text: 'Not yet' }, { expect: 201 })
  assert.equal((await run.admin.get(`/cases/${c.id}`)).body.status, 'in_progress', 'taken up again')
  // Bad input, and a flood.
  for (const body of [{}, { text: '' }, { text: 7 }, { text: 'x'.repeat(5001) }, { text: 'x', status: 'closed' }]) await write(run, path, body, { expect: 422 })
  await write(run, path, undefined, { raw: '{', headers: { 'content-type': 'application/json' }, expect: 400 })
  await write(run, path, undefined, { raw: 'text=%zz', headers: { 'content-type': 'application/x-www-form-urlencoded' }, expect: 400 })
  await write(run, path, undefined, { raw: 'text=a&text=b', headers: { 'content-type': 'application/x-www-form-urlencoded' }, expect: 400 })
  for (let i = 0; i < 17; i++) await write(run, path, { text: `more ${i}` }, { expect: 201 })
  assert.ok(Number((await write(run, path, { text: 'too much' }, { expect: 429 })).headers.get('retry-after')) > 60)
  await page(run, path, { text: 'too much' }, { expect: 429 })
  // At the desk.
  await owner.client.post(`/cases/${c.id}/answer`, { text: 'no such state', status: 'gone' }, { expect: 422 })
  for (const body of [{}, { text: 7 }, { text: ' ' }, { text: 'x'.repeat(5001) }, { text: 'x', colour: 'red' }]) await owner.client.post(`/cases/${c.id}/answer`, body, { expect: 422 })
  const lead = await run.admin.make('leads', { name: 'No case' })
  const bad = (await run.admin.post('/activities', { kind: 'message', subject: 'x', description: 'x', about: `lead/${lead.id}` }, { expect: 422 })).body // ACT-10
  assert.deepEqual(bad.errors.map((e) => e.code), ['activity.message_about_case'])
}, { own: true })

it('SERV-2.9: long after it was closed a case takes no more messages, and says so', async (run, assert) => {
  const c = await run.admin.make('cases', { subject: 'Old', kind: 'feedback', status: 'closed' })
  const file = new FormData()
  file.append('file', new Blob([`number,resolved_at\n${c.number},2020-01-02T08:00:00Z\n`]), 'old.csv')
  const { id } = (await run.admin.call('POST', '/files', { raw: file, expect: 201 })).body
  const { job } = (await run.admin.post('/imports', { entity: 'case', file: id, match: 'number' }, { expect: 202 })).body
  for (;;) {
    const j = (await run.admin.get(`/jobs/${job}`)).body
    if (j.state === 'done') break
    assert.notEqual(j.state, 'failed', JSON.stringify(j))
    await new Promise((done) => setTimeout(done, 30))
  }
  const path = (await links(run, c.id)).status.address
  assert.equal((await visit(run, path, { expect: 200 })).body.may_write, false)
  assert.equal((await write(run, path, { text: 'Hello?' }, { expect: 409 })).body.code, 'case_over')
  await page(run, path, { text: 'Hello?' }, { expect: 409 })
}, { own: true })

it('SERV-7: a signed link rates once, only by choosing; forged is like absent; figures by owner, account, kind and time', async (run, assert) => {
  const manager = await person(run)
  const owner = await person(run, { manager: manager.user.id })
  const account = await run.admin.make('accounts', { name: 'Rated AG' })
  const finish = async (more) => {
    const c = await run.admin.make('cases', { subject: 'Rate me', kind: 'service', owner: owner.user.id, account: account.id, ...more })
    assert.equal((await links(run, c.id)).rating, undefined, 'nothing to rate before it is done')
    await run.admin.patch(`/cases/${c.id}`, { status: 'resolved' }, { expect: 200 })
    return { c, link: (await links(run, c.id)).rating }
  }
  const one = await finish()
  assert.match(one.link.address, new RegExp(`^/rate/${one.c.id}/\\d+-[0-9a-f]{64}$`))
  assert.ok(Date.parse(one.link.expires_at) > Date.now() + 29 * 86400e3)
  // SERV-7.3: looking rates nothing, however often a scanner of mails looks.
  for (let i = 0; i < 3; i++) assert.deepEqual((await visit(run, one.link.address, { expect: 200 })).body, { number: one.c.number, subject: 'Rate me', state: 'open' })
  const html = (await page(run, one.link.address)).text
  assert.ok(!html.includes('<script') && [1, 2, 3, 4, 5].every((n) => html.includes(`name="rating" value="${n}"`)))
  assert.equal((await run.admin.get(`/cases/${one.c.id}`)).body.rating, null)
  for (const body of [{}, { rating: 0 }, { rating: 6 }, { rating: '55' }, { rating: 4.5 }, { rating: 5, comment: 'x'.repeat(2001) }, { rating: 5, comment: 7 }, { rating: 5, owner: '1' }])
    await write(run, one.link.address, body, { expect: 422 })
  assert.match((await page(run, one.link.address, { rating: '9' }, { expect: 422 })).text, /role="alert"/)
  // SERV-7.2: forged: another time, another case, another signature.
  const [time, key] = one.link.address.split('/')[3].split('-')
  for (const path of [`/rate/${one.c.id}/${Number(time) + 1}-${key}`, `/rate/${Number(one.c.id) + 1}/${time}-${key}`, `/rate/${one.c.id}/${time}-${key.replace(/^./, (x) => (x === '0' ? '1' : '0'))}`])
    await write(run, path, { rating: 5 }, { expect: 404 })
  const rated = (await page(run, one.link.address, { rating: '2', comment: '等了三天' }, { expect: 201, headers: { 'accept-language': 'zh-CN' } })).text
  assert.match(rated, /感谢/)
  const now = (await run.admin.get(`/cases/${one.c.id}`)).body
  assert.deepEqual([now.rating, now.rating_comment], [2, '等了三天'])
  assert.ok(now.rated_at)
  // SERV-7.4
  assert.deepEqual((await inbox(owner)).filter((n) => n.kind === 'rating').map((n) => n.about.id), [one.c.id])
  assert.deepEqual((await inbox(manager)).map((n) => [n.kind, n.about.id]), [['rating', one.c.id]])
  // Once.
  assert.equal((await write(run, one.link.address, { rating: 5 }, { expect: 409 })).body.code, 'rating_given')
  await page(run, one.link.address, { rating: '5' }, { expect: 409 })
  assert.equal((await visit(run, one.link.address, { expect: 200 })).body.state, 'given')
  assert.equal((await run.admin.get(`/cases/${one.c.id}`)).body.rating, 2)
  assert.equal((await links(run, one.c.id)).rating, undefined)
  // Taken up again: the old link leads nowhere, and after the second resolution there is another.
  await run.admin.patch(`/cases/${one.c.id}`, { status: 'in_progress' }, { expect: 200 })
  await visit(run, one.link.address, { expect: 404 })
  await run.admin.patch(`/cases/${one.c.id}`, { status: 'closed' }, { expect: 200 })
  await write(run, one.link.address, { rating: 5 }, { expect: 404 })
  const again = (await links(run, one.c.id)).rating.address
  assert.notEqual(again, one.link.address)
  // Of two at once one rates.
  const race = await Promise.all([4, 5, 4, 5].map((rating) => write(run, again, { rating })))
  assert.deepEqual(race.map((r) => r.status).sort(), [201, 409, 409, 409])
  // The page of the case offers it too.
  const two = await finish()
  const status = (await visit(run, (await links(run, two.c.id)).status.address, { expect: 200 })).body
  await write(run, status.rating, { rating: 1 }, { expect: 201 })
  await finish()

  // SERV-8.4
  const view = async (more) => (await run.admin.get(`/views/case_satisfaction?${more}`)).body
  const mine = await view(`account=${account.id}`)
  assert.deepEqual([mine.total.total.value, mine.total.satisfied.value, mine.total.share.value, mine.total.stars[0]], [2, 1, 50, 1])
  for (const by of ['kind', 'owner', 'person', 'account', 'team', 'month', 'period', 'product', 'priority', 'topic', 'category', 'channel']) {
    const { rows } = await view(`by=${by}&person=${owner.user.id}`)
    assert.equal(rows.reduce((n, r) => n + r.total.value, 0), 2, by)
    for (const r of rows) assert.deepEqual([await opened(run, r.total), await opened(run, r.satisfied)], [r.total.value, r.satisfied.value], by)
  }
  const quarter = (await run.admin.get('/fiscal_periods?where=kind = \'quarter\' AND start <= TODAY AND end >= TODAY')).body.records[0].key
  assert.equal((await view(`period=${quarter}&account=${account.id}`)).total.total.value, 2)
  for (const bad of ['by=colour', 'period=FY1066-Q4', 'account=x', 'person=x']) await run.admin.get(`/views/case_satisfaction?${bad}`, { expect: 422 })
}, { own: true })

it('SERV-6, SERV-6.1, ACT-11: after a complaint a return visit is planned in one step, stands in the calendar and is done with a result', async (run, assert) => {
  const owner = await person(run)
  const c = await run.admin.make('cases', { subject: 'Noise', kind: 'complaint', owner: owner.user.id })
  const plan = (body, expect = 200) => run.admin.post(`/cases/${c.id}/plan_return_visit`, body, { expect })
  assert.equal((await plan(undefined, 409)).body.code, 'case_not_done')
  await run.admin.patch(`/cases/${c.id}`, { status: 'closed', cause: 'Bearing', remedy: 'Replaced' }, { expect: 200 })
  for (const body of [{ kind: 'task' }, { due_at: 'soon' }, { due_at: null }, { owner: 'x' }, { colour: 'red' }, { about: 'lead/1' }]) await plan(body, 422)
  const v = (await plan(undefined)).body
  assert.deepEqual([v.kind, v.purpose, v.about.id, v.owner.id, v.done_at], ['visit', 'return_visit', c.id, owner.user.id, null])
  assert.match(v.subject, /Noise$/)
  assert.ok(Date.parse(v.due_at) > Date.now() + 5 * 86400e3)
  assert.equal((await plan({ kind: 'call' }, 409)).body.code, 'return_visit_planned')
  const feed = (await owner.client.post('/me/calendar', undefined, { expect: 200 })).body.path
  assert.match((await run.anyone.call('GET', feed, { root: true, expect: 200 })).text, /Noise/)
  const day = v.due_at.slice(0, 10)
  assert.equal((await run.admin.get(`/activities?where=owner = '${owner.user.id}' AND purpose = 'return_visit' AND due_at >= ${day}`)).body.records.length, 1)
  await owner.client.patch(`/activities/${v.id}`, { done_at: new Date().toISOString(), result: 'All is quiet now' }, { expect: 200 })
  assert.equal((await run.admin.get(`/cases/${c.id}/timeline?kinds=visit`)).body.changes[0].record.result, 'All is quiet now')
  assert.equal((await plan({ kind: 'call', due_at: '2030-01-02T02:00:00Z', subject: 'Ask once more' })).body.due_at, '2030-01-02T02:00:00Z')
}, { own: true })

it('SERV-8.3: first contact resolved, by kind, product, person and period', async (run, assert) => {
  const owner = await person(run)
  const product = await run.admin.make('products', { name: 'First contact pump', price: 1 })
  for (const calls of [0, 1, 2]) {
    const c = await run.admin.make('cases', { subject: 'First', kind: 'service', owner: owner.user.id, product: product.id })
    for (let i = 0; i < calls; i++) await owner.client.post(`/cases/${c.id}/answer`, { text: `Answer ${i}` }, { expect: 200 })
    await run.admin.patch(`/cases/${c.id}`, { status: 'resolved' }, { expect: 200 })
  }
  for (const by of ['kind', 'product', 'person', 'period', 'month']) {
    const { rows, total } = (await run.admin.get(`/views/case_first_contact?by=${by}&person=${owner.user.id}`)).body
    assert.deepEqual(rows.map((r) => [r.first_contact.value, r.total.value, r.share.value]), [[2, 3, 66.66]], by)
    assert.deepEqual([await opened(run, rows[0].total), await opened(run, rows[0].first_contact), total.total.value], [3, 2, 3])
  }
}, { own: true })

it('SERV-1.3, SERV-2.10: a case from a contact or a deal knows its customer; one line says whom it is about', async (run, assert) => {
  const tag = run.fresh()
  const account = await run.admin.make('accounts', { name: `华远机电${tag}有限公司` })
  const contact = await run.admin.make('contacts', { name: '张伟', account: account.id })
  await run.admin.make('contacts', { name: '张伟' })
  const deal = await run.admin.make('opportunities', { name: 'Deal of a case', account: account.id, contact: contact.id })
  const from = async (more) => { const c = await run.admin.make('cases', { subject: 'From', kind: 'feedback', ...more }); return [c.account?.id, c.contact?.id] }
  assert.deepEqual(await from({ contact: contact.id }), [account.id, contact.id])
  assert.deepEqual(await from({ opportunity: deal.id }), [account.id, contact.id])
  assert.deepEqual(await from({ opportunity: deal.id, contact: null }), [account.id, undefined])
  assert.deepEqual(await from({}), [undefined, undefined])
  const line = (await run.admin.post('/cases/parse', { text: `华远机电${tag} 张伟 投诉 发票金额不对` }, { expect: 200 })).body
  assert.deepEqual(line.record, { kind: 'complaint', subject: '发票金额不对', account: account.id, contact: contact.id })
  assert.deepEqual(line.parts.filter((p) => p.name).map((p) => [p.field, p.text, p.name]), [['account', `华远机电${tag}`, account.name], ['contact', '张伟', '张伟']])
  const made = await run.admin.make('cases', line.record)
  assert.equal(made.account.id, account.id)
  const unknown = (await run.admin.post('/cases/parse', { text: "O'Brien 100% service pump leaks 13800138000" }, { expect: 200 })).body.record
  assert.deepEqual([unknown.account, unknown.contact, unknown.reporter_phone], [undefined, undefined, '13800138000'])
}, { own: true })

it('SERV-1, SERV-5.1, SERV-5.2: compensation, cost and a corrective action with owner and date, who is told', async (run, assert) => {
  const fixer = await person(run)
  const deal = await run.admin.make('opportunities', { name: 'Deal with a complaint' })
  const c = await run.admin.make('cases', {
    subject: 'All fields', kind: 'complaint', topic: 'product', category: 'quality', severity: 'critical', opportunity: deal.id, channel: 'phone', cause_code: 'supplier',
    cost: 120.5, compensation: '300.00', compensation_form: 'refund', reporter: 'A caller', reporter_company: 'Theirs', reporter_phone: '13800138000',
  })
  assert.deepEqual([c.cost, c.compensation, c.compensation_form, c.cause_code, c.opportunity.id], [120.5, 300, 'refund', 'supplier', deal.id])
  await run.admin.post('/cases', { subject: 'Bad', kind: 'complaint', compensation: -1 }, { expect: 422 })
  await run.admin.patch(`/cases/${c.id}`, { corrective_action: 'Check each delivery', corrective_owner: fixer.user.id, corrective_due: '2030-01-31' }, { expect: 200 })
  assert.deepEqual((await inbox(fixer)).map((n) => [n.kind, n.about.id]), [['corrective', c.id]])
  await run.admin.patch(`/cases/${c.id}`, { corrective_due: '2030-02-28' }, { expect: 200 })
  assert.equal((await inbox(fixer)).length, 1, 'once')
  assert.equal((await run.admin.get(`/opportunities/${deal.id}/cases`)).body.records.length, 1)
}, { own: true })

it('LEAD-4.5, SERV-1.2: whoever is given a lead, a case, an account or a deal, or an activity, is told', async (run, assert) => {
  const who = await person(run)
  const kinds = { leads: { name: 'L' }, cases: { subject: 'C', kind: 'feedback' }, accounts: { name: 'A' }, opportunities: { name: 'O' }, contacts: { name: 'P' }, activities: { subject: 'T', kind: 'task' }, campaigns: { name: 'M' } }
  for (const [plural, record] of Object.entries(kinds)) {
    const made = await run.admin.make(plural, record)
    await run.admin.patch(`/${plural}/${made.id}`, { owner: who.user.id }, { expect: 200 })
    const told = await inbox(who)
    assert.deepEqual([told[0].kind, told[0].about.id], ['assign', made.id], plural)
  }
}, { own: true })

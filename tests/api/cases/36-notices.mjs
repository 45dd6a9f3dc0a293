// What people are told, following, what may be there twice, what hangs on a record.
import { signIn } from '../harness.mjs'

async function member(run, login, name) {
  const u = await run.admin.make('users', { name, login, state: 'active' })
  await run.admin.post(`/users/${u.id}/password`, { password: 'first password', keep: true }, { expect: 204 })
  return { user: u, client: (await signIn(run, login, 'first password')).client }
}
const inbox = async (client, more = '') => (await client.get(`/notices${more}`)).body

it('who follows a record is told what others do with it, and never what one did oneself', async (run, assert) => {
  const { user: ann, client: a } = await member(run, 'notice-ann', 'Ann Follower')
  const { client: b } = await member(run, 'notice-bob', 'Bob Changer')
  const acme = await run.admin.make('accounts', { name: 'Followed AG' })
  assert.deepEqual((await a.get(`/accounts/${acme.id}/followers`)).body, { following: false, followers: [] })
  const now = (await a.post(`/accounts/${acme.id}/follow`, { follow: true }, { expect: 200 })).body
  assert.deepEqual(now, { following: true, followers: [{ id: ann.id, name: 'Ann Follower' }] })
  await a.post(`/accounts/${acme.id}/follow`, { follow: true }, { expect: 200 })

  await b.patch(`/accounts/${acme.id}`, { city: 'Hamburg' }, { expect: 200 })
  await b.patch(`/accounts/${acme.id}`, { phone: '+49 40 1234567' }, { expect: 200 })
  await a.patch(`/accounts/${acme.id}`, { region: 'HH' }, { expect: 200 })
  let mine = await inbox(a)
  assert.equal(mine.unread, 1, 'two changes of one person shortly after another are one notice')
  assert.match(mine.notices[0].text, /^Bob Changer changed .* of Followed AG$/)
  assert.match(mine.notices[0].text, /Phone/)
  assert.match(mine.notices[0].text, /City/)
  assert.deepEqual([mine.notices[0].kind, mine.notices[0].read, mine.notices[0].about], ['change', false, { entity: 'account', id: acme.id, name: 'Followed AG' }])
  assert.equal((await inbox(b)).notices.length, 0)

  await b.make('activities', { kind: 'call', subject: 'Asked for a quote', about: `account/${acme.id}`, done_at: '2026-01-02T10:00:00Z' })
  mine = await inbox(a)
  assert.deepEqual(mine.notices.map((n) => n.kind), ['about', 'change'])
  assert.match(mine.notices[0].text, /Asked for a quote/)
  const zh = (await a.get('/notices', { headers: { 'accept-language': 'zh-CN' } })).body
  assert.ok(zh.notices[0].text.length > 0)

  await a.post('/notices/read', { ids: [mine.notices[1].id] }, { expect: 204 })
  assert.equal((await inbox(a)).unread, 1)
  await a.post('/notices/read', { about: `account/${acme.id}` }, { expect: 204 })
  assert.equal((await inbox(a)).unread, 0)
  await run.admin.del(`/accounts/${acme.id}`)
  assert.equal((await inbox(a)).notices[0].kind, 'delete')
  await run.admin.post(`/accounts/${acme.id}/restore`, {}, { expect: 200 })
  await a.post('/notices/read', { all: true }, { expect: 204 })

  const first = await inbox(a, '?limit=1')
  assert.equal(first.notices.length, 1)
  const second = await inbox(a, `?limit=1&after=${first.next}`)
  assert.notEqual(second.notices[0].id, first.notices[0].id)
  await a.call('GET', '/notices?after=x', { expect: 400 })

  await a.post(`/accounts/${acme.id}/follow`, { follow: false }, { expect: 200 })
  await b.patch(`/accounts/${acme.id}`, { city: 'Bremen' }, { expect: 200 })
  assert.equal((await inbox(a)).unread, 0)
  await a.post(`/accounts/${acme.id}/follow`, {}, { expect: 422 })
  await a.post(`/accounts/999999999/follow`, { follow: true }, { expect: 404 })
})

it('whoever is named or handed something is told', async (run, assert) => {
  const { user: li, client: l } = await member(run, 'notice.li', '李小龙')
  const { client: a } = await member(run, 'notice-anna', 'Anna Bell')
  const { client: b } = await member(run, 'notice-annabel', 'Annabel')
  const deal = await run.admin.make('leads', { name: '展会线索' })
  await run.admin.make('activities', { kind: 'note', subject: 'See below', result: '请 @李小龙跟进，mail to me@Annabel.com, also @anna bell!', about: `lead/${deal.id}` })
  const [mine, hers, others] = [await inbox(l), await inbox(a), await inbox(b)]
  assert.deepEqual([mine.notices.length, hers.notices.length, others.notices.length], [1, 1, 0])
  assert.deepEqual([mine.notices[0].kind, mine.notices[0].about.id], ['mention', deal.id])

  await run.admin.patch(`/leads/${deal.id}`, { owner: li.id }, { expect: 200 })
  const other = await run.admin.make('leads', { name: 'second' })
  await run.admin.post(`/leads/${other.id}/assign`, { owner: li.id }, { expect: 200 })
  const told = (await inbox(l)).notices
  assert.deepEqual(told.map((n) => n.kind), ['assign', 'mention'])
  assert.match(told[0].text, /2/)
})

it('marking as read takes ids, a record or all', async (run) => {
  await run.admin.post('/notices/read', {}, { expect: 422 })
  await run.admin.post('/notices/read', { ids: 'all' }, { expect: 422 })
  await run.admin.post('/notices/read', { ids: ['x'] }, { expect: 422 })
  await run.admin.post('/notices/read', { ids: Array(201).fill('1') }, { expect: 422 })
  await run.admin.post('/notices/read', { about: 'planet/1' }, { expect: 422 })
  await run.admin.post('/notices/read', { ids: ['999999'] }, { expect: 204 })
})

it('LEAD-5 finds the same telephone, e-mail, firm and tax number however they are written', async (run, assert) => {
  const acc = await run.admin.make('accounts', { name: '深圳市云雀智能科技有限公司', phone: '0755-2688 1234', website: 'https://www.yunque-ai.cn/about', tax_number: '91440300708461136T' })
  const con = await run.admin.make('contacts', { name: '周云雀', mobile: '+86 139 0755 6677', email: 'Zhou@Yunque-AI.cn' })
  const find = async (record, entity = 'lead', id) => (await run.admin.post('/duplicates', { entity, record, ...(id ? { id } : {}) }, { expect: 200 })).body.duplicates
  const seen = async (record) => (await find(record)).map((d) => [d.id, d.reasons.map((r) => r.kind)])
  assert.deepEqual(await seen({ mobile: '13907556677' }), [[con.id, ['phone']]])
  assert.deepEqual(await seen({ phone: '+86 (755) 26881234' }), [[acc.id, ['phone']]])
  assert.deepEqual(await seen({ email: 'zhou@yunque-ai.cn' }), [[con.id, ['email']]])
  assert.deepEqual(await seen({ company: '深圳市云雀智能科技股份有限公司' }), [[acc.id, ['company']]])
  assert.deepEqual(await seen({ website: 'http://yunque-ai.cn' }), [[acc.id, ['website']]])
  assert.deepEqual((await find({ name: 'x', tax_number: '9144 0300 7084 61136t' }, 'account')).map((d) => d.id), [acc.id])
  assert.deepEqual(await seen({ name: '周云雀', phone: 'no number' }), [])
  assert.deepEqual(await seen({ company: '深圳市云雀科技' }), [])
  const both = await find({ mobile: '13907556677', company: '深圳市云雀智能科技' })
  assert.deepEqual(both.map((d) => [d.id, d.score]), [[con.id, 90], [acc.id, 80]])
  assert.deepEqual(await find(undefined, 'account', acc.id), [], 'not itself')
  const twin = await run.admin.make('accounts', { name: '深圳市云雀智能科技 有限责任公司', phone: '26881234' })
  assert.deepEqual((await find(undefined, 'account', acc.id)).map((d) => d.id), [twin.id])
  await run.admin.make('accounts', { name: 'Acme Trading Co., Ltd.' })
  assert.equal((await find({ company: 'ACME Trading GmbH' })).length, 1)
  await run.admin.post('/duplicates', { entity: 'planet' }, { expect: 422 })
  await run.admin.post('/duplicates', { entity: 'lead', record: 7 }, { expect: 422 })
  await run.admin.post('/duplicates', { entity: 'lead', id: '999999999' }, { expect: 404 })
})

it('the timeline can be asked for some kinds, and has the files', async (run, assert) => {
  const acc = await run.admin.make('accounts', { name: 'Timeline AG' })
  for (const kind of ['call', 'note', 'visit']) await run.admin.make('activities', { kind, subject: kind, about: `account/${acc.id}` })
  const form = new FormData()
  form.append('about', `account/${acc.id}`)
  form.append('file', new Blob(['hello']), 'offer.txt')
  await run.admin.call('POST', '/files', { raw: form, expect: 201 })
  const kinds = async (more) => (await run.admin.get(`/accounts/${acc.id}/timeline${more}`)).body.changes.map((c) => c.kind).sort()
  assert.deepEqual(await kinds(''), ['call', 'change', 'file', 'note', 'visit'])
  assert.deepEqual(await kinds('?kinds=call,visit'), ['call', 'visit'])
  assert.deepEqual(await kinds('?kinds=change'), ['change'])
  assert.deepEqual(await kinds('?kinds=file'), ['file'])
  assert.deepEqual(await kinds('?kinds=nothing'), [])
  const paged = []
  for (let after = ''; ;) {
    const page = (await run.admin.get(`/accounts/${acc.id}/timeline?limit=2${after}`)).body
    paged.push(...page.changes.map((c) => c.kind))
    if (!page.next) break
    after = `&after=${page.next}`
  }
  assert.deepEqual(paged.sort(), ['call', 'change', 'file', 'note', 'visit'])
})

it('what hangs on a record is counted', async (run, assert) => {
  const acc = await run.admin.make('accounts', { name: 'Counted AG' })
  await run.admin.make('contacts', { name: 'one', account: acc.id })
  await run.admin.make('contacts', { name: 'two', account: acc.id })
  await run.admin.make('accounts', { name: 'below', parent: acc.id })
  const of = (await run.admin.get(`/accounts/${acc.id}/related`)).body.related
  const count = (plural, field) => of.find((r) => r.plural === plural && r.field === field)?.count
  assert.deepEqual([count('contacts', 'account'), count('accounts', 'parent'), count('opportunities', 'account'), count('activities', 'about')], [2, 1, 0, 0])
  await run.admin.call('GET', '/accounts/999999999/related', { expect: 404 })
})

it('/meta says what actions ask for and what fields begin with', async (run, assert) => {
  const meta = (await run.admin.get('/meta')).body
  const lead = meta.entities.find((e) => e.name === 'lead')
  const assign = lead.actions.find((a) => a.name === 'assign')
  assert.deepEqual(assign.parameters.map((p) => [p.name, p.field, p.required]), [['owner', 'owner', false], ['team', 'team', false]])
  assert.equal(lead.fields.find((f) => f.name === 'status').initial, 'new')
  assert.equal(lead.fields.find((f) => f.name === 'company').initial, null)
})

// What an administrator arranges while the program runs: own fields, choices, layouts, people, and who did what.
import { Client, PASSWORD, Server, signIn } from '../harness.mjs'

const fieldOf = async (client, entity, name) =>
  (await client.get('/meta')).body.entities.find((e) => e.name === entity).fields.find((f) => f.name === name)

/** From here on replies are checked against the document as it is now. */
const renew = async (run) => run.contract.read((await run.admin.get('/openapi.json', { unchecked: true })).body)

async function add(run, field) {
  const made = (await run.admin.post('/fields', field, { expect: 201 })).body
  await renew(run)
  return made
}

async function change(run, id, patch) {
  const made = (await run.admin.patch(`/fields/${id}`, patch, { expect: 200 })).body
  await renew(run)
  return made
}

/** Leaves nothing behind for the cases after this one. */
async function drop(run, id) {
  await run.admin.patch(`/fields/${id}`, { retired: true }, { expect: 200 })
  await quiet(run)
  await run.admin.del(`/fields/${id}?values=${(await run.admin.get(`/fields/${id}`)).body.values}`)
  await renew(run)
}

it('a field is added, filled, filtered, ordered, told, and goes', async (run, assert) => {
  const made = await add(run, { entity: 'account', type: 'text', label: '客户等级2', help: { en: 'How dear', 'zh-CN': '多重要' } })
  assert.equal(made.name, 'x_kehudengji2')
  assert.deepEqual(made.label, { en: '客户等级2', 'zh-CN': '客户等级2' })
  assert.equal(made.search, true)
  const meta = await fieldOf(run.admin, 'account', made.name)
  assert.equal(meta.custom, true)
  assert.equal(meta.list, true)
  assert.equal(meta.group, 'own')
  const doc = (await run.admin.get('/openapi.json')).body
  assert.ok(doc.components.schemas.Account.properties[made.name])
  const a = await run.admin.make('accounts', { name: 'Own A', [made.name]: '甲级' })
  const b = await run.admin.make('accounts', { name: 'Own B', [made.name]: '乙级' })
  assert.equal(a[made.name], '甲级')
  const found = (await run.admin.get(`/accounts?where=${encodeURIComponent(`${made.name} = '甲级'`)}`)).body.records
  assert.deepEqual(found.map((r) => r.id), [a.id])
  const ordered = (await run.admin.get(`/accounts?where=${encodeURIComponent(`${made.name} != null`)}&order=${made.name}&select=name,${made.name}`)).body.records
  assert.deepEqual(ordered.map((r) => r.name), ['Own A', 'Own B']) // jia before yi
  assert.ok((await run.admin.get(`/search?q=${encodeURIComponent('乙级')}`)).body.hits.some((h) => h.id === b.id))
  await run.admin.patch(`/accounts/${a.id}`, { [made.name]: '丙级' }, { expect: 200 })
  const history = (await run.admin.get(`/accounts/${a.id}/history`)).body.changes
  assert.deepEqual(history[0].fields[made.name], { old: '甲级', new: '丙级' })
  const sum = (await run.admin.post('/query', { query: `SELECT ${made.name}, COUNT() n FROM account WHERE ${made.name} != null GROUP BY ${made.name} ORDER BY ${made.name}` }, { expect: 200 })).body
  assert.deepEqual(sum.records, [{ [made.name]: '丙级', n: 1 }, { [made.name]: '乙级', n: 1 }])

  await run.admin.del(`/fields/${made.id}`, { expect: 409 }) // in use
  const retired = await change(run, made.id, { retired: true })
  assert.equal(retired.retired, true)
  assert.equal(await fieldOf(run.admin, 'account', made.name), undefined)
  assert.equal((await run.admin.get(`/accounts/${b.id}`)).body[made.name], undefined)
  await run.admin.patch(`/accounts/${b.id}`, { [made.name]: 'x' }, { expect: 422 })
  await run.admin.call('GET', `/accounts?where=${made.name} = null`, { expect: 400 })
  await quiet(run)
  assert.deepEqual((await run.admin.get(`/search?q=${encodeURIComponent('乙级')}`)).body.hits, [])
  await change(run, made.id, { retired: false })
  assert.equal((await run.admin.get(`/accounts/${b.id}`)).body[made.name], '乙级')
  await quiet(run)
  assert.ok((await run.admin.get(`/search?q=${encodeURIComponent('乙级')}`)).body.hits.some((h) => h.id === b.id))

  await change(run, made.id, { retired: true })
  await quiet(run)
  const counted = (await run.admin.get(`/fields/${made.id}`)).body
  assert.equal(counted.values, 2)
  assert.equal((await run.admin.del(`/fields/${made.id}`, { expect: 409 })).body.code, 'field_has_values')
  await run.admin.del(`/fields/${made.id}?values=2`)
  await run.admin.call('GET', `/fields/${made.id}`, { expect: 404 })
  assert.equal((await run.admin.get(`/accounts/${b.id}`)).body.name, 'Own B')
  await quiet(run)
  assert.equal(run.server.cli('check').status, 0, run.server.cli('check').stdout)
}, { own: true })

/** Until no background job runs. */
async function quiet(run) {
  for (let i = 0; i < 200; i++) {
    const jobs = (await run.admin.get('/jobs')).body.jobs
    if (!jobs.some((j) => j.state === 'queued' || j.state === 'running')) return
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error('a job does not end')
}

// Every type that can be added, a value, what reads back, and a condition that finds it.
const TYPES = [
  ['text', {}, 'Ab', 'Ab', "= 'ab'"],
  ['long_text', {}, 'a\nb', 'a\nb', "LIKE '%b'"],
  ['email', {}, 'A@example.com', 'A@example.com', "= 'a@example.com'"],
  ['phone', {}, '021-1234', '021-1234', "LIKE '%1234'"],
  ['url', {}, 'https://example.com/x', 'https://example.com/x', "LIKE 'https%'"],
  ['integer', { min: 1, max: 9 }, 7, 7, '>= 7'],
  ['decimal', { decimals: 3 }, 1.125, 1.125, '= 1.125'],
  ['money', {}, 12.5, 12.5, '> 12'],
  ['percent', {}, 25.5, 25.5, '= 25.5'],
  ['date', {}, '2026-10-01', '2026-10-01', '= 2026-10-01'],
  ['time', {}, '2026-10-01T08:00:00Z', '2026-10-01T08:00:00.000Z', '> 2026-09-30T00:00:00Z'],
  ['boolean', {}, true, true, '= true'],
  ['choice', { choices: [{ label: '金牌' }, { label: '银牌', color: 'grey' }] }, 'yinpai', 'yinpai', "= 'yinpai'"],
  ['multi_choice', { choices: [{ key: 'a', label: 'A' }, { key: 'b', label: 'B' }] }, ['b', 'a'], ['a', 'b'], "INCLUDES ('a')"],
  ['reference', { target: 'account' }, null, null, '!= null'],
]

it('a field of every type, on both engines alike', async (run, assert) => {
  const other = await run.admin.make('accounts', { name: 'Pointed at' })
  for (const [type, more, value, back, condition] of TYPES) {
    const f = await add(run, { entity: 'contact', type, label: `Own ${type}`, ...more })
    assert.equal(f.name, `x_own_${type}`)
    const given = type === 'reference' ? other.id : value
    const r = await run.admin.make('contacts', { name: `With ${type}`, [f.name]: given })
    const expected = type === 'reference' ? { id: other.id, name: 'Pointed at' } : back
    if (type === 'time') assert.equal(Date.parse(r[f.name]), Date.parse(expected))
    else assert.deepEqual(r[f.name], expected)
    const found = (await run.admin.get(`/contacts?where=${encodeURIComponent(`${f.name} ${condition}`)}`)).body.records
    assert.deepEqual(found.map((x) => x.id), [r.id], type)
    if (type === 'reference') {
      assert.equal((await run.admin.get(`/contacts?where=${f.name}.name='Pointed at'`)).body.records[0].id, r.id)
      assert.equal((await run.admin.get(`/accounts/${other.id}/contacts?via=${f.name}`)).body.records[0].id, r.id)
    }
    if (type === 'money') assert.equal(r[`${f.name}_base`], 12.5)
  }
  const bulk = (await run.admin.post('/contacts/bulk', { rows: [{ do: 'create', record: { name: 'In bulk', x_own_integer: 3, x_own_choice: 'jinpai' } }] }, { expect: 200 })).body
  assert.equal(bulk.results[0].status, 201)
  const bad = await run.admin.post('/contacts', { name: 'Bad', x_own_integer: 10, x_own_date: 'x', x_own_choice: 'holz', x_own_reference: '999999' }, { expect: 422 })
  assert.deepEqual(bad.body.errors.map((e) => e.field).sort(), ['x_own_choice', 'x_own_date', 'x_own_integer', 'x_own_reference'])
  assert.equal(run.server.cli('check').status, 0)
  for (const f of (await run.admin.get('/fields?entity=contact')).body.fields) await drop(run, f.id)
}, { own: true })

it('a definition that makes no sense is refused with every reason', async (run, assert) => {
  const refuse = async (body, fields) => {
    const reply = await run.admin.post('/fields', body, { expect: 422 })
    assert.deepEqual(reply.body.errors.map((e) => e.field).sort(), fields, JSON.stringify(body))
  }
  await refuse({ entity: 'planet', type: 'what', label: '' }, ['entity', 'type'])
  await refuse({ entity: 'lead', type: 'keyed_reference', label: 'K' }, ['type'])
  await refuse({ entity: 'lead', type: 'text' }, ['label'])
  await refuse({ entity: 'lead', type: 'text', label: 'x'.repeat(61) }, ['label'])
  await refuse({ entity: 'lead', type: 'text', label: { fr: 'x' } }, ['label', 'label'].slice(1))
  await refuse({ entity: 'lead', type: 'text', label: 'Company' }, ['label'])
  for (const name of ['select', 'name', 'x_', 'x_A', 'x_a_base', 'x_a;', 'x_a_', `x_${'a'.repeat(60)}`]) await refuse({ entity: 'lead', type: 'text', label: 'N', name }, ['name'])
  await refuse({ entity: 'lead', type: 'integer', label: 'I', min: 5, max: 3, search: true, target: 'account', decimals: 2 }, ['decimals', 'max', 'search', 'target'])
  await refuse({ entity: 'lead', type: 'date', label: 'D', unique: true, min: 4, initial: 'gestern' }, ['initial', 'min', 'unique'])
  await refuse({ entity: 'lead', type: 'choice', label: 'C' }, ['choices'])
  await refuse({ entity: 'lead', type: 'choice', label: 'C', choices: [{ label: 'A' }, { label: 'a' }, { key: "it's" }, 7, {}] }, ['choices', 'choices', 'choices', 'choices'])
  await refuse({ entity: 'lead', type: 'reference', label: 'R' }, ['target'])
  await refuse({ entity: 'lead', type: 'text', label: 'G', group: 'nowhere', size: 3 }, ['group', 'size'])
  await run.admin.patch('/fields/999999', { label: 'x' }, { expect: 404 })
})

it('required, unique, default: for what comes from now on', async (run, assert) => {
  const before = await run.admin.make('products', { name: 'Old product' })
  const f = await add(run, { entity: 'product', type: 'text', label: 'Shelf', required: true, unique: true, indexed: true })
  assert.equal(f.name, 'x_shelf')
  const without = await run.admin.post('/products', { name: 'No shelf' }, { expect: 422 })
  assert.equal(without.body.errors[0].code, 'required')
  await run.admin.patch(`/products/${before.id}`, { name: 'Old product, renamed' }, { expect: 200 }) // was there before the field
  await run.admin.patch(`/products/${before.id}`, { x_shelf: 'A1' }, { expect: 200 })
  await run.admin.patch(`/products/${before.id}`, { x_shelf: null }, { expect: 422 })
  await run.admin.post('/products', { name: 'Same shelf', x_shelf: 'a1' }, { expect: 409 })
  await run.admin.post('/fields', { entity: 'product', type: 'text', label: 'Again', name: 'x_shelf' }, { expect: 409 })
  const names = await run.admin.patch(`/fields/${f.id}`, { type: 'date', no_such_member: 1, position: -1 }, { expect: 422 })
  assert.deepEqual(names.body.errors.map((e) => e.field).sort(), ['no_such_member', 'position', 'type'])
  await change(run, f.id, { unique: false, required: false, indexed: false })
  await run.admin.make('products', { name: 'Same shelf', x_shelf: 'a1' })
  const clash = await run.admin.patch(`/fields/${f.id}`, { unique: true }, { expect: 409 })
  assert.deepEqual(clash.body.errors.map((e) => e.code), ['values_twice'])
  await run.admin.patch(`/fields/${f.id}`, { initial: 'Z9', label: { en: 'Shelf no', 'zh-CN': '货架' } }, { expect: 200 })
  assert.equal((await run.admin.make('products', { name: 'On the default shelf' })).x_shelf, 'Z9')
  assert.deepEqual((await fieldOf(run.admin, 'product', 'x_shelf')).label, { en: 'Shelf no', 'zh-CN': '货架' })
  await drop(run, f.id)
}, { own: true })

it('choices: added, renamed, ordered, coloured, retired; a used one does not vanish', async (run, assert) => {
  const at = '/choices?entity=account&field=level'
  const list = (await run.admin.get(at)).body
  assert.equal(list.open, true)
  const keys = list.choices.map((c) => c.key)
  const put = (choices, more, expect = 200) => run.admin.call('PUT', '/choices', { body: { entity: 'account', field: 'level', choices, ...more }, expect })
  const rows = list.choices.map((c) => ({ key: c.key, label: c.label, color: c.color, retired: c.retired }))
  const turned = [{ label: { en: 'Strategic', 'zh-CN': '战略' }, color: 'violet' }, ...rows.toReversed()]
  const saved = (await put(turned)).body
  assert.deepEqual(saved.choices.map((c) => c.key), ['zhanlue', ...keys.toReversed()])
  assert.equal((await fieldOf(run.admin, 'account', 'level')).choices[0].label['zh-CN'], '战略')
  for (const [name, level] of [['Level 1', keys[0]], ['Level 2', keys[1]], ['Level 3', 'zhanlue'], ['Level 4', keys[1]]]) await run.admin.make('accounts', { name, level, city: 'Levels' })
  const names = async (order) => (await run.admin.get(`/accounts?where=city='Levels'&order=${order}&select=name`)).body.records.map((r) => r.name)
  assert.deepEqual(await names('level'), ['Level 3', 'Level 2', 'Level 4', 'Level 1'])
  assert.deepEqual(await names('level DESC,name DESC'), ['Level 1', 'Level 4', 'Level 2', 'Level 3'])
  const first = (await run.admin.get(`/accounts?where=city='Levels'&order=level&select=name&limit=2`)).body
  assert.deepEqual((await run.admin.get(`/accounts?where=city='Levels'&order=level&select=name&limit=2&after=${first.next}`)).body.records.map((r) => r.name), ['Level 4', 'Level 1'])
  const groups = (await run.admin.post('/query', { query: "SELECT level, COUNT() n FROM account WHERE city = 'Levels' GROUP BY level ORDER BY level" }, { expect: 200 })).body.records
  assert.deepEqual(groups.map((g) => g.level), ['zhanlue', keys[1], keys[0]])

  const short = turned.filter((c) => c.key !== keys[1])
  short[0].key = 'zhanlue'
  const refused = (await put(short, {}, 409)).body
  assert.equal(refused.errors[0].code, 'choice_in_use')
  assert.match(refused.errors[0].message, /2/)
  const shown = (await put(short, { preview: true, replace: { [keys[1]]: 'zhanlue' } })).body
  assert.deepEqual([shown.saved, shown.removed], [false, [{ key: keys[1], used: 2, replace: 'zhanlue' }]])
  await put(short, { replace: { [keys[1]]: 'nothing' } }, 422)
  const replaced = (await put(short, { replace: { [keys[1]]: 'zhanlue' } })).body
  assert.equal(replaced.replaced, 2)
  assert.equal(replaced.choices.find((c) => c.key === 'zhanlue').used, 3)
  assert.deepEqual(await names('level'), ['Level 2', 'Level 3', 'Level 4', 'Level 1'])
  const one = (await run.admin.get("/accounts?where=name='Level 2'")).body.records[0]
  assert.deepEqual((await run.admin.get(`/accounts/${one.id}/history`)).body.changes[0].fields.level, { old: keys[1], new: 'zhanlue' })

  const off = short.map((c) => (c.key === keys[0] ? { ...c, retired: true } : c))
  await put(off)
  const late = await run.admin.post('/accounts', { name: 'Too late', level: keys[0] }, { expect: 422 })
  assert.equal(late.body.errors[0].code, 'choice_retired')
  const has = (await run.admin.get("/accounts?where=name='Level 1'")).body.records[0]
  await run.admin.patch(`/accounts/${has.id}`, { level: keys[0], phone: '1' }, { expect: 200 }) // keeps what it has
  const whole = list.choices.map((c) => ({ key: c.key, label: c.label, color: c.color }))
  await put(whole, { replace: { zhanlue: keys[1] } }, 422) // is none yet
  await put([...whole, { key: 'zhanlue' }])
  await put(whole, { replace: { zhanlue: keys[1] } })
  assert.deepEqual((await run.admin.get(at)).body.choices.map((c) => c.key), keys)
})

it('a list with a fixed meaning changes its names and colours alone', async (run, assert) => {
  const list = (await run.admin.get('/choices?entity=lead&field=status')).body
  assert.equal(list.open, false)
  const rows = list.choices.map((c) => ({ key: c.key, label: c.label, color: c.color }))
  const put = (choices, expect) => run.admin.call('PUT', '/choices', { body: { entity: 'lead', field: 'status', choices }, expect })
  await put([...rows, { label: 'One more' }], 422)
  await put(rows.slice(1), 422)
  await put(rows.map((c, i) => ({ ...c, retired: i === 0 })), 422)
  await put(rows.map((c, i) => (i === 0 ? { ...c, label: { en: 'Fresh', 'zh-CN': '新鲜' }, color: 'amber' } : c)), 200)
  const now = (await fieldOf(run.admin, 'lead', 'status')).choices[0]
  assert.deepEqual([now.key, now.label.en, now.color], [rows[0].key, 'Fresh', 'amber'])
  await put(rows, 200)
  assert.equal((await fieldOf(run.admin, 'lead', 'status')).choices[0].label.en, rows[0].label.en)
  await run.admin.call('GET', '/choices?entity=account&field=currency', { expect: 404 })
  await run.admin.call('GET', '/choices?entity=account', { expect: 400 })
  await run.admin.call('PUT', '/choices', { body: { entity: 'account', field: 'name', choices: [{ label: 'x' }] }, expect: 422 })
})

it('layouts are the organisation’s and come with meta', async (run, assert) => {
  const put = (body, expect = 200) => run.admin.call('PUT', '/layouts', { body, expect })
  const layouts = async () => (await run.admin.get('/meta')).body.entities.find((e) => e.name === 'account').layouts
  assert.deepEqual(await layouts(), { list: null, form: null, record: null })
  const list = { columns: [{ field: 'name', width: 220 }, { field: 'owner.name' }, { field: 'industry' }], order: 'name' }
  await put({ entity: 'account', kind: 'list', layout: list })
  const form = { groups: [{ name: 'main', fields: ['name', 'industry'] }, { name: 'g1', label: { en: 'Mine', 'zh-CN': '我的' }, fields: ['phone'], collapsed: true }], hidden: ['employees'] }
  await put({ entity: 'account', kind: 'form', layout: form })
  assert.deepEqual(await layouts(), { list, form, record: null })
  const views = (await run.admin.get('/meta')).body.entities.find((e) => e.name === 'account').views
  assert.ok(views.some((v) => v.columns.join() === 'name,industry'), 'views without columns of their own have those of the layout')
  const bad = async (kind, layout) => {
    const reply = await put({ entity: 'account', kind, layout }, 422)
    assert.ok(reply.body.errors.every((e) => e.field === 'layout'))
  }
  await bad('list', { columns: [] })
  await bad('list', { columns: [{ field: 'nothing' }] })
  await bad('list', { columns: [{ field: 'name' }, { field: 'name' }] })
  await bad('list', { columns: [{ field: 'name', width: 3 }] })
  await bad('form', { groups: [{ name: 'a', fields: ['name', 'phone'] }, { name: 'b', fields: ['phone'] }] })
  await bad('form', { groups: [], hidden: ['name'] })
  await bad('form', { groups: 'all' })
  await bad('record', { groups: [], what: 1 })
  await put({ entity: 'planet', kind: 'wall', layout: 7 }, 422)
  for (const kind of ['list', 'form']) await put({ entity: 'account', kind, layout: null })
  assert.deepEqual(await layouts(), { list: null, form: null, record: null })
})

it('a person is invited, chooses a password once, sees and ends sessions', async (run, assert) => {
  const u = await run.admin.make('users', { name: 'Ines Vited', login: 'ines', role: 'member' })
  assert.equal(u.state, 'invited')
  const first = (await run.admin.post(`/users/${u.id}/invite`, undefined, { expect: 200 })).body
  const second = (await run.admin.post(`/users/${u.id}/invite`, undefined, { expect: 200 })).body
  for (const link of [first, second]) link.token = link.link.split('#')[1]
  await run.anyone.post('/join/look', { token: first.token }, { expect: 404 })
  const who = (await run.anyone.post('/join/look', { token: second.token }, { expect: 200 })).body
  assert.equal(who.name, 'Ines Vited')
  await run.anyone.post('/join', { token: second.token, password: 'short' }, { expect: 422 })
  const joined = await run.anyone.post('/join', { token: second.token, password: 'chosen by herself' }, { expect: 200 })
  assert.equal(joined.body.login, 'ines')
  assert.equal(joined.body.must_change_password, false)
  await run.anyone.post('/join', { token: second.token, password: 'chosen by another' }, { expect: 404 })
  const { client } = await signIn(run, 'ines', 'chosen by herself')
  const mine = (await client.get('/sessions')).body.sessions
  assert.equal(mine.length, 2)
  assert.equal(mine.filter((s) => s.current).length, 1)
  await client.call('GET', `/sessions?user=${(await run.admin.get('/me')).body.id}`, { expect: 403 })
  assert.equal((await run.admin.get(`/sessions?user=${u.id}`)).body.sessions.length, 2)
  await client.del(`/sessions/${mine.find((s) => !s.current).id}`)
  assert.equal((await client.get('/sessions')).body.sessions.length, 1)
  await run.admin.del(`/sessions/${mine.find((s) => s.current).id}?user=${u.id}`)
  await client.call('GET', '/me', { expect: 401 })
  await run.admin.patch(`/users/${u.id}`, { state: 'disabled' }, { expect: 200 })
  await run.admin.post(`/users/${u.id}/invite`, undefined, { expect: 409 })
}, { own: true })

it('settings are for administrators', async (run, assert) => {
  await run.admin.make('users', { name: 'Plain Member', login: 'plain-member', state: 'active' })
  const id = (await run.admin.get("/users?where=login='plain-member'")).body.records[0].id
  await run.admin.post(`/users/${id}/password`, { password: 'simple words', keep: true }, { expect: 204 })
  const { client } = await signIn(run, 'plain-member', 'simple words')
  for (const path of ['/fields', '/fields/1', '/choices?entity=account&field=level', '/changes']) await client.call('GET', path, { expect: 403 })
  await client.post('/fields', { entity: 'account', type: 'text', label: 'Mine' }, { expect: 403 })
  await client.call('PUT', '/choices', { body: { entity: 'account', field: 'level', choices: [] }, expect: 403 })
  await client.call('PUT', '/layouts', { body: { entity: 'account', kind: 'list', layout: null }, expect: 403 })
  await client.post(`/users/${id}/invite`, undefined, { expect: 403 })
}, { own: true })

it('every change is told: by whom, of what, when', async (run, assert) => {
  const a = await run.admin.make('accounts', { name: 'Told', city: 'Here' })
  await run.admin.patch(`/accounts/${a.id}`, { city: 'There' }, { expect: 200 })
  await run.admin.patch(`/accounts/${a.id}`, { phone: '1234' }, { expect: 200 })
  const get = async (query) => (await run.admin.get(`/changes?${query}`)).body
  const all = await get(`record=${a.id}`)
  assert.deepEqual(all.changes.map((c) => c.what), ['update', 'update', 'create'])
  assert.equal(all.changes[0].record.name, 'Told')
  assert.equal(all.next, null)
  const city = await get(`record=${a.id}&field=city`)
  assert.deepEqual(city.changes.map((c) => c.fields.city.new), ['There', 'Here'])
  const first = await get(`record=${a.id}&limit=2`)
  assert.deepEqual((await get(`record=${a.id}&limit=2&after=${first.next}`)).changes.map((c) => c.what), ['create'])
  assert.ok((await get('entity=account&what=create&user=:me')).changes.some((c) => c.record.id === a.id))
  assert.equal((await get('user=1999999')).changes.length, 0)
  assert.equal((await get(`record=${a.id}&to=2001-01-01`)).changes.length, 0)
  assert.equal((await get(`record=${a.id}&from=2001-01-01&to=2999-01-01`)).changes.length, 3)
  const fields = await get('entity=@field')
  assert.ok(fields.changes.length > 3)
  assert.ok(fields.changes.every((c) => /^\w+\.x_/.test(c.about)))
  assert.ok((await get('entity=@choice')).changes.some((c) => c.about === 'account.level'))
  assert.ok((await get('entity=@access')).changes.some((c) => c.about === 'invite' && c.record.name === 'Ines Vited'))
  for (const bad of ['user=abc', 'from=gestern', 'after=1', 'limit=0']) await run.admin.call('GET', `/changes?${bad}`, { expect: 400 })
}, { own: true })

it('a field added on one server is there at once on the other, and on the command line', async (run, assert) => {
  let other = null
  if (run.engine === 'postgresql') {
    other = new Server('postgresql', run.server.db)
    await other.start()
  }
  const far = other ? new Client({ ...run, server: other, contract: null, transcribe: null }, run.admin.auth) : run.admin
  await far.get('/accounts?limit=1')
  const job = async (client, path, body) => {
    const id = (await client.post(path, body, { expect: 202 })).body.job
    for (let i = 0; i < 200; i++) {
      const j = (await client.get(`/jobs/${id}`)).body
      if (j.state !== 'queued' && j.state !== 'running') return j
      await new Promise((done) => setTimeout(done, 50))
    }
    throw new Error('the job does not end')
  }
  try {
    const f = await add(run, { entity: 'account', type: 'choice', label: { en: 'Tier 2', 'zh-CN': '客户等级2' }, choices: [{ label: '钻石' }, { label: '黄金' }] })
    assert.equal(f.name, 'x_kehudengji2')
    for (const client of [far, run.admin]) {
      const r = await client.make('accounts', { name: `Both ${client === far}`, [f.name]: 'huangjin' })
      assert.equal(r[f.name], 'huangjin')
      assert.ok((await client.get(`/accounts?where=${f.name}='huangjin'&order=${f.name}`)).body.records.some((x) => x.id === r.id))
      assert.ok((await fieldOf(client, 'account', f.name)).custom)
      assert.ok((await client.get('/openapi.json')).body.components.schemas.AccountNew.properties[f.name])
      const form = new FormData()
      form.append('file', new Blob([`name,客户等级2\nImported ${client === far},钻石\n`]), 'a.csv')
      const file = (await client.call('POST', '/files', { raw: form, expect: 201 })).body
      const done = await job(client, '/imports', { entity: 'account', file: file.id })
      assert.equal(done.result.created, 1, JSON.stringify(done))
      const out = await job(client, '/exports', { entity: 'account', where: `${f.name} != null`, select: `name,${f.name}`, format: 'csv' })
      const csv = (await client.get(`/files/${out.result.file}`, { bytes: true })).text.toString()
      assert.match(csv, new RegExp(`Imported ${client === far},zuanshi`))
    }
    const cli = run.server.cli('query', '--json', `SELECT name, ${f.name} FROM account WHERE ${f.name} = 'zuanshi'`)
    assert.equal(cli.status, 0, cli.stderr)
    assert.match(cli.stdout, /Imported/)
    assert.match(run.server.cli('schema', 'account').stdout, /x_kehudengji2/)
    const text = (await far.post('/fields', { entity: 'account', type: 'text', label: 'From afar' }, { expect: 201 })).body
    await renew(run)
    const r = await run.admin.make('accounts', { name: 'Found afar', [text.name]: 'Zebrafink' })
    assert.ok((await far.get('/search?q=zebrafink')).body.hits.some((h) => h.id === r.id))
    assert.deepEqual((await far.get(`/accounts/${r.id}/history`)).body.changes[0].fields[text.name], { old: null, new: 'Zebrafink' })
    for (const id of [f.id, text.id]) await drop(run, id)
    assert.equal(await fieldOf(far, 'account', f.name), undefined)
  } finally {
    await other?.stop()
    other?.remove()
  }
}, { own: true })

it('PIPE-4, STAGE-3: a retired stage keeps its deals and takes no new ones; one that is used is not deleted', async (run, assert) => {
  const pipeline = await run.admin.make('pipelines', { label: 'Short', key: 'short', position: 9 })
  const stage = async (key, position) => run.admin.make('pipeline_stages', { pipeline: 'short', label: key, key, kind: 'open', probability: 20, position })
  const first = await stage('short_first', 1)
  await stage('short_second', 2)
  const deal = await run.admin.make('opportunities', { name: 'On the first', pipeline: 'short', stage: 'short_first' })
  await run.admin.del(`/pipeline_stages/${first.id}`, { expect: 409 })
  await run.admin.patch(`/pipeline_stages/${first.id}`, { retired: true }, { expect: 200 })
  const late = await run.admin.post('/opportunities', { name: 'Too late', pipeline: 'short', stage: 'short_first' }, { expect: 422 })
  assert.deepEqual(late.body.errors.map((e) => [e.field, e.code]), [['stage', 'choice_retired']])
  assert.equal((await run.admin.patch(`/opportunities/${deal.id}`, { name: 'Still on the first' }, { expect: 200 })).body.stage, 'short_first')
  await run.admin.patch(`/opportunities/${deal.id}`, { stage: 'short_second' }, { expect: 200 })
  await run.admin.del(`/pipeline_stages/${first.id}`)
  await run.admin.del(`/opportunities/${deal.id}`)
  await run.admin.del(`/pipelines/${pipeline.id}`)
}, { own: true })

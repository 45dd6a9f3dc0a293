// Many at once: one wins, the others hear why, nothing is done twice.
import assert from 'node:assert/strict'
import { sleep } from '../harness.mjs'

const times = (n, f) => Promise.all(Array.from({ length: n }, (_, i) => f(i)))
const tally = (replies) => replies.reduce((m, r) => ({ ...m, [r.status]: (m[r.status] ?? 0) + 1 }), {})

it('one Idempotency-Key twenty times at once makes one record', async (house) => {
  for (let round = 0; round < 3; round++) {
    const headers = { 'idempotency-key': `double-${round}` }
    const replies = await times(20, () => house.call('POST', '/accounts', { name: `Double ${round}` }, { headers }))
    assert.deepEqual(tally(replies), { 201: 20 })
    assert.equal(new Set(replies.map((r) => r.text)).size, 1)
    assert.equal(await house.count('accounts', `name = 'Double ${round}'`), 1)
    const other = await house.call('POST', '/accounts', { name: 'Other' }, { headers })
    assert.equal(other.status, 422, other.text)
    const rows = { rows: [{ do: 'create', record: { name: `Rows ${round}` } }] }
    const bulk = await times(8, () => house.call('POST', '/accounts/bulk', rows, { headers: { 'idempotency-key': `rows-${round}` } }))
    assert.deepEqual(tally(bulk), { 200: 8 })
    assert.equal(await house.count('accounts', `name = 'Rows ${round}'`), 1)
  }
  const bad = await times(5, () => house.call('POST', '/accounts', {}, { headers: { 'idempotency-key': 'bad' } }))
  assert.deepEqual(tally(bad), { 422: 5 })
})

it('twenty writers on one version: one wins, nineteen get 412', async (house) => {
  const made = await house.make('accounts', { name: 'Contended' })
  for (let version = 1; version < 4; version++) {
    const replies = await times(20, (i) =>
      house.call('PATCH', `/accounts/${made.id}`, { city: `v${version} w${i}` }, { headers: { 'if-match': `"${version}"` } }))
    assert.deepEqual(tally(replies), { 200: 1, 412: 19 })
  }
  const blind = await times(20, (i) => house.call('PATCH', `/accounts/${made.id}`, { city: `blind ${i}` }))
  assert.deepEqual(tally(blind), { 200: 20 })
  const now = (await house.call('GET', `/accounts/${made.id}`)).body
  assert.equal(now.version, 24)
  const history = (await house.call('GET', `/accounts/${made.id}/history?limit=200`)).body.changes
  assert.equal(history.length, 24)
  for (let i = 0; i + 1 < history.length - 1; i++) assert.equal(history[i].fields.city.old, history[i + 1].fields.city.new)
})

it('update, delete and restore of one record at once', async (house) => {
  for (let round = 0; round < 5; round++) {
    const made = await house.make('accounts', { name: `Torn ${round}` })
    const contact = await house.make('contacts', { name: 'Hangs on it', account: made.id })
    const path = `/accounts/${made.id}`
    const replies = await Promise.all([
      house.call('PATCH', path, { city: 'a' }), house.call('DELETE', path), house.call('PATCH', path, { city: 'b' }),
      house.call('POST', `${path}/restore`), house.call('DELETE', path), house.call('PATCH', path, { city: 'c' }),
      house.call('PATCH', `/contacts/${contact.id}`, { title: 'x' }),
      house.call('POST', '/contacts', { name: 'Late', account: made.id }),
    ])
    for (const r of replies) assert.ok([200, 201, 204, 404, 409, 412, 422].includes(r.status), `${r.status} ${r.text}`)
  }
  const check = house.cli('check')
  assert.equal(check.status, 0, check.stdout + check.stderr)
})

it('one external_id from twenty: one is made, the others get 409', async (house) => {
  const replies = await times(20, (i) => house.call('POST', '/accounts', { name: `Same ${i}`, external_id: 'SAME' }))
  assert.deepEqual(tally(replies), { 201: 1, 409: 19 })
})

it('a ring of parents is closed by nobody, neither slowly nor at once', async (house) => {
  const ids = (await times(8, (i) => house.make('accounts', { name: `Ring ${i}` }))).map((r) => r.id)
  await times(8, (i) => house.call('PATCH', `/accounts/${ids[i]}`, { parent: ids[(i + 1) % 8] })).then((replies) => {
    for (const r of replies) assert.ok([200, 422, 409].includes(r.status), `${r.status} ${r.text}`)
    assert.ok(replies.some((r) => r.status !== 200), 'eight links of a ring were all taken')
  })
  const self = await house.call('PATCH', `/accounts/${ids[0]}`, { parent: ids[0] })
  assert.equal(self.status, 422, self.text)
  const users = []
  for (let i = 0; i < 2; i++) users.push((await house.make('users', { name: `M${i}`, login: `m${i}`, role: 'member' })).id)
  const pair = await times(2, (i) => house.call('PATCH', `/users/${users[i]}`, { manager: users[1 - i] }))
  assert.ok(pair.some((r) => r.status !== 200), 'two people manage each other')
})

it('what is hung on a record while it is deleted goes with it, or is refused', async (house) => {
  const seen = { 201: 0, 422: 0 }
  for (let round = 0; round < 30; round++) {
    const account = (await house.make('accounts', { name: `Going ${round}` })).id
    const hang = (i) => i % 2
      ? house.call('POST', '/contacts', { name: `Late ${round} ${i}`, account })
      : house.call('POST', '/activities', { subject: `Late ${round} ${i}`, kind: 'task', about: `account/${account}` })
    // Two go on hanging things on it until it is gone, and once more behind that.
    let gone
    const deleted = sleep(round % 10).then(() => house.call('DELETE', `/accounts/${account}`)).then((r) => (gone = r))
    const goOn = async (first) => {
      const replies = []
      for (let i = first, last = false; !last; i += 2) {
        last = gone !== undefined
        replies.push(await hang(i))
      }
      return replies
    }
    const replies = (await Promise.all([...Array.from({ length: 4 }, (_, i) => hang(i)), goOn(4), goOn(5)])).flat()
    await deleted
    assert.equal(gone.status, 204, gone.text)
    for (const r of replies) {
      assert.ok(r.status in seen, `${r.status} ${r.text}`)
      seen[r.status]++
    }
    const left = (await house.count('contacts', `account = '${account}'`)) + (await house.count('activities', `about = 'account/${account}'`))
    assert.equal(left, 0, `round ${round}: ${left} hang on what is gone`)
  }
  assert.ok(seen[201] > 0 && seen[422] > 0, JSON.stringify(seen)) // both orders were met
  const check = house.cli('check')
  assert.equal(check.status, 0, check.stdout + check.stderr)
})

it('a disabled person is out with the next request, streams included', async (house) => {
  const user = await house.make('users', { name: 'Short Stay', login: 'short', role: 'member', state: 'active' })
  const set = await house.call('POST', `/users/${user.id}/password`, { password: 'a long enough word', keep: true })
  assert.equal(set.status, 204, set.text)
  const token = await house.signIn('short', 'a long enough word')
  assert.equal((await house.call('GET', '/me', undefined, { token })).status, 200)
  const stream = await fetch(`${house.base}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(stream.status, 200)
  await sleep(2500)
  assert.equal((await house.call('PATCH', `/users/${user.id}`, { state: 'disabled' })).status, 200)
  const refused = await times(10, () => house.call('GET', '/accounts', undefined, { token }))
  assert.deepEqual(tally(refused), { 401: 10 })
  assert.equal((await house.call('POST', '/accounts', { name: 'No' }, { token })).status, 401)
  const reader = stream.body.getReader()
  let told = ''
  const ended = await Promise.race([
    (async () => {
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return true
        told += Buffer.from(value)
      }
    })().catch(() => true),
    (async () => {
      for (let i = 0; i < 8; i++, await sleep(500)) await house.make('accounts', { name: `Secret ${i}` })
      return false
    })(),
  ])
  assert.ok(ended, `the stream of a disabled person goes on: ${told}`)
})

it('undo skips what was edited since, and undoes once', async (house) => {
  const a = await house.make('accounts', { name: 'A', city: 'old' })
  const b = await house.make('accounts', { name: 'B', city: 'old' })
  const bulk = await house.call('POST', '/accounts/bulk', {
    rows: [
      { do: 'update', id: a.id, record: { city: 'new' } },
      { do: 'update', id: b.id, record: { city: 'new' } },
      { do: 'create', record: { name: 'C' } },
      { do: 'create', record: { name: 'D' } },
    ],
  })
  assert.equal(bulk.status, 200, bulk.text)
  const [c, d] = bulk.body.results.slice(2).map((r) => r.id)
  await house.make('contacts', { name: 'Hangs on D', account: d })
  await house.call('PATCH', `/accounts/${b.id}`, { city: 'newer' })
  const operation = (await house.call('GET', '/operations')).body.operations.find((o) => o.kind === 'bulk')
  const undone = await times(6, () => house.call('POST', `/operations/${operation.id}/undo`))
  assert.equal(undone.filter((r) => r.status === 200).length, 1, JSON.stringify(tally(undone)))
  for (const r of undone) assert.ok([200, 409].includes(r.status), `${r.status} ${r.text}`)
  assert.equal((await house.call('GET', `/accounts/${a.id}`)).body.city, 'old')
  assert.equal((await house.call('GET', `/accounts/${b.id}`)).body.city, 'newer')
  assert.equal((await house.call('GET', `/accounts/${c}`)).status, 404)
  const check = house.cli('check')
  assert.equal(check.status, 0, check.stdout + check.stderr)
})

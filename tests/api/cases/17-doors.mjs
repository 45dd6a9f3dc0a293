// Keys that were not given out: cookies, tokens and links that are forged, borrowed, used up or bent out of shape.
import { createHash, randomBytes } from 'node:crypto'
import { Client, PASSWORD, signIn } from '../harness.mjs'

it('doors: a cookie or token that was not given out opens nothing, and each is refused in the same words', async (run, assert) => {
  const { client } = await signIn(run, 'admin', PASSWORD)
  const cookie = client.auth.cookie
  const token = run.admin.auth.token
  const sessions = (await client.get('/sessions')).body.sessions
  const flip = (s) => s.slice(0, -1) + (s.endsWith('A') ? 'B' : 'A')
  const hash = (s) => createHash('sha256').update(s).digest()
  const forged = ['', 'x', randomBytes(32).toString('base64url'), flip(cookie), cookie.slice(0, -1), `${cookie}A`, cookie.toUpperCase() === cookie ? cookie.toLowerCase() : cookie.toUpperCase(), hash(cookie).toString('base64url'), hash(cookie).toString('hex'), Buffer.from(cookie, 'base64url').toString('hex'), sessions[0].id, token, flip(token), '%', "' OR 1=1 --", '0', '1', 'null', 'admin', 'A'.repeat(43), '-'.repeat(43), 'x'.repeat(4000)]
  const words = new Set()
  for (const [at, value] of forged.entries()) {
    const reply = await run.anyone.call('GET', '/me', { headers: { cookie: `zhike_session=${value}`, 'sec-fetch-site': 'same-origin' } })
    assert.equal(reply.status, 401, `${at}: ${value.slice(0, 60)}; cookie ${cookie}`)
    words.add(`${reply.body.code} ${reply.body.detail}`)
  }
  assert.ok(words.size <= 2, [...words].join()) // "nobody is signed in" of an empty one, "the session has ended" of the others
  // nor one of the two kinds in the place of the other, however lately it was used in its own
  for (let i = 0; i < 20; i++) {
    await client.get('/me')
    await run.admin.get('/me')
    assert.equal((await run.anyone.call('GET', '/me', { headers: { authorization: `Bearer ${cookie}` } })).status, 401, 'a session as a token')
    assert.equal((await run.anyone.call('GET', '/me', { headers: { cookie: `zhike_session=${token}` } })).status, 401, 'a token as a session')
    assert.equal((await run.anyone.call('PATCH', '/me', { body: {}, headers: { authorization: `Bearer ${cookie}` } })).status, 401)
  }
  const told = new Set()
  for (const value of [...forged.filter((v) => v && v !== token), cookie]) {
    const reply = await run.anyone.call('GET', '/me', { headers: { authorization: `Bearer ${value}` } })
    assert.equal(reply.status, 401, `Bearer ${value.slice(0, 60)}; cookie ${cookie}; token ${token}`)
    told.add(reply.body.code)
  }
  assert.deepEqual([...told], ['token_unknown'])
  for (const scheme of ['Basic', 'bearer\t', 'Token', 'Negotiate']) await run.anyone.call('GET', '/me', { headers: { authorization: `${scheme} ${token}` }, expect: 401 })
  // two of them: the good one does not carry the bad one
  await run.anyone.call('GET', '/me', { headers: { authorization: `Bearer ${flip(token)}`, cookie: `zhike_session=${cookie}` }, expect: 401 })
  // a session that has ended does not come back, whatever cookie one brings to the next sign-in
  const again = await run.anyone.call('POST', '/session', { body: { login: 'admin', password: PASSWORD }, headers: { cookie: `zhike_session=${'A'.repeat(43)}` }, expect: 200 })
  const fresh = /zhike_session=([^;]*)/.exec(again.headers.get('set-cookie'))[1]
  assert.notEqual(fresh, 'A'.repeat(43))
  await run.anyone.call('GET', '/me', { headers: { cookie: `zhike_session=${'A'.repeat(43)}` }, expect: 401 })
  await client.call('DELETE', '/session', { expect: 204 })
  await client.call('GET', '/me', { expect: 401 })
  await client.call('DELETE', '/session', { expect: 401 })
  await new Client(run, { cookie: fresh }).get('/me')
}, { own: true })

it('doors: clocks that are wrong open nothing: dates far away, expiry in the past', async (run, assert) => {
  for (const expires_at of ['2001-01-01T00:00:00Z', '0001-01-01T00:00:00Z', new Date(Date.now() - 1000).toISOString()]) {
    const made = await run.admin.call('POST', '/tokens', { body: { name: 'Past', expires_at } })
    if (made.status === 201) await new Client(run, { token: made.body.token }).call('GET', '/me', { expect: 401 })
    else assert.equal(made.status, 422)
  }
  for (const expires_at of ['9999-12-31T23:59:59Z', '99999-01-01T00:00:00Z', '2026-02-30T00:00:00Z', 'tomorrow', 7, '-271821-04-20T00:00:00Z']) {
    const made = await run.admin.call('POST', '/tokens', { body: { name: 'Far', expires_at } })
    assert.ok([201, 422].includes(made.status), made.text)
    if (made.status === 201) await run.admin.del(`/tokens/${made.body.id}`)
  }
  // what says when it was made elsewhere is believed of nobody
  const one = await run.admin.call('POST', '/accounts', { body: { name: 'When', created_at: '2001-01-01T00:00:00Z' } })
  assert.equal(one.status, 422)
}, { own: true })

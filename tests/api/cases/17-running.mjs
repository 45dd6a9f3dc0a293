// Running it: what zhike check says of people and rights, which files others may read, what the server gives up of itself.
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PASSWORD, Server, ownServer, psql, signIn } from '../harness.mjs'

const root = new URL('../../../', import.meta.url).pathname

/** Past every rule of the program. */
async function breakIt(server, statements) {
  if (server.db) return psql(server.db, statements.join(';'))
  const { DatabaseSync } = await import('node:sqlite')
  const d = new DatabaseSync(join(server.dir, 'zhike.db'))
  d.exec(statements.join(';'))
  d.close()
}

function check(server, lang = 'C.UTF-8') {
  const where = server.db ? ['--data', server.dir, '--db', server.db] : ['--data', server.dir]
  return spawnSync(process.env.ZHIKE_BIN, ['check', ...where], { encoding: 'utf8', env: { ...process.env, LC_ALL: lang, LANG: lang } })
}

const pattern = (text) => new RegExp(`^${text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\d\}/g, '.+')}$`, 'm')

it('check: who and what the rights speak of is there; each finding is a sentence in both languages', async (run, assert) => {
  const { server, remove } = ownServer(run)
  const there = { ...run, server, contract: null, transcribe: null }
  try {
    await server.start()
    const admin = (await signIn(there, 'admin', PASSWORD)).client
    const roles = Object.fromEntries((await admin.get('/roles?limit=200')).body.records.map((r) => [r.key, r.id]))
    const people = {}
    for (const login of ['none', 'odd', 'many', 'ring-a', 'ring-b', 'gone', 'left']) {
      people[login] = await admin.make('users', { name: `Person ${login}`, login, state: 'active' })
      await admin.post(`/users/${people[login].id}/password`, { password: 'first password', keep: true }, { expect: 204 })
    }
    const odd = await admin.make('roles', { key: 'odd', name: 'Odd role' })
    const lost = await admin.make('roles', { key: 'lost', name: 'Lost role' })
    await admin.make('role_rights', { role: odd.id, entity: 'lead', read: 'own', update: 'all' })
    const right = await admin.make('role_rights', { role: odd.id, entity: 'account', read: 'all' })
    const field = await admin.make('role_fields', { role: odd.id, entity: 'lead', field: 'phone', access: 'hidden' })
    const other = await admin.make('role_fields', { role: odd.id, entity: 'account', field: 'phone', access: 'hidden' })
    await admin.make('role_rights', { role: lost.id, entity: 'lead', read: 'all' })
    await admin.make('role_fields', { role: lost.id, entity: 'lead', field: 'phone', access: 'hidden' })
    await admin.make('user_roles', { user: people.odd.id, role: lost.id })
    for (const key of Object.keys(roles).filter((k) => k !== 'administrator' && k !== 'member')) await admin.make('user_roles', { user: people.many.id, role: roles[key] })
    await admin.make('user_roles', { user: people.many.id, role: odd.id })
    const top = await admin.make('teams', { name: 'Top' })
    await admin.make('teams', { name: 'Below', parent: top.id })
    await admin.patch(`/users/${people['ring-a'].id}`, { manager: people['ring-b'].id, deputy: people['ring-b'].id }, { expect: 200 })
    await admin.patch(`/users/${people.left.id}`, { manager: people.gone.id }, { expect: 200 })
    const gone = (await signIn(there, 'gone', 'first password')).client
    await gone.post('/tokens', { name: 'robot' }, { expect: 201 })
    const account = await admin.make('accounts', { name: 'Shared AG' })
    const shares = []
    for (const more of [{ user: people.odd.id }, { user: people.many.id, until: '2020-01-31' }, { user: people.gone.id }]) shares.push(await admin.make('shares', { about: `account/${account.id}`, access: 'read', ...more }))

    const clean = check(server)
    assert.match(clean.stdout, /checked, 0 wrong, 2 to look at\n$/) // the share that has ended, the role that changes more than it reads
    assert.equal(clean.status, 0, clean.stdout)
    assert.equal(await server.stop(), 0)

    await breakIt(server, [
      `UPDATE users SET role=NULL WHERE id=${people.none.id}`,
      `UPDATE roles SET deleted_at=created_at WHERE id=${lost.id}`,
      `INSERT INTO user_roles(id,"user",role,name,created_at,updated_at,version) SELECT 900001,"user",${roles.member},name,created_at,updated_at,1 FROM user_roles WHERE "user"=${people.many.id} LIMIT 1`,
      `UPDATE role_rights SET entity='ghost' WHERE id=${right.id}`,
      `UPDATE role_fields SET field='fax' WHERE id=${field.id}`,
      `UPDATE role_fields SET entity='ghost' WHERE id=${other.id}`,
      `UPDATE teams SET parent=(SELECT id FROM teams WHERE name='Below') WHERE id=${top.id}`,
      `UPDATE users SET manager=${people['ring-a'].id},deputy=${people['ring-a'].id} WHERE id=${people['ring-b'].id}`,
      `UPDATE users SET state='disabled' WHERE id=${people.gone.id}`,
      `UPDATE shares SET about=${people.odd.id} WHERE id=${shares[0].id}`,
      `DELETE FROM zk_password WHERE user_id=(SELECT id FROM users WHERE login='admin')`,
    ])
    if (run.engine === 'sqlite') {
      chmodSync(server.dir, 0o757)
      chmodSync(join(server.dir, 'zhike.db'), 0o644)
    }
    const told = { 'C.UTF-8': '', 'zh_CN.UTF-8': '' }
    for (const lang of Object.keys(told)) {
      const r = check(server, lang)
      assert.equal(r.status, 1, r.stdout + r.stderr)
      told[lang] += r.stdout
    }
    await breakIt(server, [`UPDATE users SET state='disabled' WHERE login='admin'`])
    for (const lang of Object.keys(told)) told[lang] += check(server, lang).stdout

    for (const [lang, file] of [['C.UTF-8', 'en'], ['zh_CN.UTF-8', 'zh-CN']]) {
      const texts = Object.entries(JSON.parse(readFileSync(join(root, `locale/${file}.json`), 'utf8'))).filter(([key]) => key.startsWith('check.'))
      assert.ok(texts.length > 15)
      for (const [key, text] of texts) {
        if (run.engine !== 'sqlite' && /^check\.f(ile|older)_/.test(key)) continue
        assert.match(told[lang], pattern(text), `${key} was not said:\n${told[lang]}`)
      }
    }
    if (run.engine === 'sqlite') {
      chmodSync(join(server.dir, 'zhike.key'), 0o640)
      const open = check(server)
      assert.equal(open.status, 1)
      assert.match(open.stderr, /others may read the key/)
    }
    assert.match(told['C.UTF-8'], /“Top” stands above itself by way of “Below”/)
    assert.match(told['C.UTF-8'], /The role “Odd role” closes lead\.fax,/)
    assert.doesNotMatch(told['C.UTF-8'], /role “(Member|Salesperson)”/)
  } finally {
    if (server.child?.exitCode === null) await server.stop()
    remove()
  }
}, { own: true })

it('what the server makes is its own user’s alone', async (run, assert) => {
  const mode = (name) => statSync(join(run.server.dir, name)).mode & 0o777
  assert.equal(mode('zhike.key'), 0o600)
  assert.equal(mode('spool'), 0o700)
  if (run.engine === 'sqlite') assert.equal(mode('zhike.db'), 0o600)
  const copy = join(run.server.dir, 'copy.db')
  assert.equal(run.server.cli('backup', copy).status, 0)
  assert.equal(statSync(copy).mode & 0o077, 0)
}, { own: true })

it('started as root the server becomes another user, after it has taken its address and read its key', async (run, assert) => {
  if (run.engine !== 'sqlite') return
  if (process.getuid() !== 0) return { skip: 'only root becomes another user' }
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', join(run.server.dir, 'own.key'), '-out', join(run.server.dir, 'own.crt')])
  assert.equal(made.status, 0, String(made.stderr))
  chmodSync(join(run.server.dir, 'own.key'), 0o600)
  const nobody = Number(spawnSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).stdout)
  const server = new Server('sqlite')
  server.args = ['--run-as', 'nobody', '--tls-cert', join(run.server.dir, 'own.crt'), '--tls-key', join(run.server.dir, 'own.key')]
  try {
    chownSync(server.dir, nobody, nobody)
    await server.start()
    assert.match(server.base, /^https:/)
    const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8')
    assert.match(status, new RegExp(`^Uid:\\t${nobody}\\t${nobody}\\t${nobody}\\t${nobody}$`, 'm'))
    assert.match(status, /^CapEff:\t0+$/m)
    assert.match(status, /^NoNewPrivs:\t1$/m)
    assert.match(status, /^Umask:\t0077$/m)
    assert.equal(statSync(`/proc/${server.child.pid}/mem`).uid, 0) // its memory is not shown to its own user
    assert.equal(statSync(join(server.dir, 'zhike.db')).uid, nobody)
    const { get } = await import('node:https')
    const answer = await new Promise((done, fail) => get(`${server.base}/healthz`, { rejectUnauthorized: false }, (r) => done(r.resume().statusCode)).on('error', fail))
    assert.equal(answer, 200)
    assert.equal(await server.stop(), 0, server.log)
  } finally {
    if (server.child?.exitCode === null) await server.stop()
    server.remove()
  }
}, { own: true })

it('the fence follows links: database and uploads may lie on another disk', async (run, assert) => {
  if (run.engine !== 'sqlite') return
  const far = mkdtempSync(join(dirname(process.env.ZHIKE_BIN), 'far-')) // below /tmp everything is open
  const { server, remove } = ownServer(run)
  const there = { ...run, server, contract: null, transcribe: null }
  try {
    await server.start()
    assert.equal(await server.stop(), 0)
    for (const name of ['zhike.db', 'spool']) {
      renameSync(join(server.dir, name), join(far, name))
      symlinkSync(join(far, name), join(server.dir, name))
    }
    await server.start()
    const admin = (await signIn(there, 'admin', PASSWORD)).client
    await admin.make('accounts', { name: 'Far AG' })
    const form = new FormData()
    form.set('file', new Blob([Buffer.alloc(6 << 20, 'x')]), 'far.bin')
    const up = await fetch(`${server.base}/api/v1/files`, { method: 'POST', body: form, headers: { cookie: `zhike_session=${admin.auth.cookie}`, 'sec-fetch-site': 'same-origin' } })
    assert.equal(up.status, 201, await up.text())
    assert.ok(existsSync(join(far, 'zhike.db-wal')))
    assert.equal(await server.stop(), 0, server.log)
    rmSync(join(far, 'zhike.db')) // a link to what is to be made
    await server.start()
    assert.ok(existsSync(join(far, 'zhike.db')))
    assert.equal(await server.stop(), 0, server.log)
  } finally {
    if (server.child?.exitCode === null) await server.stop()
    remove()
    rmSync(far, { recursive: true, force: true })
  }
}, { own: true })

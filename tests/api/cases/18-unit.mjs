// packaging/zhike.service: systemd takes it, and a typical run of the server does nothing that its fence forbids. Where no systemd
// runs as the first process the run is traced, and every system call, socket and mapping is held against the unit's lines; then
// the server runs once more with the file system as the unit shows it.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PASSWORD, ownServer, signIn } from '../harness.mjs'

const root = new URL('../../../', import.meta.url).pathname
const has = (...command) => spawnSync(command[0], command.slice(1)).status === 0
const text = readFileSync(join(root, 'packaging/zhike.service'), 'utf8')
/** Every value of a setting, in order. */
const unit = (name) => [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map((m) => m[1])

async function until(condition, what, ms = 60000) {
  for (const end = Date.now() + ms; ;) {
    const found = await condition()
    if (found) return found
    if (Date.now() > end) throw new Error(`in vain: ${what}`)
    await new Promise((done) => setTimeout(done, 50))
  }
}

/** The names of a filter's groups, as this systemd has them. */
function group(name) {
  const r = spawnSync('systemd-analyze', ['syscall-filter', name], { encoding: 'utf8' })
  if (r.status !== 0) throw new Error(r.stderr)
  return r.stdout.split('\n').slice(1).map((l) => l.trim()).filter((l) => l && !l.startsWith('#')).flatMap((w) => (w.startsWith('@') ? group(w) : [w]))
}

function allowedCalls() {
  const allowed = new Set(['execve']) // systemd itself starts the program so
  for (const line of unit('SystemCallFilter')) {
    const names = line.replace(/^~/, '').split(' ').flatMap((w) => (w.startsWith('@') ? group(w) : [w]))
    for (const n of names) line.startsWith('~') ? allowed.delete(n) : allowed.add(n)
  }
  return allowed
}

/** Starts `command … zhike serve`; hands back what the cases use of a server. */
async function startUnder(server, command) {
  const args = ['serve', '--data', server.dir, '--listen', '127.0.0.1:0', '--log-level', 'info', ...(server.db ? ['--db', server.db] : [])]
  server.child = spawn(command[0], [...command.slice(1), process.env.ZHIKE_BIN, ...args], { env: { ...process.env, ZHIKE_ADMIN_PASSWORD: PASSWORD, LANG: 'C.UTF-8' }, stdio: ['ignore', 'pipe', 'pipe'] })
  server.child.stderr.on('data', (d) => (server.log = (server.log + d).slice(-20000)))
  server.ended = new Promise((done) => server.child.on('exit', (code, signal) => done(code ?? signal)))
  server.base = await new Promise((done, fail) => {
    createInterface({ input: server.child.stdout }).on('line', (line) => /^address: /.test(line) && done(line.slice(9)))
    server.ended.then((code) => fail(new Error(`ended with ${code}: ${server.log}`)))
  })
}

/** What a day brings: sign-in, records, search, files, the event stream, import and export, a letter, another server. */
async function typicalDay(there, assert) {
  const admin = (await signIn(there, 'admin', PASSWORD)).client
  const stream = new AbortController()
  const events = await fetch(`${there.server.base}/api/v1/events`, { headers: { cookie: `zhike_session=${admin.auth.cookie}` }, signal: stream.signal })
  assert.equal(events.status, 200)
  const account = await admin.make('accounts', { name: '华为技术有限公司', industry: 'energy' })
  await admin.patch(`/accounts/${account.id}`, { city: '深圳' }, { expect: 200 })
  await admin.get('/accounts?order=name&count=exact')
  assert.equal((await admin.get('/search?q=huawei')).body.hits.length, 1)
  const file = async (name, bytes) => {
    const form = new FormData()
    form.set('file', new Blob([bytes]), name)
    const r = await fetch(`${there.server.base}/api/v1/files`, { method: 'POST', body: form, headers: { cookie: `zhike_session=${admin.auth.cookie}`, 'sec-fetch-site': 'same-origin' } })
    assert.equal(r.status, 201)
    return (await r.json()).id
  }
  await admin.get(`/files/${await file('big.bin', Buffer.alloc(3 << 20, 'x'))}`, { bytes: true })
  const job = async (path, body) => {
    const made = (await admin.post(path, body, { expect: 202 })).body
    const over = await until(async () => { const j = (await admin.get(`/jobs/${made.job}`)).body; return ['done', 'failed'].includes(j.state) && j }, `${path} ends`)
    assert.equal(over.state, 'done', JSON.stringify(over))
    return over
  }
  await job('/imports', { entity: 'lead', file: await file('leads.csv', 'name,company\n张伟,华为\n李娜,中兴\n') })
  const made = await job('/exports', { entity: 'lead', format: 'xlsx' })
  await admin.get(`/files/${made.result.file}`, { bytes: true })
  await job('/imports', { entity: 'lead', file: await file('again.xlsx', (await admin.get(`/files/${made.result.file}`, { bytes: true })).text), dry_run: true })
  // names of other servers are looked up, and nobody is there
  await admin.patch('/settings/mail', { host: 'mail.zhike.invalid', port: 25, security: 'starttls', from: 'crm@example.com', url: 'https://crm.example.com' }, { expect: 200 })
  await admin.post('/settings/mail/test', { to: 'someone@example.com' }, { expect: 204 })
  await until(async () => (await admin.get('/mails')).body.mails.some((m) => m.error || m.state !== 'waiting'), 'the letter was tried')
  assert.equal((await fetch(`${there.server.base}/metrics`)).status, 200)
  stream.abort()
}

it('the service: systemd takes the unit and finds little to say against it', async (run, assert) => {
  if (run.engine !== 'sqlite') return
  if (!has('systemd-analyze', '--version')) return { skip: 'no systemd-analyze here' }
  const folder = mkdtempSync(join(tmpdir(), 'zhike-unit-'))
  try {
    const file = join(folder, 'zhike.service')
    writeFileSync(file, text.replace('/usr/local/bin/zhike', process.env.ZHIKE_BIN))
    const verify = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    assert.equal(`${verify.stdout}${verify.stderr}`.split('\n').filter((l) => l.includes('zhike')).join('\n'), '')
    const security = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', file], { encoding: 'utf8' })
    if (/unrecognized option/.test(security.stderr)) console.log('skip its marks: this systemd-analyze reads no files')
    else assert.equal(security.status, 0, security.stdout.split('\n').slice(-3).join('\n'))
  } finally {
    rmSync(folder, { recursive: true })
  }
  const into = mkdtempSync(join(tmpdir(), 'zhike-install-'))
  try {
    const install = () => spawnSync(join(root, 'packaging/install'), [process.env.ZHIKE_BIN], { encoding: 'utf8', env: { ...process.env, DESTDIR: into, PREFIX: '/opt/zhike' } })
    assert.equal(install().status, 0)
    assert.match(readFileSync(join(into, 'etc/systemd/system/zhike.service'), 'utf8'), /^ExecStart=\/opt\/zhike\/bin\/zhike serve/m)
    writeFileSync(join(into, 'etc/zhike/zhike.env'), 'ZHIKE_LISTEN=127.0.0.1:9\n')
    assert.equal(install().status, 0)
    assert.equal(readFileSync(join(into, 'etc/zhike/zhike.env'), 'utf8'), 'ZHIKE_LISTEN=127.0.0.1:9\n') // what was set stays
  } finally {
    rmSync(into, { recursive: true })
  }
}, { own: true })

it('the service: a typical run does nothing that its unit forbids', async (run, assert) => {
  if (!has('strace', '-V')) return { skip: 'no strace here' }
  if (!has('systemd-analyze', 'syscall-filter', '@system-service')) return { skip: 'no systemd-analyze here' }
  const { server, remove } = ownServer(run)
  const there = { ...run, server, contract: null, transcribe: null }
  const trace = join(server.dir, 'calls')
  try {
    const asOther = process.getuid() === 0 ? ['-u', 'nobody'] : [] // root does what the service's user never would
    if (asOther.length) spawnSync('chown', ['nobody', server.dir])
    await startUnder(server, ['strace', ...asOther, '-f', '-qq', '-s', '200', '-o', trace])
    await typicalDay(there, assert)
    spawnSync('kill', [String(zhikeBelow(server.child.pid))])
    assert.equal(await server.ended, 0, server.log)
    const lines = readFileSync(trace, 'latin1').split('\n')
    const allowed = allowedCalls()
    const used = new Map()
    for (const line of lines) {
      const m = /^\d+ +(?:<\.\.\. )?([a-z_0-9]+)(?:\(| resumed)/.exec(line)
      if (m && !used.has(m[1])) used.set(m[1], line)
    }
    assert.ok(used.size > 40 && used.has('epoll_wait') && used.has('landlock_restrict_self'), [...used.keys()].join(' '))
    assert.deepEqual([...used].filter(([name]) => !allowed.has(name)).map(([, line]) => line), [], 'SystemCallFilter')
    const families = unit('RestrictAddressFamilies')[0].split(' ')
    const not = (claim, forbidden) => assert.deepEqual(lines.filter(forbidden), [], claim)
    not('RestrictAddressFamilies', (l) => /socket(pair)?\(AF_/.test(l) && !families.includes(/\((AF_\w+)/.exec(l)[1]))
    not('MemoryDenyWriteExecute', (l) => /mmap\(.*PROT_WRITE\|PROT_EXEC|mprotect\(.*PROT_EXEC|pkey_mprotect|shmat\(.*SHM_EXEC/.test(l))
    not('RestrictNamespaces', (l) => /CLONE_NEW|setns\(|unshare\(/.test(l))
    not('RestrictSUIDSGID', (l) => /(chmod|mkdir|open|creat|mknod)[a-z0-9]*\(.*, 0[2467]\d{3}[,)]/.test(l))
    not('RestrictRealtime, LockPersonality', (l) => /sched_setscheduler\(|personality\(/.test(l))
    // the C library asks how memory is given out before it gives some back, and takes no for an answer
    not('ProcSubset', (l) => /open[a-z0-9]*\(.*"\/proc\/(?!self|thread-self|\d|sys\/vm\/overcommit_memory)[^"]*".* = \d+$/.test(l))
    not('ProtectHome', (l) => /open[a-z0-9]*\(.*"\/(home|root|run\/user)\/[^"]*".* = \d+$/.test(l) && !l.includes(server.dir) && !l.includes(root))
    const writes = lines.filter((l) => /open[a-z0-9]*\(.*O_(WRONLY|RDWR|CREAT).* = \d+$|(mkdir|rename|unlink|link|symlink)[a-z0-9]*\(.* = 0$/.test(l))
    assert.ok(writes.length > 3)
    // "body-…" and the like are relative to a descriptor of the data folder
    assert.deepEqual(writes.filter((l) => /"\//.test(l) && !/"(\/dev\/|\/tmp\/|\/var\/tmp\/)/.test(l) && !l.includes(`"${server.dir}`)), [], 'ProtectSystem')
  } finally {
    if (server.child?.exitCode === null) server.child.kill('SIGKILL')
    remove()
  }
}, { own: true })

/** The server itself, below what it was started with. */
function zhikeBelow(pid) {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  return child ? zhikeBelow(Number(child)) : pid
}

it('the service: a day goes by with nothing but the data folder to write into', async (run, assert) => {
  const fence = (dir) => ['bwrap', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--tmpfs', '/var/tmp', '--tmpfs', '/home', '--tmpfs', '/root',
    '--ro-bind', process.env.ZHIKE_BIN, process.env.ZHIKE_BIN, '--bind', dir, dir, '--unshare-user', '--uid', '65534', '--gid', '65534', '--unshare-ipc', '--unshare-uts', '--cap-drop', 'ALL', '--die-with-parent']
  if (!has(...fence(run.server.dir), '/bin/true')) return { skip: 'no bwrap here, or it may not' }
  const { server, remove } = ownServer(run)
  const there = { ...run, server, contract: null, transcribe: null }
  try {
    await startUnder(server, fence(server.dir))
    await typicalDay(there, assert)
    process.kill(zhikeBelow(server.child.pid), 'SIGTERM')
    assert.equal(await server.ended, 0, server.log)
    assert.ok(!/level=error/.test(server.log), server.log)
  } finally {
    if (server.child?.exitCode === null) server.child.kill('SIGKILL')
    remove()
  }
}, { own: true })

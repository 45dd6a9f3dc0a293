// Campaigns: what src/rooms/campaign/campaign.md says, over the API.
import { addAll, counted } from '../members.mjs'

const day = (n) => new Date(Date.now() + n * 86400000).toISOString().slice(0, 10)
/** Every number of a row is the length of the list that it opens. */
async function opens(run, assert, row, names) {
  for (const n of names) assert.equal(await counted(run, row[n].records), row[n].value, `${n}: ${decodeURIComponent(row[n].records)}`)
}

it('CAMP-2.7: members from a selection and by import, with the first response kept', async (run, assert) => {
  const campaign = await run.admin.make('campaigns', { name: 'Imported members' })
  const contact = await run.admin.make('contacts', { name: 'Selected', external_id: `sel-${run.fresh()}` })
  const lead = await run.admin.make('leads', { name: 'By file', external_id: `file-${run.fresh()}` })
  const body = { entity: 'contact', ids: [contact.id], status: 'sent' }
  assert.equal((await addAll(run, `/campaigns/${campaign.id}/add_members`, body)).added, 1)
  const form = new FormData()
  form.append('file', new Blob([`who,what,when\n${lead.external_id},responded,2026-03-01T08:00:00Z\nnobody,sent,\n${lead.external_id},sent,\n`]), 'members.csv')
  const file = (await run.admin.call('POST', '/files', { raw: form, expect: 201 })).body
  const map = { columns: { who: 'lead.external_id', what: 'status', when: 'responded_at' }, set: { campaign: campaign.id } }
  const job = (await run.admin.post('/imports', { entity: 'campaign_member', file: file.id, map }, { expect: 202 })).body.job
  let state
  do state = (await run.admin.get(`/jobs/${job}`)).body
  while (state.state === 'queued' || state.state === 'running')
  assert.deepEqual([state.state, state.result.created, state.result.rejected], ['done', 1, 2], JSON.stringify(state))
  const member = (await run.admin.get(`/campaign_members?where=lead = '${lead.id}'`)).body.records[0]
  assert.deepEqual([member.status, member.responded_at, member.responded_via], ['responded', '2026-03-01T08:00:00Z', 'import'])
  await run.admin.patch(`/campaign_members/${member.id}`, { status: 'declined' }, { expect: 200 })
  assert.equal((await run.admin.get(`/campaign_members/${member.id}`)).body.responded_at, '2026-03-01T08:00:00Z')
}, { own: true })

it('CAMP-4.3: a member answers by a link: looking changes nothing, one click does, again is thanked again', async (run, assert) => {
  const campaign = await run.admin.make('campaigns', { name: 'Internal <name>', language: 'en', answer_title: 'Come & see', answer_thanks: 'See you\nthere' })
  const lead = await run.admin.make('leads', { name: 'Clicker', email: 'clicker@link.example' })
  const member = await run.admin.make('campaign_members', { campaign: campaign.id, lead: lead.id })
  const other = await run.admin.make('campaign_members', { campaign: campaign.id, lead: (await run.admin.make('leads', { name: 'Silent' })).id })
  const site = 'https://crm.example'
  const link = (await run.admin.get(`/views/campaign_link?member=${member.id}&at=${encodeURIComponent(site)}`)).body.rows[0]
  assert.match(link.path, new RegExp(`^/answers/${member.id}-[0-9a-f]{40}$`))
  assert.deepEqual([link.address, link.svg.startsWith('<svg '), (await run.admin.get(`/views/campaign_link?member=${member.id}`)).body.rows[0].svg], [site + link.path, true, null])
  const door = (method, path, options) => run.anyone.call(method, path, { root: true, ...options })
  const html = { headers: { accept: 'text/html' }, unchecked: true }

  const page = await door('GET', link.path, { expect: 200, ...html })
  assert.ok(page.text.includes('Come &amp; see') && page.text.includes('<form method="post">') && !page.text.includes('Internal') && !page.text.includes('Clicker'))
  assert.deepEqual((await door('GET', link.path, { expect: 200 })).body, { title: 'Come & see', text: 'One click is enough, and we will get in touch with you.', answered: false })
  assert.equal((await run.admin.get(`/campaign_members/${member.id}`)).body.responded_at, null, 'looking is no answer')

  // CAMP-4.2: what we did not sign is nobody's
  const key = link.path.slice('/answers/'.length)
  for (const forged of [key.slice(0, -1), `${key}0`, `${other.id}-${key.split('-')[1]}`, `${member.id}`, `${member.id}-`, 'x', key.toUpperCase().replace('-', '--')])
    for (const method of ['GET', 'POST']) await door(method, `/answers/${forged}`, { expect: 404 })
  assert.equal((await run.admin.get(`/campaign_members/${other.id}`)).body.responded_at, null)

  const thanks = await door('POST', link.path, { expect: 200, raw: 'x=1', ...html, headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' } })
  assert.ok(thanks.text.includes('See you<br>there') && !thanks.text.includes('<form'))
  const answered = (await run.admin.get(`/campaign_members/${member.id}`)).body
  assert.deepEqual([answered.status, answered.responded_via], ['responded', 'link'])
  assert.equal((await run.admin.get(`/leads/${lead.id}`)).body.campaign.id, campaign.id, 'CAMP-5.1')
  // CAMP-4.4
  assert.deepEqual((await door('POST', link.path, { expect: 200 })).body, { title: 'Come & see', text: 'See you\nthere', answered: true })
  assert.equal((await run.admin.get(`/campaign_members/${member.id}`)).body.version, answered.version)
  assert.equal((await door('GET', link.path, { expect: 200 })).body.answered, true)

  // CAMP-4.6
  const links = (await run.admin.get(`/views/campaign_links?campaign=${campaign.id}&at=${site}`)).body
  assert.deepEqual(links.rows.map((r) => [r.member, r.name, r.email]), [[member.id, 'Clicker', 'clicker@link.example'], [other.id, 'Silent', null]])
  assert.equal(links.rows[0].address, link.address)
  assert.equal(links.after, null)
  assert.equal((await run.admin.get(`/views/campaign_links?campaign=${campaign.id}&after=${member.id}`)).body.rows.length, 1)
  // CAMP-4.5: the form's too
  const form = await run.admin.make('web_forms', { name: 'QR', campaign: campaign.id })
  assert.equal((await run.admin.get(`/views/campaign_link?form=${form.id}&at=${site}/`)).body.rows[0].address, `${site}/forms/${form.key}`)
  for (const bad of ['', `member=${member.id}&form=${form.id}`, 'member=x', `member=${member.id}&at=javascript:alert(1)`, `member=${member.id}&at=${encodeURIComponent('https://a b')}`])
    await run.admin.get(`/views/campaign_link?${bad}`, { expect: 422 })
  await run.admin.get('/views/campaign_link?member=999999999', { expect: 404 })
  await run.admin.get('/views/campaign_links', { expect: 422 })
  // who is no member any more has no link
  await run.admin.del(`/campaign_members/${member.id}`)
  await door('GET', link.path, { expect: 404 })
  await door('POST', link.path, { expect: 404 })
}, { own: true })

it('CAMP-5.3, CAMP-5.4, CAMP-5.5: figures of a campaign and of those below it: every number opens its records', async (run, assert) => {
  const tag = run.fresh()
  const won = (await run.admin.get("/pipeline_stages?where=kind = 'won'")).body.records[0].key
  const top = await run.admin.make('campaigns', { name: `Year ${tag}`, currency: 'CNY', budget: 5000 })
  const fair = await run.admin.make('campaigns', { name: `Fair ${tag}`, parent: top.id, currency: 'CNY', budget: 3000, start_date: day(-30) })
  const mail = await run.admin.make('campaigns', { name: `Mail ${tag}`, parent: fair.id })
  await run.admin.make('campaign_costs', { campaign: fair.id, name: 'Booth', amount: 2000 })
  await run.admin.make('campaign_costs', { campaign: fair.id, name: 'Gifts', amount: 500 })
  const people = []
  for (let i = 0; i < 5; i++) people.push(await run.admin.make('leads', { name: `P ${tag} ${i}`, company: `Firm ${tag} ${i}`, budget: 1000 * (i + 1), currency: 'CNY' }))
  for (const [i, p] of people.entries()) await run.admin.make('campaign_members', { campaign: fair.id, lead: p.id, status: i < 3 ? 'responded' : 'sent' })
  await run.admin.make('campaign_members', { campaign: mail.id, lead: people[4].id, status: 'attended' })
  // people[0] becomes a won deal, people[1] an open one; the campaign goes along
  const convert = async (p) => (await run.admin.post(`/leads/${p.id}/convert`, { opportunity: { name: `Deal ${p.name}`, close_date: day(30) } }, { expect: 200 })).body
  const deal = await convert(people[0])
  await run.admin.patch(`/opportunities/${deal.opportunity.id}`, { stage: won, amount: 10000 }, { expect: 200 })
  const second = await convert(people[1])
  // a deal of their contact later on is theirs too; of a stranger it is not
  await run.admin.make('opportunities', { name: `Again ${tag}`, contact: second.contact.id, close_date: day(40) })
  await run.admin.make('opportunities', { name: `Strange ${tag}`, close_date: day(40) })

  const seen = (await run.admin.get(`/views/campaign_figures?campaign=${top.id}`)).body
  assert.deepEqual(seen.rows.map((r) => [r.name, r.level]), [[`Year ${tag}`, 0], [`Fair ${tag}`, 1], [`Mail ${tag}`, 2]])
  const numbers = (row) => Object.fromEntries(Object.entries(row).filter(([, v]) => v && typeof v === 'object').map(([k, v]) => [k, v.value]))
  assert.deepEqual(numbers(seen.rows[1]), {
    members: 5, responses: 3, response_rate: 60, leads: 3, converted: 2, deals: 3, deals_open: 2, amount_open: 2000, deals_won: 1, amount_won: 10000,
    budget: 3000, cost: 2500, cost_per_response: 833.33, cost_per_lead: 833.33, return: 300,
  })
  assert.deepEqual(numbers(seen.rows[0]), {
    members: 0, responses: 0, response_rate: null, leads: 0, converted: 0, deals: 0, deals_open: 0, amount_open: 0, deals_won: 0, amount_won: 0,
    budget: 5000, cost: 0, cost_per_response: null, cost_per_lead: null, return: null,
  })
  assert.deepEqual([seen.total.members.value, seen.total.responses.value, seen.total.leads.value, seen.total.cost.value], [6, 4, 4, 2500])
  const all = ['members', 'responses', 'leads', 'converted', 'deals', 'deals_open', 'deals_won']
  for (const row of [...seen.rows, seen.total]) await opens(run, assert, row, all)
  assert.deepEqual(seen.funnel.map((s) => [s.step, s.value]), [['members', 6], ['responses', 4], ['leads', 4], ['deals', 3], ['won', 1]])
  for (const step of seen.funnel) assert.equal(await counted(run, step.records), step.value, step.step)
  const states = (await run.admin.get(`/views/campaign_figures?campaign=${fair.id}`)).body.states
  assert.deepEqual(states.filter((s) => s.members.value).map((s) => [s.key, s.response, s.members.value]), [['sent', false, 2], ['responded', true, 3]])
  for (const s of states) await opens(run, assert, s, ['members'])

  const compared = (await run.admin.get(`/views/campaigns?where=${encodeURIComponent(`name LIKE '% ${tag}'`)}`)).body
  assert.deepEqual([compared.rows.map((r) => r.name).sort(), compared.more], [[`Fair ${tag}`, `Mail ${tag}`, `Year ${tag}`], false])
  assert.deepEqual(numbers(compared.total), numbers(seen.total))
  assert.deepEqual((await run.admin.get(`/views/campaigns?status=cancelled&type=referral`)).body.rows, [])
  assert.ok((await run.admin.get('/views/campaigns')).body.rows.length > 2)
  assert.equal((await run.admin.get("/views/campaigns?where=name = 'nothing is called so'")).body.rows.length, 0)
  for (const bad of ['/views/campaign_figures', '/views/campaign_figures?campaign=x', '/views/campaigns?where=colour = 1', "/views/campaigns?where=name = 'a') OR (name = 'b'"])
    await run.admin.get(bad, { expect: 422 })
  await run.admin.get('/views/campaign_figures?campaign=999999999', { expect: 404 })
}, { own: true })

it('CAMP-1.6: a campaign does not stand below itself, whoever changes it at once', async (run, assert) => {
  const a = await run.admin.make('campaigns', { name: 'Ring A' })
  const b = await run.admin.make('campaigns', { name: 'Ring B' })
  const r = await Promise.all([run.admin.patch(`/campaigns/${a.id}`, { parent: b.id }), run.admin.patch(`/campaigns/${b.id}`, { parent: a.id })])
  assert.deepEqual(r.map((x) => x.status).sort(), [200, 422])
  assert.equal(r.find((x) => x.status === 422).body.errors[0].code, 'circle')
}, { own: true })

it('CAMP-2.8: rules choose before the launch and not after it', async (run, assert) => {
  const tag = `seg ${run.fresh()}`
  const campaign = await run.admin.make('campaigns', { name: tag })
  await run.admin.make('leads', { name: tag, city: tag })
  const rule = await run.admin.make('campaign_rules', { campaign: campaign.id, name: 'City', people: 'lead', condition: `city = '${tag}'` })
  assert.equal((await run.admin.post(`/campaigns/${campaign.id}/launch`, undefined, { expect: 409 })).body.code, 'campaign_unfilled')
  assert.equal((await addAll(run, `/campaign_rules/${rule.id}/run`, {})).added, 1)
  await run.admin.post(`/campaigns/${campaign.id}/launch`, undefined, { expect: 200 })
  assert.equal((await run.admin.post(`/campaign_rules/${rule.id}/run`, {}, { expect: 409 })).body.code, 'campaign_frozen')
  await run.admin.patch(`/campaign_rules/${rule.id}`, { condition: "city = 'x'" }, { expect: 422 })
  const standing = await run.admin.make('campaign_rules', { campaign: campaign.id, name: 'Silent', people: 'lead', play: 'silent', days: 30 })
  assert.equal((await run.admin.post(`/campaign_rules/${standing.id}/run`, {}, { expect: 409 })).body.code, 'campaign_rule_daily')
  await run.admin.patch(`/campaigns/${campaign.id}`, { status: 'completed' }, { expect: 200 })
  assert.equal((await run.admin.post(`/campaigns/${campaign.id}/add_members`, { entity: 'lead', where: '' }, { expect: 409 })).body.code, 'campaign_over')
  const state = (await run.admin.get(`/campaign_states?where=campaign = '${campaign.id}' AND initial = true`)).body.records[0]
  assert.equal((await run.admin.del(`/campaign_states/${state.id}`, { expect: 409 })).body.code, 'campaign_default_state')
}, { own: true })

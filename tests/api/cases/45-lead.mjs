// Leads: what src/rooms/lead/lead.md says, rule by rule.

const convert = (run, id, body, expect = 200) => run.admin.post(`/leads/${id}/convert`, body, { expect })

it('LEAD-8: a lead becomes an account, a contact and a deal, and what hung on it goes along', async (run, assert) => {
  const lead = await run.admin.make('leads', {
    name: '周敏', company: 'Convert One GmbH', title: 'Buyer', phone: '+49 40 7654321', mobile: '13911112222', email: 'zhou@convert-one.example',
    website: 'https://convert-one.example', industry: 'energy', source: 'exhibition', budget: 120000, currency: 'USD', need: 'Two stations', status: 'qualified',
  })
  const campaign = await run.admin.make('campaigns', { name: 'Converts' })
  const member = await run.admin.make('campaign_members', { campaign: campaign.id, lead: lead.id })
  const call = await run.admin.make('activities', { kind: 'call', subject: 'First call', about: `lead/${lead.id}`, done_at: '2026-01-02T10:00:00Z' })
  const f = new FormData()
  f.append('file', new Blob(['plan']), 'plan.txt')
  f.append('about', `lead/${lead.id}`)
  await run.admin.call('POST', '/files', { raw: f, expect: 201 })

  // LEAD-8.7: the preview shows the same and changes nothing.
  const preview = (await convert(run, lead.id, { preview: true, opportunity: {} })).body
  assert.deepEqual([preview.account.id, preview.account.name, preview.contact.name, preview.opportunity.name, preview.operation], [null, 'Convert One GmbH', '周敏', 'Convert One GmbH', null])
  assert.deepEqual(preview.opportunity.fields.find((x) => x.field === 'amount'), { field: 'amount', from: 'budget', taken: true, old: null, new: 120000 })
  assert.equal((await run.admin.get(`/leads/${lead.id}`)).body.status, 'qualified')
  assert.equal((await run.admin.get("/accounts?where=name = 'Convert One GmbH'")).body.records.length, 0)

  const done = (await convert(run, lead.id, { opportunity: { close_date: '2026-12-31' } })).body
  const [account, contact, deal, after] = await Promise.all(
    [`/accounts/${done.account.id}`, `/contacts/${done.contact.id}`, `/opportunities/${done.opportunity.id}`, `/leads/${lead.id}`].map(async (p) => (await run.admin.get(p)).body))
  assert.deepEqual([account.name, account.industry, account.source, account.phone, account.website], ['Convert One GmbH', 'energy', 'exhibition', '+49 40 7654321', 'https://convert-one.example'])
  assert.deepEqual([contact.name, contact.title, contact.email, contact.account.id], ['周敏', 'Buyer', 'zhou@convert-one.example', account.id])
  assert.deepEqual([deal.amount, deal.currency, deal.description, deal.close_date, deal.account.id, deal.contact.id], [120000, 'USD', 'Two stations', '2026-12-31', account.id, contact.id])
  assert.deepEqual([after.status, after.converted_account.id, after.converted_contact.id, after.converted_opportunity.id], ['converted', account.id, contact.id, deal.id])
  assert.ok(after.converted_at)
  // LEAD-8.5
  assert.equal((await run.admin.get(`/activities/${call.id}`)).body.about.id, contact.id)
  assert.equal((await run.admin.get(`/contacts/${contact.id}/files`)).body.files.length, 1)
  const moved = (await run.admin.get(`/campaign_members/${member.id}`)).body
  assert.deepEqual([moved.lead, moved.contact.id], [null, contact.id])

  // LEAD-8.6
  assert.equal((await convert(run, lead.id, {}, 409)).body.code, 'lead_converted')
  assert.equal((await convert(run, lead.id, { preview: true }, 409)).body.code, 'lead_converted')

  // LEAD-8.8
  const undone = (await run.admin.post(`/operations/${done.operation}/undo`, undefined, { expect: 200 })).body
  assert.equal(undone.skipped, 0, JSON.stringify(undone))
  const back = (await run.admin.get(`/leads/${lead.id}`)).body
  assert.deepEqual([back.status, back.converted_account, back.converted_at], ['qualified', null, null])
  await run.admin.call('GET', `/accounts/${account.id}`, { expect: 404 })
  assert.equal((await run.admin.get(`/activities/${call.id}`)).body.about.id, lead.id)
  assert.equal((await run.admin.get(`/leads/${lead.id}/files`)).body.files.length, 1)
  assert.equal((await run.admin.get(`/campaign_members/${member.id}`)).body.lead.id, lead.id)
  await convert(run, lead.id, {})
}, { own: true })

it('LEAD-8.4: into what is there already: only what is empty, unless told to overwrite', async (run, assert) => {
  const account = await run.admin.make('accounts', { name: 'Fill AG', phone: '+49 40 1111111' })
  const contact = await run.admin.make('contacts', { name: 'Fill Person', email: 'old@fill.example', account: account.id })
  const make = () => run.admin.make('leads', { name: 'New Name', company: 'Fill AG', phone: '+49 40 2222222', email: 'new@fill.example', industry: 'retail', mobile: '13933334444' })
  const lead = await make()
  const preview = (await convert(run, lead.id, { preview: true, account: account.id, contact: contact.id })).body
  assert.ok(preview.duplicates.some((d) => d.entity === 'account' && d.id === account.id && d.reasons.includes('company')))
  const phone = preview.account.fields.find((x) => x.field === 'phone')
  assert.deepEqual([phone.taken, phone.old, phone.new], [false, '+49 40 1111111', '+49 40 2222222'])
  const done = (await convert(run, lead.id, { account: account.id, contact: { id: contact.id, title: 'CTO' }, opportunity: null })).body
  assert.equal(done.opportunity, null)
  const a = (await run.admin.get(`/accounts/${account.id}`)).body
  const c = (await run.admin.get(`/contacts/${contact.id}`)).body
  assert.deepEqual([a.phone, a.industry, c.name, c.email, c.mobile, c.title], ['+49 40 1111111', 'retail', 'Fill Person', 'old@fill.example', '13933334444', 'CTO'])
  const second = await make()
  await convert(run, second.id, { account: account.id, contact: contact.id, overwrite: true })
  const b = (await run.admin.get(`/accounts/${account.id}`)).body
  assert.deepEqual([b.phone, (await run.admin.get(`/contacts/${contact.id}`)).body.email], ['+49 40 2222222', 'new@fill.example'])
}, { own: true })

it('LEAD-8: what cannot be converted is said field by field, and nothing is half done', async (run, assert) => {
  const lead = await run.admin.make('leads', { name: 'Bad Convert', company: 'Bad Convert Ltd' })
  const bad = (await convert(run, lead.id, { contact: { email: 'no address' } }, 422)).body
  assert.deepEqual(bad.errors.map((e) => e.field), ['contact.email'])
  assert.equal((await run.admin.get("/accounts?where=name = 'Bad Convert Ltd'")).body.records.length, 0)
  await convert(run, lead.id, { account: null, contact: null }, 422)
  await convert(run, lead.id, { account: '999999999' }, 422)
  await convert(run, lead.id, { account: 7 }, 422)
  await convert(run, lead.id, { sideways: true }, 422)
  await convert(run, lead.id, { overwrite: 'yes' }, 422)
  assert.equal((await run.admin.get(`/leads/${lead.id}`)).body.status, 'new')
})

it('LEAD-8.6: two at once: one converts, the other is told', async (run, assert) => {
  for (let i = 0; i < 3; i++) {
    const lead = await run.admin.make('leads', { name: `Race ${i}`, company: `Race ${i} Ltd` })
    const replies = await Promise.all([1, 2, 3, 4].map(() => run.admin.post(`/leads/${lead.id}/convert`, { opportunity: {} })))
    assert.deepEqual(replies.map((r) => r.status).sort(), [200, 409, 409, 409])
    assert.equal((await run.admin.get(`/accounts?where=name = 'Race ${i} Ltd'`)).body.records.length, 1)
  }
}, { own: true })

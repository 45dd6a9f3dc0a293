// Behind all others: thousands of leads stay, more on one engine than on the other.
import { addAll, counted } from '../members.mjs'

it('CAMP-2.7: ten thousand members twice: nobody is in twice, and one undo takes them back', async (run, assert) => {
  const tag = `mass ${run.fresh()}`
  const many = run.engine === 'sqlite' ? 10000 : 2000 // the other engine proves the same; each row has its round trips there
  const no = many / 200
  const campaign = await run.admin.make('campaigns', { name: tag })
  const rows = Array.from({ length: many }, (_, i) => ({ do: 'create', record: { name: `${tag} ${i}`, title: tag, ...(i % 200 ? {} : { do_not_contact: true }) } }))
  const made = (await run.admin.post('/leads/bulk', { rows }, { expect: 200 })).body
  assert.equal(made.results.filter((r) => r.status === 201).length, many)
  const body = { entity: 'lead', where: `title = '${tag}'` }
  const once = await addAll(run, `/campaigns/${campaign.id}/add_members`, body)
  assert.deepEqual([once.added, once.already, once.suppressed], [many - no, 0, no])
  assert.ok(once.pieces >= many / 500, 'in pieces')
  const twice = await addAll(run, `/campaigns/${campaign.id}/add_members`, body)
  assert.deepEqual([twice.added, twice.already, twice.suppressed], [0, many - no, no])
  assert.equal(await counted(run, `/campaign_members?where=campaign = '${campaign.id}'`), many - no)
  // two at once: the same people, still nobody twice
  const other = await run.admin.make('campaigns', { name: `${tag} b` })
  const some = { entity: 'lead', where: `title = '${tag}' AND name LIKE '%99' AND name LIKE '% 1%'` }
  const both = await Promise.all([1, 2, 3].map(() => run.admin.post(`/campaigns/${other.id}/add_members`, some)))
  const fine = both.filter((r) => r.status === 200)
  assert.ok(fine.length >= 1 && both.every((r) => r.status === 200 || r.status === 409), JSON.stringify(both.map((r) => r.status)))
  assert.equal(await counted(run, `/campaign_members?where=campaign = '${other.id}'`), Array.from({ length: many }, (_, i) => `${i}`).filter((i) => i.startsWith('1') && i.endsWith('99')).length)
  // another's operation is not joined
  await run.admin.post(`/campaigns/${other.id}/add_members`, { ...some, operation: made.operation }, { expect: 422 })
  const undone = (await run.admin.post(`/operations/${once.operation}/undo`, undefined, { expect: 200 })).body
  assert.equal(undone.purged, many - no)
  assert.equal(await counted(run, `/campaign_members?where=campaign = '${campaign.id}'`), 0)
}, { own: true })

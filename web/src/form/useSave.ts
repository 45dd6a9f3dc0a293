// Saving a record: what changed goes out, faults come back beside their fields, an overtaken edit (412) fetches the
// other version and leaves the choice to the person. A second click while it runs is the same save; a save whose answer was
// lost is asked for under the same key, so that nothing is made twice.
import { computed, ref, shallowRef } from 'vue'
import { Problem } from '@/api/http'
import { create, patch, read, type Patch } from '@/api/records'
import type { Entity, Rec } from '@/api/types'
import { same } from '@/fields/wire'
import { labelOf } from '@/i18n'
import { sentence } from '@/state/notices'

export interface FaultLine {
  field: string | null
  text: string
}

function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join('-')
}

export function useSave(entity: Entity) {
  const busy = ref(false)
  const faults = ref<{ [field: string]: string }>({})
  const general = shallowRef<unknown>(null)
  const theirs = shallowRef<Rec | null>(null)
  let attempt = { body: '', key: '' }

  function keyFor(changes: Patch): string {
    const body = JSON.stringify(changes)
    if (body !== attempt.body) attempt = { body, key: randomKey() }
    return attempt.key
  }
  /** Is what the server has what we wanted? Then our first try came through, and only its answer was lost. */
  function arrived(now: Rec, changes: Patch): boolean {
    return Object.entries(changes).every(([name, value]) => {
      const f = entity.fields.find((x) => x.name === name)
      return f !== undefined && same(f, now[name], value ?? null)
    })
  }
  async function overtaken(id: string, changes: Patch): Promise<Rec | null> {
    try {
      const now = await read(entity.plural, id)
      if (arrived(now, changes)) return now
      theirs.value = now
    } catch (e) {
      general.value = e
    }
    return null
  }
  async function save(id: string | null, version: number | undefined, changes: Patch): Promise<Rec | null> {
    if (busy.value) return null
    busy.value = true
    faults.value = {}
    general.value = null
    theirs.value = null
    try {
      return id ? await patch(entity.plural, id, version, changes) : await create(entity.plural, changes, keyFor(changes))
    } catch (e) {
      if (e instanceof Problem && e.status === 412 && id) return await overtaken(id, changes)
      if (e instanceof Problem && e.errors.length) faults.value = e.byField()
      if (!(e instanceof Problem && e.status === 0)) attempt = { body: '', key: '' }
      general.value = e
      return null
    } finally {
      busy.value = false
    }
  }
  /** All that is wrong, for the top of the form; each line names the field that it is about. */
  const lines = computed<FaultLine[]>(() => {
    const e = general.value
    if (!e) return []
    if (!(e instanceof Problem) || !e.errors.length) return [{ field: null, text: sentence(e) }]
    return e.errors.map((x) => {
      const f = entity.fields.find((y) => y.name === x.field)
      return { field: f?.name ?? null, text: f ? `${labelOf(f.label)}: ${x.message}` : x.message }
    })
  })
  return { busy, faults, general, lines, theirs, save }
}

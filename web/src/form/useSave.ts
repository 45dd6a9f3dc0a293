// Saving a record: what changed goes out, faults come back beside their fields, an overtaken edit (412)
// fetches the other version and leaves the choice to the person.
import { ref, shallowRef } from 'vue'
import { Problem } from '@/api/http'
import { create, patch, read, type Patch } from '@/api/records'
import type { Entity, Rec } from '@/api/types'

export function useSave(entity: Entity) {
  const busy = ref(false)
  const faults = ref<{ [field: string]: string }>({})
  const general = shallowRef<unknown>(null)
  const theirs = shallowRef<Rec | null>(null)

  async function save(id: string | null, version: number | undefined, changes: Patch): Promise<Rec | null> {
    busy.value = true
    faults.value = {}
    general.value = null
    theirs.value = null
    try {
      return id ? await patch(entity.plural, id, version, changes) : await create(entity.plural, changes)
    } catch (e) {
      if (e instanceof Problem && e.status === 412 && id) {
        try {
          theirs.value = await read(entity.plural, id)
        } catch (again) {
          general.value = again
        }
      } else if (e instanceof Problem && e.errors.length) {
        faults.value = e.byField()
        const known = new Set(entity.fields.map((f) => f.name))
        if (e.errors.some((x) => !x.field || !known.has(x.field))) general.value = e
      } else general.value = e
      return null
    } finally {
      busy.value = false
    }
  }
  return { busy, faults, general, theirs, save }
}

// GET /meta/lean says everything once and leaves out what is null or false; here it becomes what GET /meta says.
import type { Choice, Entity, Field, Label, Meta, Wire } from '@/api/types'

type LeanField = Partial<Field> & Pick<Field, 'name' | 'type' | 'label' | 'group'> & { choices_of?: string }
type LeanEntity = Partial<Omit<Entity, 'fields'>> & Pick<Entity, 'name'> & { fields: LeanField[] }
interface Lean extends Omit<Meta, 'entities'> {
  entities: LeanEntity[]
  types: { [type: string]: { sortable?: boolean; operators: string[]; widget: string } }
  groups: { [group: string]: Label }
}

const FIELD = {
  help: null, required: false, readonly: false, list: false, indexed: false, search: false, masked: false, revealable: false, personal: false, custom: false, unique: false,
  target: null, max: null, min: null, decimals: null, currency_field: null, initial: null, choices: null,
}
const ENTITY = { module: false, configuration: false, part_of: null, keyed: false, key: null, board: null, calendar: null }
const BOARD = { sum: null }
const CALENDAR = { end: null, done: null }
const REPORT = { chart: null, compare: null }
const REPORT_PARAMETER = { entity: null, initial: null }
const ACTION_PARAMETER = { required: false, field: null }
const LAYOUTS = { list: null, form: null, record: null }

function wholeChoices(choices: Partial<Choice>[]): Choice[] {
  for (const c of choices) {
    c.color ??= null
    c.next ??= null
    c.retired ??= false
  }
  return choices as Choice[]
}

export function whole(lean: Wire<'MetaLean'>): Meta {
  const { entities, types, groups, ...rest } = lean as unknown as Lean
  const lists = new Map<string, Choice[]>()
  const fieldOf = (entity: string, f: LeanField): Field => {
    const type = types[f.type]
    const field = { ...FIELD, ...f, group_label: groups[f.group!], sortable: !f.masked && (type?.sortable ?? false), operators: (!f.masked && type?.operators) || [], widget: type?.widget ?? '' } as Field & { choices_of?: string }
    if (f.choices) lists.set(`${entity}.${f.name}`, wholeChoices(f.choices))
    if (f.choices_of) {
      field.choices = lists.get(f.choices_of) ?? null
      delete field.choices_of
    }
    return field
  }
  const entityOf = (e: LeanEntity): Entity => ({
    ...ENTITY, ...e,
    layouts: { ...LAYOUTS, ...e.layouts },
    board: e.board ? { ...BOARD, ...e.board } : null,
    calendar: e.calendar ? { ...CALENDAR, ...e.calendar } : null,
    actions: e.actions?.map((a) => ({ ...a, parameters: a.parameters.map((p) => ({ ...ACTION_PARAMETER, ...p })) })) ?? [],
    fields: e.fields.map((f) => fieldOf(e.name, f)),
  }) as Entity
  return {
    ...rest,
    organisation: rest.organisation ?? null,
    reports: rest.reports.map((r) => ({ ...REPORT, ...r, parameters: r.parameters.map((p) => ({ ...REPORT_PARAMETER, ...p })) })),
    entities: entities.map(entityOf),
  }
}

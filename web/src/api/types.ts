// What the wire carries. Entities and their fields come from GET /meta at run time, so a record
// is a map here; everything fixed has its shape.

export type Label = { [language: string]: string } | string

export type FieldType =
  | 'text' | 'long_text' | 'integer' | 'decimal' | 'money' | 'percent' | 'date' | 'time' | 'choice' | 'multi_choice'
  | 'id' | 'reference' | 'reference_any' | 'keyed_reference' | 'boolean' | 'email' | 'phone' | 'url' | 'json'

export interface Choice {
  key: string
  label: Label
  color?: string | null
  next?: string[] | null
  retired?: boolean
}

export interface Field {
  name: string
  type: FieldType
  label: Label
  required?: boolean
  readonly?: boolean
  group?: string | null
  group_label?: Label | null
  list?: boolean
  sortable?: boolean
  search?: boolean
  target?: string | null
  max?: number | null
  min?: number | null
  decimals?: number | null
  currency_field?: string | null
  choices?: Choice[] | null
  help?: Label | null
  initial?: string | null
  operators?: string[]
}

export interface View {
  name: string
  label: Label
  where?: string
  order?: string
  columns?: string[]
}

export interface Related {
  entity: string
  plural: string
  field: string
}

export interface Action {
  name: string
  label: Label
}

export interface Entity {
  name: string
  plural: string
  label: Label
  plural_label: Label
  icon?: string
  module?: boolean
  configuration?: boolean
  order?: number
  keyed?: boolean
  key?: string | null
  title?: string
  fields: Field[]
  related?: Related[]
  actions?: Action[]
  views?: View[]
  board?: { field: string; sum?: string | null } | null
  may: { create?: boolean; update?: boolean; delete?: boolean; export?: boolean; import?: boolean }
}

export interface Currency {
  code: string
  decimals: number
  symbol?: string
}

export interface Meta {
  entities: Entity[]
  currency: string
  currencies?: Currency[]
  fiscal?: { start_month?: number }
  version: string
}

export interface Me {
  id: string
  name: string
  login: string
  email?: string | null
  role?: string
  language?: string | null
  zone?: string | null
  must_change_password?: boolean
}

export interface Ref {
  id: string
  name: string
  entity?: string
}

export type Value = string | number | boolean | null | Ref | string[]

export interface Rec {
  id: string
  version: number
  name?: string
  [field: string]: Value | undefined
}

export interface Page {
  records: Rec[]
  next: string | null
  count?: number
}

export interface Hit {
  entity: string
  id: string
  name: string
  snippet?: string | null
}

export interface Change {
  at: string
  by?: Ref | null
  operation?: string | null
  kind?: string
  what?: string
  record?: Rec & { entity?: string }
  fields?: { [name: string]: { old: Value; new: Value } }
}

export interface FieldFault {
  field?: string
  code?: string
  message: string
}

export interface Job {
  state: string
  done?: number
  total?: number
  error?: string
  result?: { [key: string]: unknown } | null
}

export interface StoredFile {
  id: string
  name: string
  size: number
  type?: string
}

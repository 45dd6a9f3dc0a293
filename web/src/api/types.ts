// What the wire carries. Shapes come from the program's OpenAPI document (openapi.ts, made by tools/api-types); here they
// get short names, and what the document leaves open (which entities there are is known at run time) is narrowed.
import type { components } from './openapi'

type Schemas = components['schemas']
/** A shape of the document by its name. */
export type Wire<K extends keyof Schemas> = Schemas[K]
/** Only the named members must be there: for what the app makes up itself beside what the server sent. */
type Loose<T, K extends keyof T> = Pick<T, K> & Partial<Omit<T, K>>

export type Label = { [language: string]: string } | string

export type FieldType =
  | 'text' | 'long_text' | 'integer' | 'decimal' | 'money' | 'percent' | 'date' | 'time' | 'choice' | 'multi_choice'
  | 'id' | 'reference' | 'reference_any' | 'keyed_reference' | 'boolean' | 'email' | 'phone' | 'url' | 'json'

export type Choice = Loose<Omit<Wire<'Choice'>, 'label'>, 'key'> & { label: Label }
type FieldShape = Omit<Wire<'Field'>, 'type' | 'label' | 'group_label' | 'help' | 'choices'>
export type Field = Loose<FieldShape, 'name'> & {
  type: FieldType
  label: Label
  group_label?: Label
  help?: Label | null
  choices?: Choice[] | null
}
export type View = Loose<Omit<Wire<'Entity'>['views'][number], 'label'>, 'name'> & { label: Label }
export type Related = Wire<'Entity'>['related'][number]
export type Action = Wire<'Entity'>['actions'][number]
type EntityShape = Omit<Wire<'Entity'>, 'fields' | 'views' | 'label' | 'plural_label' | 'may'>
export type Entity = EntityShape & {
  label: Label
  plural_label: Label
  icon?: string
  fields: Field[]
  views: View[]
  may: { [verb: string]: boolean | undefined }
}
export type Currency = Wire<'Meta'>['currencies'][number]
export type Meta = Omit<Wire<'Meta'>, 'entities'> & { entities: Entity[] }
export type Me = Wire<'Me'>

export interface Ref extends Wire<'Reference'> {
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

export type Hit = Wire<'Hits'>['hits'][number]

/** A change of the history, or what happened in the timeline. */
export type Change = Pick<Wire<'Change'>, 'at'> & Partial<Omit<Wire<'Change'>, 'at' | 'fields'>> & {
  kind?: string
  /** The entity whose record tells it; `what` says what happened with it. */
  of?: string
  about?: Ref | null
  record?: (Rec & { entity?: string }) | null
  fields?: { [name: string]: { old: Value; new: Value } }
}

export type FieldFault = Loose<Wire<'FieldProblem'>, 'message'>
export type Job = Omit<Wire<'Job'>, 'result'> & { result: { [key: string]: unknown } | null }
export type StoredFile = Wire<'File'>

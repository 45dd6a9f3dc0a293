// What might be run, in every parameter, every segment of a path and every member of a body: made from the document, so that a
// new operation is in it. A body is right but for the one member, so that what is sent gets past the first door.
import { injections, naughty, scripts } from './strings.mjs'

const NOWHERE = '888888888'
const enc = (x) => encodeURIComponent(x.toWellFormed())
const clone = (x) => (x === undefined ? undefined : JSON.parse(JSON.stringify(x)))

/** What stays open and says nothing until something happens. */
const STREAMS = ['events']
/** What changes the tables, and with them the document: one after the other, when all else has been sent. */
export const reshapes = (o) => /^\/api\/v1\/(fields|choices|layouts)(\/|$)/.test(o.path)

class Shapes {
  constructor(document) {
    this.document = document
  }
  /** What a member may be: its reference followed, of several the one that is no null. */
  of(schema) {
    while (schema?.$ref) schema = schema.$ref.slice(2).split('/').reduce((o, k) => o[k], this.document)
    const several = schema?.anyOf ?? schema?.oneOf
    return several ? this.of(several.findLast((s) => s.type !== 'null')) : (schema ?? {})
  }
  is(schema, type) {
    return [schema.type].flat().includes(type)
  }
  members(schema) {
    return { ...Object.assign({}, ...(schema.allOf ?? []).map((s) => this.members(this.of(s)))), ...schema.properties }
  }
  /** The least that is right. */
  least(schema, depth = 0) {
    const s = this.of(schema)
    if (s.enum) return s.enum[0]
    if (s.const !== undefined) return s.const
    if (this.is(s, 'object') || s.properties) return Object.fromEntries((s.required ?? []).map((k) => [k, this.least(this.members(s)[k], depth + 1)]))
    if (this.is(s, 'array')) return depth < 4 && s.items ? [this.least(s.items, depth + 1)] : []
    if (this.is(s, 'boolean')) return false
    if (this.is(s, 'integer') || this.is(s, 'number')) return s.minimum ?? 1
    if (s.pattern?.startsWith('^[1-9]')) return NOWHERE
    return { 'date-time': '2031-01-01T00:00:00Z', date: '2031-01-01', email: 'x@example.com' }[s.format] ?? 'x'
  }
  /** Ways to all members, those of members too: ["rows",0,"record","name"]. */
  *ways(schema, way = []) {
    const s = this.of(schema)
    if (way.length) yield { way, schema: s }
    if (way.length > 5) return
    for (const [k, m] of Object.entries(this.members(s))) yield* this.ways(m, [...way, k])
    if (this.is(s, 'array') && s.items) yield* this.ways(s.items, [...way, 0])
    if (way.length === 0 || this.is(s, 'object')) yield { way: [...way, 'no_such_member'], schema: {} }
  }
  /** The body with `x` there; what stands on the way is made as it must be. */
  with(body, schema, way, x) {
    const root = clone(body) ?? this.least(schema)
    let at = root
    let s = this.of(schema)
    for (const [i, k] of way.entries()) {
      const inner = typeof k === 'number' ? s.items : this.members(s)[k]
      if (i === way.length - 1) at[k] = x
      else if (typeof at[k] !== 'object' || at[k] === null) at[k] = this.is(this.of(inner), 'array') ? [] : this.least(inner)
      at = at[k]
      s = this.of(inner)
    }
    return root
  }
}

const isText = (s) => [s.type].flat().includes('string') && !s.enum && !s.pattern && !s.format && ![s.type].flat().includes('object')

function* operationsOf(document) {
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, o] of Object.entries(methods)) if (!STREAMS.includes(o.operationId)) yield { path, method: method.toUpperCase(), id: o.operationId, o }
}

/** Every place where something can be put, as a function of it: what to send. `good`: {ids, bodies, keys} of records that are there. */
export function places(document, good) {
  const shapes = new Shapes(document)
  const list = []
  for (const op of operationsOf(document)) {
    const { path, o } = op
    const content = o.requestBody?.content ?? {}
    const [type] = Object.keys(content)
    if (type === 'multipart/form-data') continue // names of files and what they are about: a case of their own
    const plural = path.split('/')[3]
    const at = path.replace('{id}', good.ids[plural] ?? NOWHERE).replace('{key}', good.keys[path] ?? 'x').replace(/\{\w+\}/g, 'x')
    const schema = content[type]?.schema
    const body = () => (type ? { body: good.bodies(op) ?? shapes.least(schema) } : {})
    const parameters = (o.parameters ?? []).map((p) => shapes.of(p)).filter((p) => p.in === 'query')
    const few = (but) => parameters.filter((p) => p.name !== but && (p.required || p.name === 'limit')).map((p) => `&${p.name}=${enc(p.name === 'limit' ? '1' : String(shapes.least(p.schema)))}`).join('')
    for (const p of parameters) list.push({ op, what: `?${p.name}`, strings: injections, send: (x) => [op.method, `${at}?${p.name}=${enc(x)}${few(p.name)}`, body()] })
    if (/\{\w+\}/.test(path)) list.push({ op, what: 'path', strings: injections, send: (x) => [op.method, path.replace(/\{\w+\}/g, enc(x)) + few('').replace('&', '?'), body()] })
    if (type === 'application/x-www-form-urlencoded') {
      for (const name of Object.keys(shapes.members(shapes.of(schema)))) list.push({ op, what: name, strings: injections, send: (x) => [op.method, at, { raw: `${name}=${enc(x)}`, headers: { 'content-type': type } }] })
      continue
    }
    const open = (good.members[op.id] ?? []).map((k) => ({ way: [k], schema: {} }))
    for (const { way, schema: s } of type ? [...shapes.ways(schema), ...open] : [])
      list.push({
        op, what: way.join('.'), way,
        strings: isText(s) && op.method === 'PATCH' ? [...injections, ...naughty, ...scripts('http://127.0.0.1:9/canary')] : injections,
        send: (x) => [op.method, at, { body: shapes.with(good.bodies(op), schema, way, x.toWellFormed()) }],
      })
  }
  return list
}

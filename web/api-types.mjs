// node api-types.mjs OPENAPI.json OUT.ts: the shapes of the wire as TypeScript. The paths are left out: calls are made
// by an entity's plural, so only the shapes (components) are of use, and they are checked in a tenth of the time.
import { readFileSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'

const [, , from, to] = process.argv
const document = JSON.parse(readFileSync(from, 'utf8'))
const types = astToString(await openapiTS({ ...document, paths: {} }))
writeFileSync(to, `// Made by tools/api-types from the program's OpenAPI document.\n${types}`)

// The emitted document against the public linter's recommended rules.
import { createConfig, lintFromString } from '@redocly/openapi-core'

export async function lint(source) {
  const config = await createConfig({ extends: ['recommended'] })
  return lintFromString({ source, absoluteRef: 'openapi.json', config })
}

// An authority of the tests' own: who trusts `ca` takes the certificates that it signs. Null where there is no openssl.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

function openssl(...args) {
  const r = spawnSync('openssl', args, { encoding: 'utf8' })
  if (r.status !== 0) throw new Error(`openssl ${args[0]}: ${r.stderr}`)
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** `sign(name, …)` makes a certificate for these names or addresses: paths and texts of certificate and key. */
export function authority(folder, called = 'own') {
  if (spawnSync('openssl', ['version']).status !== 0) return null
  const at = (name) => join(folder, `${called}-${name}`)
  openssl('req', '-x509', ...KEY, '-days', '2', '-subj', `/CN=Authority ${called}`, '-keyout', at('ca.key'), '-out', at('ca.pem'))
  let made = 0
  return {
    caFile: at('ca.pem'),
    ca: readFileSync(at('ca.pem')),
    sign(...names) {
      const n = ++made
      const [certFile, keyFile, request, more] = ['crt', 'key', 'csr', 'ext'].map((kind) => at(`${n}.${kind}`))
      writeFileSync(more, `subjectAltName=${names.map((x) => (/^[\d.:]+$/.test(x) ? `IP:${x}` : `DNS:${x}`)).join(',')}\n`)
      openssl('req', ...KEY, '-subj', `/CN=${names[0]}`, '-keyout', keyFile, '-out', request)
      openssl('x509', '-req', '-in', request, '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', more, '-out', certFile)
      return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) }
    },
  }
}

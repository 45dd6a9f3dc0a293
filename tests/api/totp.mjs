// One-time codes as an app makes them [RFC 6238], written apart from the server's.
import { createHmac } from 'node:crypto'

export function base32(text) {
  const bits = [...text].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  return Buffer.from(bits.match(/.{8}/g).map((b) => Number.parseInt(b, 2)))
}

export function codeOf(secret, step) {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', base32(secret)).update(counter).digest()
  const at = mac[19] & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0')
}

export const stepNow = () => Math.floor(Date.now() / 30000)

/** The step of now, with at least five seconds of it left. */
export async function steadyStep() {
  const left = 30000 - (Date.now() % 30000)
  if (left < 5000) await new Promise((done) => setTimeout(done, left + 50))
  return stepNow()
}

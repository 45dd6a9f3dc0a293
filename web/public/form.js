// A public form where this script stands: <script src="https://…/form.js" data-form="KEY" async></script>
// Asks the server that it came from for the fields, builds the form, solves the challenge and sends. Nothing of the page
// is read; what it looks like is left to the page's own font and colours, by the class names zhike-form-….
(() => {
  'use strict'
  const script = document.currentScript
  const key = script && script.getAttribute('data-form')
  if (!key) return
  const base = `${new URL(script.src, location.href).origin}/forms/${encodeURIComponent(key)}`

  // ---- SHA-256: the browser's own is missing on pages without TLS ----
  const K = new Uint32Array(64)
  const H0 = new Uint32Array(8)
  for (let n = 2, i = 0; i < 64; n++) {
    let prime = true
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false
    if (!prime) continue
    if (i < 8) H0[i] = (Math.sqrt(n) % 1) * 4294967296
    K[i++] = (Math.cbrt(n) % 1) * 4294967296
  }
  const W = new Uint32Array(64)
  const turn = (x, n) => (x >>> n) | (x << (32 - n))
  /** The first 32 bits of the digest of at most 55 ASCII characters in each block's place; longer texts take more blocks. */
  function sha256(text) {
    const n = text.length
    const blocks = (n + 9 + 63) >> 6
    const bytes = new Uint8Array(blocks * 64)
    for (let i = 0; i < n; i++) bytes[i] = text.charCodeAt(i)
    bytes[n] = 128
    const view = new DataView(bytes.buffer)
    view.setUint32(blocks * 64 - 4, n * 8)
    const h = H0.slice()
    for (let b = 0; b < blocks; b++) {
      for (let i = 0; i < 16; i++) W[i] = view.getUint32(b * 64 + i * 4)
      for (let i = 16; i < 64; i++) {
        const p = W[i - 15]
        const q = W[i - 2]
        W[i] = W[i - 16] + W[i - 7] + (turn(p, 7) ^ turn(p, 18) ^ (p >>> 3)) + (turn(q, 17) ^ turn(q, 19) ^ (q >>> 10))
      }
      let [a, c, d, e, f, g, k, l] = h
      for (let i = 0; i < 64; i++) {
        const x = (l + (turn(f, 6) ^ turn(f, 11) ^ turn(f, 25)) + ((f & g) ^ (~f & k)) + K[i] + W[i]) | 0
        const y = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & c) ^ (a & d) ^ (c & d))) | 0
        l = k
        k = g
        g = f
        f = (e + x) | 0
        e = d
        d = c
        c = a
        a = (x + y) | 0
      }
      const add = [a, c, d, e, f, g, k, l]
      for (let i = 0; i < 8; i++) h[i] += add[i]
    }
    return h[0]
  }
  /** In pieces, so that the page stays alive. */
  async function solve(challenge) {
    for (let nonce = 0; ; nonce++) {
      if (Math.clz32(sha256(`${challenge.salt}:${nonce}`)) >= challenge.difficulty) return { ...challenge, nonce: String(nonce) }
      if (nonce % 4000 === 3999) await new Promise((done) => setTimeout(done))
    }
  }

  // ---- the form ----
  const make = (tag, attributes, ...children) => {
    const e = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) if (value !== false && value !== undefined) e.setAttribute(name, value === true ? '' : value)
    e.append(...children)
    return e
  }
  const style = `
.zhike-form{display:grid;gap:14px;font:inherit;text-align:left}
.zhike-form h2{margin:0;font-size:1.5em;line-height:1.25}
.zhike-form p{margin:0;white-space:pre-line}
.zhike-form label{display:grid;gap:4px;font-weight:600}
.zhike-form label>small{font-weight:400;opacity:.75}
.zhike-form input:not([type=checkbox]),.zhike-form select,.zhike-form textarea{font:inherit;font-weight:400;box-sizing:border-box;width:100%;padding:9px 11px;border:1px solid #8a94a6;border-radius:6px;background:Field;color:FieldText}
.zhike-form textarea{min-height:6em;resize:vertical}
.zhike-form input[type=checkbox]{justify-self:start;width:20px;height:20px}
.zhike-form :focus-visible{outline:2px solid #1f6feb;outline-offset:1px}
.zhike-form button{font:inherit;font-weight:600;justify-self:start;padding:10px 22px;border:0;border-radius:6px;background:#0b6b68;color:#fff;cursor:pointer}
.zhike-form button:disabled{opacity:.6;cursor:default}
.zhike-form-wrong{color:#c62828;font-weight:400}
.zhike-form-trap{position:absolute;left:-9999px;height:0;overflow:hidden}
@media (prefers-color-scheme:dark){.zhike-form-wrong{color:#ff8a80}}`
  const TYPES = { email: 'email', phone: 'tel', url: 'url', integer: 'number', decimal: 'text', money: 'text', percent: 'text', date: 'date', time: 'datetime-local', boolean: 'checkbox', bool: 'checkbox' }

  function control(f, texts) {
    const name = `zf-${key}-${f.name}`
    if (f.type === 'long_text') return make('textarea', { id: name, rows: '4' })
    if (f.type === 'choice' || f.type === 'multi_choice') {
      const many = f.type === 'multi_choice'
      const options = f.choices.map((c) => make('option', { value: c.key }, c.label))
      return make('select', { id: name, multiple: many }, ...(many ? [] : [make('option', { value: '' }, texts.choose)]), ...options)
    }
    const auto = { name: 'name', company: 'organization', title: 'organization-title', email: 'email', phone: 'tel', mobile: 'tel', website: 'url', address: 'street-address', city: 'address-level2' }[f.name]
    return make('input', { id: name, type: TYPES[f.type] ?? 'text', autocomplete: auto })
  }
  function valueOf(f, input) {
    if (input.type === 'checkbox') return input.checked
    if (input.multiple) return [...input.selectedOptions].map((o) => o.value)
    const text = input.value.trim()
    if (!text) return null
    if (f.type === 'integer' || f.type === 'percent') return Number(text)
    if (f.type === 'time') return new Date(text).toISOString()
    return text
  }

  async function ask(path, options) {
    const reply = await fetch(base + path, { credentials: 'omit', ...options, headers: { accept: 'application/json', ...options?.headers } })
    const body = await reply.json().catch(() => ({}))
    return { ok: reply.ok, body }
  }

  async function show() {
    const { ok, body: form } = await ask('')
    const place = make('div', { class: 'zhike-form-place' })
    script.after(place)
    if (!ok) {
      place.append(make('p', { class: 'zhike-form-wrong', role: 'alert' }, form.detail ?? ''))
      return
    }
    const inputs = new Map()
    const wrongs = new Map()
    const trap = make('input', { id: `zf-${key}--trap`, type: 'text', tabindex: '-1', autocomplete: 'off' })
    const whole = make('p', { class: 'zhike-form-wrong', role: 'alert' })
    const button = make('button', { type: 'submit' }, form.button)
    const rows = form.fields.map((f) => {
      const input = control(f, form.texts)
      const wrong = make('small', { class: 'zhike-form-wrong', id: `${input.id}-wrong` })
      input.setAttribute('aria-describedby', wrong.id)
      if (f.required) input.setAttribute('aria-required', 'true')
      inputs.set(f.name, input)
      wrongs.set(f.name, wrong)
      return make('label', { for: input.id }, make('span', {}, f.label, ...(f.required ? [' *'] : [])), ...(f.help ? [make('small', {}, f.help)] : []), input, wrong)
    })
    const box = make('form', { class: 'zhike-form', lang: form.language, novalidate: true }, make('h2', {}, form.title), ...(form.intro ? [make('p', {}, form.intro)] : []), ...rows, make('div', { class: 'zhike-form-trap', 'aria-hidden': 'true' }, trap), whole, button)
    box.addEventListener('submit', async (e) => {
      e.preventDefault()
      if (button.disabled) return
      button.disabled = true
      button.textContent = form.texts.sending
      whole.textContent = ''
      for (const [name, w] of wrongs) {
        w.textContent = ''
        inputs.get(name).removeAttribute('aria-invalid')
      }
      try {
        const values = {}
        for (const f of form.fields) {
          const v = valueOf(f, inputs.get(f.name))
          if (v !== null && !(Array.isArray(v) && !v.length)) values[f.name] = v
        }
        const given = await ask('/challenge')
        if (!given.ok) throw new Error(given.body.detail)
        const challenge = await solve(given.body)
        const sent = await ask('', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ values, challenge, trap: trap.value }) })
        if (sent.ok) {
          const done = make('div', { class: 'zhike-form', role: 'status', tabindex: '-1' }, make('p', {}, sent.body.thanks))
          // A case: its number, and the link to the page that shows what becomes of it.
          if (sent.body.number) done.append(make('p', {}, `${sent.body.number} `, make('a', { href: new URL(sent.body.status, base).href }, sent.body.follow)))
          place.replaceChildren(done)
          place.firstChild.focus()
          return
        }
        let first = null
        for (const fault of sent.body.errors ?? []) {
          const w = wrongs.get(fault.field)
          if (!w) {
            whole.textContent = fault.message
            continue
          }
          w.textContent = fault.message
          const input = inputs.get(fault.field)
          input.setAttribute('aria-invalid', 'true')
          first ??= input
        }
        if (!sent.body.errors?.length) whole.textContent = sent.body.detail ?? form.texts.failed
        first?.focus()
      } catch (fault) {
        whole.textContent = form.texts.failed
      }
      button.disabled = false
      button.textContent = form.button
    })
    place.append(make('style', {}, style), box)
  }
  show().catch(() => undefined)
})()

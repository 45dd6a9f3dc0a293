import { computed, ref, shallowRef } from 'vue'
import { call, forgetEarly, forgetFirst, Problem } from '@/api/http'
import { listen, startEvents, stopEvents } from '@/api/events'
import type { Me, Wire } from '@/api/types'
import { nearest, rememberLanguage, setLanguage, type Language } from '@/i18n'
import { clearKeyed } from './keyed'
import { clearMeta, loadMeta } from './meta'

export const me = shallowRef<Me | null>(null)
export const signedIn = computed(() => me.value !== null)
export const mustChange = computed(() => me.value?.must_change_password === true)
export const mustSetUp = computed(() => me.value?.must_set_second_step === true)
export const ready = ref(false)
/** Why we could not ask who we are: the server or its database is away. */
export const lost = shallowRef<unknown>(null)
let deaf: (() => void) | null = null

async function enter(who: Me): Promise<void> {
  me.value = who
  const wanted = nearest(who.language)
  if (wanted) {
    rememberLanguage(wanted)
    await setLanguage(wanted)
  }
  if (who.must_change_password || who.must_set_second_step) return forgetEarly()
  await loadMeta()
  startEvents()
  deaf ??= listen((e) => { if (e.type === 'tables') void loadMeta().catch(() => undefined) })
}

/** Asks who we are; false when nobody is signed in. */
export async function resume(): Promise<boolean> {
  try {
    await enter((await call<Me>('GET', '/me', { quiet401: true })).body)
    return true
  } catch (e) {
    forgetEarly()
    if (e instanceof Problem && e.status === 401) {
      forgetFirst()
      return false
    }
    me.value = null
    lost.value = e
    throw e
  } finally {
    ready.value = true
  }
}

/** False: the password is right, and now the code of the second step is wanted. */
async function firstStep(login: string, password: string): Promise<boolean> {
  try {
    await call('POST', '/session', { body: { login, password }, quiet401: true })
    return true
  } catch (e) {
    if (e instanceof Problem && e.code === 'second_factor') return false
    throw e
  }
}
const secondStep = (code: string) => call('POST', '/session/code', { body: { code }, quiet401: true })
/** Asks again who we are, and begins the app with it. */
export async function enterAgain(): Promise<void> {
  await enter((await call<Me>('GET', '/me')).body)
}
export async function signIn(login: string, password: string): Promise<boolean> {
  const inside = await firstStep(login, password)
  if (inside) await enterAgain()
  return inside
}
export async function signInCode(code: string): Promise<void> {
  await secondStep(code)
  await enterAgain()
}
/** The answer is the same whoever that is. */
export async function forgotten(login: string): Promise<void> {
  await call('POST', '/session/forgot', { body: { login }, quiet401: true })
}

/** Set while the session is over and the person is asked to sign in again where they are. */
export const asking = shallowRef<{ login: string; done: (again: boolean) => void } | null>(null)
let answer: Promise<boolean> | null = null

/** All calls that meet the end of the session wait for one answer; false: the person leaves. */
export function askAgain(): Promise<boolean> {
  if (!me.value) return Promise.resolve(false)
  const login = me.value.login ?? me.value.name
  answer ??= new Promise<boolean>((done) => (asking.value = { login, done })).finally(() => {
    asking.value = null
    answer = null
  })
  return answer
}

/** Set while a second step is to be set up in the middle of the work: a role or the organisation asks for it since. */
export const settingUp = shallowRef<((done: boolean) => void) | null>(null)
let setUp: Promise<boolean> | null = null
export function askSetUp(): Promise<boolean> {
  if (!me.value || mustSetUp.value) return Promise.resolve(false) // the sign-in page does it
  setUp ??= new Promise<boolean>((done) => (settingUp.value = done)).finally(() => {
    settingUp.value = null
    setUp = null
  })
  return setUp
}
/** It has another session since; its streams begin anew. */
export async function setUpDone(): Promise<void> {
  me.value = (await call<Me>('GET', '/me', { quiet401: true })).body
  stopEvents()
  startEvents()
  settingUp.value?.(true)
}

/** True when it is the same person: then what waits goes on; somebody else begins anew. Null: the code is wanted too. */
export async function signInAgain(login: string, password: string, code: string): Promise<boolean | null> {
  const before = me.value?.id
  if (code) await secondStep(code)
  else if (!(await firstStep(login, password))) return null
  const who = (await call<Me>('GET', '/me', { quiet401: true })).body
  if (who.id !== before) return false
  me.value = who
  stopEvents()
  startEvents()
  return true
}

/** The same question where another window signed in meanwhile. Null: nobody has. */
export async function signedInElsewhere(): Promise<boolean | null> {
  const before = me.value?.id
  try {
    const who = (await call<Me>('GET', '/me', { quiet401: true })).body
    if (who.id !== before || who.must_change_password || who.must_set_second_step) return false
    me.value = who
    stopEvents()
    startEvents()
    return true
  } catch (e) {
    if (e instanceof Problem && e.status === 401) return null
    throw e
  }
}

export function forget(): void {
  stopEvents()
  forgetFirst()
  me.value = null
  clearMeta()
  clearKeyed()
}

export async function signOut(): Promise<void> {
  const end = await call<Wire<'Goodbye'>>('POST', '/session/end').catch(() => null)
  forget()
  if (!end?.body?.url) return
  location.assign(end.body.url) // who came from a provider signs out there too
  await new Promise(() => undefined)
}

export async function changePassword(old: string, fresh: string): Promise<void> {
  await call('POST', '/me/password', { body: { current: old, new: fresh }, quiet401: true })
  await enter((await call<Me>('GET', '/me')).body)
}

export async function chooseLanguage(key: Language): Promise<void> {
  rememberLanguage(key)
  await setLanguage(key)
  if (!me.value) return
  await call('PATCH', '/me', { body: { language: key } })
  me.value = { ...me.value, language: key }
}

import { computed, ref, shallowRef } from 'vue'
import { call, Problem } from '@/api/http'
import { startEvents, stopEvents } from '@/api/events'
import type { Me } from '@/api/types'
import { nearest, rememberLanguage, setLanguage, type Language } from '@/i18n'
import { clearKeyed } from './keyed'
import { clearMeta, loadMeta } from './meta'

export const me = shallowRef<Me | null>(null)
export const signedIn = computed(() => me.value !== null)
export const mustChange = computed(() => me.value?.must_change_password === true)
export const ready = ref(false)

async function enter(who: Me): Promise<void> {
  me.value = who
  const wanted = nearest(who.language)
  if (wanted) {
    rememberLanguage(wanted)
    await setLanguage(wanted)
  }
  if (who.must_change_password) return
  await loadMeta()
  startEvents()
}

/** Asks who we are; false when nobody is signed in. */
export async function resume(): Promise<boolean> {
  try {
    await enter((await call<Me>('GET', '/me', { quiet401: true })).body)
    return true
  } catch (e) {
    if (e instanceof Problem && e.status === 401) return false
    throw e
  } finally {
    ready.value = true
  }
}

export async function signIn(login: string, password: string): Promise<void> {
  await call('POST', '/session', { body: { login, password }, quiet401: true })
  await enter((await call<Me>('GET', '/me')).body)
}

export function forget(): void {
  stopEvents()
  me.value = null
  clearMeta()
  clearKeyed()
}

export async function signOut(): Promise<void> {
  await call('DELETE', '/session').catch(() => undefined)
  forget()
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

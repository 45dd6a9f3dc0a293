// The provider of OpenID Connect: its button, its settings.
import { call, get, post } from './http'
import type { Wire } from './types'

export type Provider = Wire<'Provider'>
export type ProviderSettings = Wire<'ProviderSettings'>
export type ProviderOutcome = Wire<'ProviderOutcome'>

export const provider = () => get<Provider>('/oidc')
export const providerSettings = () => get<ProviderSettings>('/settings/oidc')
export const changeProvider = async (body: object) => (await call<ProviderSettings>('PATCH', '/settings/oidc', { body })).body
export const testProvider = (issuer: string) => post<ProviderOutcome>('/settings/oidc/test', { issuer })
export const unlinkProvider = (user: string) => call('DELETE', `/users/${user}/oidc`)

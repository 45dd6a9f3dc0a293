// What an administrator arranges: own fields, choices, layouts, people's access; and what was changed, over everything.
import { call, get, params, post, takeFile } from './http'
import type { Label, Wire } from './types'

export type OwnField = Wire<'OwnField'>
export type UsedChoice = Wire<'UsedChoice'>
export type ChoiceList = Wire<'ChoiceList'>
export type ChoiceListSaved = Wire<'ChoiceListSaved'>
export type AnyChange = Wire<'AnyChange'>
export type OpenSession = Wire<'OpenSession'>
export type Token = Wire<'Token'>
export type TokenMade = Wire<'TokenMade'>
export type Organisation = Wire<'Settings'>
export interface ListLayout { columns: { field: string; width?: number | null }[]; order?: string | null }
export interface LayoutGroup { name: string; label?: Label | null; fields?: string[]; collapsed?: boolean }
export interface FormLayout { groups: LayoutGroup[]; hidden?: string[]; facts?: string[]; related?: string[]; hidden_related?: string[] }
export interface Layouts { list: ListLayout | null; form: FormLayout | null; record: FormLayout | null }
export type LayoutKind = keyof Layouts

/** The types an own field may have, in the order in which people need them. */
export const FIELD_TYPES = ['text', 'long_text', 'choice', 'multi_choice', 'integer', 'decimal', 'money', 'percent', 'date', 'time', 'boolean', 'reference', 'phone', 'email', 'url'] as const

export const ownFields = (entity?: string) => get<Wire<'OwnFields'>>(`/fields${params({ entity })}`)
export const ownField = (id: string) => get<OwnField>(`/fields/${id}`)
export const addField = (body: object) => post<OwnField>('/fields', body)
export const changeField = async (id: string, body: object) => (await call<OwnField>('PATCH', `/fields/${id}`, { body })).body
export const deleteField = (id: string, values: number) => call('DELETE', `/fields/${id}${params({ values })}`)

export const choicesOf = (entity: string, field: string) => get<ChoiceList>(`/choices${params({ entity, field })}`)
export const putChoices = async (body: object) => (await call<ChoiceListSaved>('PUT', '/choices', { body })).body
export const putLayout = (entity: string, kind: LayoutKind, layout: object | null) => call('PUT', '/layouts', { body: { entity, kind, layout } })

export const changes = (query: { [name: string]: string | number | null | undefined }, signal?: AbortSignal) => get<Wire<'Changes'>>(`/changes${params(query)}`, signal)
export const sessions = async (user?: string) => (await get<Wire<'Sessions'>>(`/sessions${params({ user })}`)).sessions
export const endSession = (id: string, user?: string) => call('DELETE', `/sessions/${id}${params({ user })}`)
export const endOtherSessions = () => call('DELETE', '/sessions')
export const invite = (user: string, send = false) => post<Wire<'Link'>>(`/users/${user}/invite`, { send })
export const resetLink = (user: string, send = false) => post<Wire<'Link'>>(`/users/${user}/reset`, { send })
export const takeSecondStep = (user: string) => call('DELETE', `/users/${user}/totp`)
export const secondStep = () => get<Wire<'SecondStep'>>('/me/totp')
export const beginSecondStep = (password: string) => post<Wire<'SecondStepOffer'>>('/me/totp', { password })
export const confirmSecondStep = (code: string) => post<Wire<'RecoveryCodes'>>('/me/totp/confirm', { code })
export const endSecondStep = (password: string) => post('/me/totp/off', { password })
export const renewRecoveryCodes = (password: string) => post<Wire<'RecoveryCodes'>>('/me/totp/recovery', { password })
export const signInPolicy = () => get<Wire<'SignInPolicy'>>('/settings/sign_in')
export const changeSignInPolicy = async (body: object) => (await call<Wire<'SignInPolicy'>>('PATCH', '/settings/sign_in', { body })).body
export type MailSettings = Wire<'MailSettings'>
export type Letter = Wire<'Mail'>
export const mail = () => get<MailSettings>('/settings/mail')
export const changeMail = async (body: object) => (await call<MailSettings>('PATCH', '/settings/mail', { body })).body
export const testMail = (to: string) => post('/settings/mail/test', { to })
export const letters = async () => (await get<Wire<'Mails'>>('/mails?limit=20')).mails
export type SecurityEvent = Wire<'SecurityEvent'>
export const securityEvents = (query: { [name: string]: string | number | null | undefined }, signal?: AbortSignal) => get<Wire<'SecurityEvents'>>(`/security_events${params(query)}`, signal)
export const exportEvents = (query: { [name: string]: string | number | null | undefined }) => takeFile(`/security_events/export${params(query)}`)
export const exportChanges = (query: { [name: string]: string | number | null | undefined }) => takeFile(`/changes/export${params(query)}`)
export const tokens = async (all: boolean) => (await get<Wire<'Tokens'>>(`/tokens${params({ all: all || null })}`)).tokens
export const makeToken = (body: object) => post<TokenMade>('/tokens', body)
export const endToken = (id: string) => call('DELETE', `/tokens/${id}`)
export const organisation = () => get<Organisation>('/settings')
export const changeOrganisation = async (body: object) => (await call<Organisation>('PATCH', '/settings', { body })).body

import { type Fields, readFields, readString } from '../../../src/util/json.ts'
import { collect, fetchOne, readPages } from '../api/client.ts'
import type { Request } from '../api/request.ts'

/** The applications and webhooks of a Channex account; every method rejects with `ChannexError`. */
export interface ChannexAccount {
  installedApplications(signal: AbortSignal): Promise<readonly Application[]>
  webhooks(signal: AbortSignal): Promise<readonly Webhook[]>
  createWebhook(draft: WebhookDraft, signal: AbortSignal): Promise<Webhook>
  /** Replaces the whole webhook. */
  updateWebhook(webhookId: string, draft: WebhookDraft, signal: AbortSignal): Promise<Webhook>
  /** Makes Channex call it once, and tells what was answered. */
  testWebhook(draft: WebhookDraft, signal: AbortSignal): Promise<WebhookTest>
}

/** Applications and webhooks, typed. */
export const createChannexAccount = (request: Request): ChannexAccount => ({
  installedApplications: (signal) =>
    collect(readPages(request, { path: 'applications/installed', read: readApplication }, signal)),
  webhooks: (signal) => collect(readPages(request, { path: 'webhooks', read: readWebhook }, signal)),
  createWebhook: (draft, signal) => {
    const asked = { method: 'POST', path: 'webhooks', body: writeWebhook(draft) } as const
    return fetchOne(request, asked, readWebhook, signal)
  },
  updateWebhook: (webhookId, draft, signal) => {
    const path = `webhooks/${encodeURIComponent(webhookId)}`
    return fetchOne(request, { method: 'PUT', path, body: writeWebhook(draft) }, readWebhook, signal)
  },
  testWebhook: async (draft, signal) => {
    const answer = await request({ method: 'POST', path: 'webhooks/test', body: writeWebhook(draft) }, signal)
    return readWebhookTest(answer ?? {})
  },
})

/** The fields we read and write of a Channex account's applications and webhooks (https://docs.channex.io/api-v.1-documentation/webhook-collection). */

/** An application that is installed on a property. */
export interface Application {
  readonly id: string
  /** `channex_messages` is what messages need. */
  readonly code: string | undefined
  readonly propertyId: string | undefined
}

/** What Channex is told of a webhook; both switches are off there unless they are set. */
export interface WebhookDraft {
  readonly callbackUrl: string
  /** Separated by semicolons. */
  readonly eventMask: string
  /** Undefined: for all properties. */
  readonly propertyId: string | undefined
  readonly isActive: boolean
  readonly sendData: boolean
  readonly headers: Readonly<Record<string, string>>
}

/** A webhook as Channex has it. */
export interface Webhook extends WebhookDraft {
  readonly id: string
}

/** What came of Channex calling a webhook for a test. */
export interface WebhookTest {
  readonly status: number | undefined
  readonly body: string | undefined
}

/** Reads an installed application; undefined without an id. */
const readApplication = (fields: Fields): Application | undefined => {
  const id = readString(fields['id'])
  const attributes = readFields(fields['attributes']) ?? fields
  if (id === undefined) return undefined
  return {
    id,
    code: readString(attributes['application_code']),
    propertyId: readString(attributes['property_id']),
  }
}

/** Reads a webhook; undefined without an id. Names of headers come in lower case. */
const readWebhook = (fields: Fields): Webhook | undefined => {
  const id = readString(fields['id'])
  if (id === undefined) return undefined
  const attributes = readFields(fields['attributes']) ?? fields
  const headers = Object.entries(readFields(attributes['headers']) ?? {})
  return {
    id,
    callbackUrl: readString(attributes['callback_url']) ?? '',
    eventMask: readString(attributes['event_mask']) ?? '',
    propertyId: readString(attributes['property_id']),
    isActive: attributes['is_active'] === true,
    sendData: attributes['send_data'] === true,
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), String(value)])),
  }
}

/** A webhook as Channex takes it: always the whole of it. */
const writeWebhook = (draft: WebhookDraft): Fields => ({
  webhook: {
    callback_url: draft.callbackUrl,
    event_mask: draft.eventMask,
    property_id: draft.propertyId ?? null,
    is_global: draft.propertyId === undefined,
    headers: draft.headers,
    request_params: {},
    is_active: draft.isActive,
    send_data: draft.sendData,
    protected: false,
  },
})

/** Reads the result of a test, which comes bare or inside `data`. */
const readWebhookTest = (fields: Fields): WebhookTest => {
  const data = readFields(fields['data']) ?? fields
  const result = readFields(data['attributes']) ?? data
  const status = result['status_code']
  return { status: typeof status === 'number' ? status : undefined, body: readString(result['body']) }
}

import {
  readApplication,
  readWebhook,
  readWebhookTest,
  writeWebhook,
  type Application,
  type Webhook,
  type WebhookDraft,
  type WebhookTest,
} from './account-wire.ts'
import { fetchOne } from '../api/client.ts'
import { collect, readPages } from '../api/pages.ts'
import type { Request } from '../api/request.ts'

/** What is set up in a Channex account; every method rejects with `ChannexError`. */
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

import { Webhook } from 'standardwebhooks'
import { createFakeServer, type FakeServer } from './server.ts'

/** An alert that was taken, with its signature verified. */
export interface TakenAlert {
  readonly id: string
  /** Of the header `webhook-timestamp`, in milliseconds since 1970. */
  readonly at: number
  readonly body: {
    readonly text: string
    readonly conversation: string
    readonly property: string
    readonly waitedSeconds: number
  }
}

/** Takes alerts as an operator's own program does; refuses a wrong signature with 401. */
export interface AlertReceiver extends FakeServer {
  readonly secret: string
  /** What was answered 2xx or would have been, in order. */
  readonly taken: readonly TakenAlert[]
}

export const createAlertReceiver = async (): Promise<AlertReceiver> => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const webhook = new Webhook(secret)
  const taken: TakenAlert[] = []
  const server = await createFakeServer(({ headers, body }) => {
    const id = String(headers['webhook-id'])
    const at = Number(headers['webhook-timestamp']) * 1000
    const signatures = String(headers['webhook-signature']).split(' ')
    if (!signatures.includes(webhook.sign(id, new Date(at), body))) return { status: 401, body: 'wrong' }
    taken.push({ id, at, body: JSON.parse(body) as TakenAlert['body'] })
    return { status: 204 }
  })
  return { ...server, secret, taken }
}

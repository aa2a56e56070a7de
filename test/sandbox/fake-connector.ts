import { createFakeServer, type FakeServer } from '../fakes/server.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'

interface Activity {
  readonly id: string
  readonly text: string
  readonly serviceUrl: string
  readonly from: { readonly name: string }
  readonly conversation: { readonly id: string }
}

interface MewsMessage {
  readonly Id: string
  readonly MessageThreadId: string
  readonly Text: string
  readonly Sender: { readonly Discriminator: string }
}

const plain = (text: string): string => text.replace(/^<at>.*?<\/at> /, '')

/** A connector without memory, retries or promises: it passes on what arrives, so that the sandbox can be tested without the real one. */
export const createFakeConnector = async (sandbox: () => Sandbox): Promise<FakeServer> => {
  const threads = new Map<string, Activity>()
  const delivered = new Set<string>()

  const askMews = async <Answer>(operation: string, body: object): Promise<Answer> => {
    const { clientToken: ClientToken, accessToken: AccessToken } = sandbox().credentials
    const response = await fetch(`${sandbox().mewsAddress}/api/connector/v1/${operation}`, {
      method: 'POST',
      body: JSON.stringify({ ClientToken, AccessToken, Client: 'Fake 1', ...body }),
    })
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as Answer
  }

  const threadOf = async (activity: Activity): Promise<string> => {
    for (const [id, first] of threads) if (first.conversation.id === activity.conversation.id) return id
    const { MessageThreads } = await askMews<{ MessageThreads: readonly { Id: string }[] }>(
      'messageThreads/add',
      { OriginalSender: activity.from.name, Subject: `${plain(activity.text)} (Teams, ref K7Q2M4)` },
    )
    const id = MessageThreads[0]?.Id ?? ''
    threads.set(id, activity)
    return id
  }

  const takeActivity = async (activity: Activity): Promise<void> => {
    const Messages = [{ MessageThreadId: await threadOf(activity), Text: plain(activity.text) }]
    await askMews('messages/add', { Messages })
  }

  const deliver = async (): Promise<void> => {
    const { Messages } = await askMews<{ Messages: readonly MewsMessage[] }>('messages/getAll', {
      MessageThreadIds: [...threads.keys()],
      Limitation: { Count: 1000 },
    })
    for (const { Id, MessageThreadId, Text, Sender } of Messages.toReversed()) {
      const to = threads.get(MessageThreadId)
      if (to === undefined || Sender.Discriminator !== 'Enterprise' || delivered.has(Id)) continue
      delivered.add(Id)
      await fetch(`${to.serviceUrl}/v3/conversations/${encodeURIComponent(to.conversation.id)}/activities`, {
        method: 'POST',
        body: JSON.stringify({ type: 'message', text: Text }),
      })
    }
  }

  return createFakeServer(async ({ path, query, body }) => {
    if (path === '/api/messages') await takeActivity(JSON.parse(body) as Activity)
    else if (query.get('Token') === 'hook-token') await deliver()
    else return { status: 401 }
    return { status: 200 }
  })
}

import type { FakeMews } from '../../fakes/mews/mews.ts'

/** Of another connector: no thread of ours has it. */
export const reference = 'Z7Q2M4K9XA'

/** Writes to Mews with the same tokens, into a thread or a new one; resolves with the thread's id. */
export const writeAsAnother = async (
  mews: Pick<FakeMews, 'url' | 'clientToken' | 'properties'>,
  {
    threadId,
    subject = '',
    texts,
  }: { readonly threadId?: string; readonly subject?: string; readonly texts: readonly string[] },
): Promise<string> => {
  const AccessToken = mews.properties[0]?.accessToken
  const post = async (operation: string, fields: object): Promise<unknown> => {
    const tokens = { ClientToken: mews.clientToken, AccessToken, Client: 'Another 1.0' }
    const answer = await fetch(`${mews.url}/api/connector/v1/${operation}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...tokens, ...fields }),
    })
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }
  const open = async (): Promise<string> => {
    const opened = await post('messageThreads/add', { OriginalSender: 'Guest', Subject: subject })
    return (opened as { MessageThreads: { Id: string }[] }).MessageThreads[0]?.Id.toLowerCase() ?? ''
  }
  const id = threadId ?? (await open())
  await post('messages/add', {
    Messages: texts.map((Text) => ({ MessageThreadId: id, Text, Identifier: Text })),
  })
  return id
}

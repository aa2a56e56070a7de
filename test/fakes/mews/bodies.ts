/** The same body as an older Mews would write it. */
export const toOldGeneration = (body: unknown): unknown => {
  const text = JSON.stringify(body, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const { MessageThreadId, IsResolved: _resolved, ...rest } = value as Record<string, unknown>
    const sender = rest['Sender'] as { Discriminator: string } | undefined
    return {
      ...rest,
      ...(MessageThreadId === undefined ? {} : { ThreadId: MessageThreadId }),
      ...(sender === undefined ? {} : { Sender: sender.Discriminator }),
    }
  })
  return JSON.parse(text)
}

/** The same page with what shows the same time the other way round. */
export const turnSeconds = (body: unknown): unknown => {
  const { Messages, ...rest } = body as { readonly Messages?: readonly { readonly CreatedUtc: string }[] }
  if (Messages === undefined) return body
  const turned = Messages.toReversed()
  return {
    ...rest,
    Messages: turned.toSorted((one, other) => other.CreatedUtc.localeCompare(one.CreatedUtc)),
  }
}

/** The same page without these threads and their messages. */
export const withoutThreads = (body: unknown, ids: ReadonlySet<string>): unknown => {
  if (ids.size === 0 || typeof body !== 'object' || body === null) return body
  const { MessageThreads, Messages, ...rest } = body as {
    readonly MessageThreads?: readonly { readonly Id: string }[]
    readonly Messages?: readonly { readonly MessageThreadId?: string }[]
  }
  return {
    ...rest,
    ...(MessageThreads && { MessageThreads: MessageThreads.filter(({ Id }) => !ids.has(Id)) }),
    ...(Messages && { Messages: Messages.filter((it) => !ids.has(it.MessageThreadId ?? '')) }),
  }
}

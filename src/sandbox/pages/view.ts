const paths = ['/', '/guest', '/desk'] as const

/** What somebody looks at: a page, and the chat and thread chosen on it. */
export interface View {
  readonly path: (typeof paths)[number]
  readonly chat?: string | undefined
  readonly thread?: string | undefined
}

/** Reads a page's address, path and query; undefined when there is no such page. */
export const readView = (address: string): View | undefined => {
  const [pathname = '', query = ''] = address.split('?', 2)
  const path = paths.find((each) => each === pathname)
  if (path === undefined) return undefined
  const parameters = new URLSearchParams(query)
  return {
    path,
    chat: parameters.get('chat') ?? undefined,
    thread: parameters.get('thread') ?? undefined,
  }
}

/** A page's address. */
export const toAddress = ({ path, chat, thread }: View): string => {
  const chosen = Object.entries({ chat, thread }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return chosen.length === 0 ? path : `${path}?${new URLSearchParams(chosen).toString()}`
}

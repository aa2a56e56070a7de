import type { FakeAnswer, FakeRequest } from '../server.ts'

/** What a bot posted, with the id it was given. */
interface Posted {
  readonly id: string
  readonly activity: Readonly<Record<string, unknown>>
  /** Whom alone it is shown to. */
  readonly onlyTo?: string
}

/** The conversations as the connector service keeps them. */
export interface Connector {
  answer(request: FakeRequest): FakeAnswer
  /** A conversation's posts in order, updates applied, deletions taken out. */
  posted(conversationId: string): readonly Posted[]
  /** Every post in order, whatever its conversation. */
  all(): readonly Posted[]
  /** How often a bot was seen typing in a conversation. */
  typed(conversationId: string): number
  /** How many people every conversation has from now on; one at first. */
  populate(people: number): void
  /** What is told of a member, in place of the usual name. */
  introduce(id: string, member: Readonly<Record<string, unknown>>): void
  /** From now on nobody finds the conversation. */
  close(conversationId: string): void
}

const failure = (status: number, code: string): FakeAnswer => ({
  status,
  body: { error: { code, message: `${code}.` } },
})

const guestOf = (index: number): Readonly<Record<string, unknown>> => ({
  id: index === 0 ? '29:guest' : `29:guest-${index}`,
  name: 'Ines Ferreira',
  userRole: 'user',
})

/** The connector's REST interface, version 3, in memory; conversations come into being when they are written to. */
export const createConnector = (): Connector => {
  const books = new Map<string, Posted[]>()
  const closed = new Set<string>()
  let last = 1_793_640_050_000
  const bookOf = (id: string): Posted[] => {
    const book = books.get(id) ?? []
    books.set(id, book)
    return book
  }
  const typings: string[] = []
  const introduced = new Map<string, Readonly<Record<string, unknown>>>()
  let people = 1
  const add = (conversation: string, body: string, isTargeted: boolean): FakeAnswer => {
    last += 123
    const activity = JSON.parse(body) as Posted['activity']
    const { id: onlyTo } = (activity['recipient'] ?? {}) as { readonly id?: string }
    if (isTargeted && onlyTo === undefined) return failure(400, 'BadArgument')
    if (activity['type'] === 'typing') typings.push(conversation)
    else
      bookOf(conversation).push({
        id: String(last),
        activity,
        ...(isTargeted && onlyTo !== undefined ? { onlyTo } : {}),
      })
    return { status: 201, body: { id: String(last) } }
  }
  const change = (method: string, conversation: string, id: string, body: string): FakeAnswer => {
    const book = bookOf(conversation)
    const at = book.findIndex((each) => each.id === id)
    if (at < 0) return failure(404, 'ActivityNotFoundInConversation')
    if (method === 'DELETE') book.splice(at, 1)
    else book[at] = { id, activity: JSON.parse(body) as Posted['activity'] }
    return { status: 200, ...(method === 'DELETE' ? {} : { body: { id } }) }
  }
  /** Pages of members as large as they are asked for, but no larger than Teams makes them. */
  const listMembers = (query: URLSearchParams): FakeAnswer => {
    const from = Number(query.get('continuationToken') ?? 0)
    const size = Math.min(Number(query.get('pageSize') ?? 200), 500)
    const members = Array.from({ length: Math.min(size, people - from) }, (_each, index) =>
      guestOf(from + index),
    )
    const next = from + members.length
    return {
      status: 200,
      body: { members, ...(next < people ? { continuationToken: String(next) } : {}) },
    }
  }
  const readMember = (rawId: string | undefined): FakeAnswer => {
    if (rawId === undefined) return { status: 200, body: [guestOf(0)] }
    const id = decodeURIComponent(rawId)
    return { status: 200, body: { ...(introduced.get(id) ?? guestOf(0)), id } }
  }
  const answer = ({ method, path, query, body }: FakeRequest): FakeAnswer => {
    const [, rawId, what, rawRest] =
      /\/v3\/conversations(?:\/([^/]+)\/(activities|members|pagedmembers)(?:\/([^/]+))?)?$/.exec(path) ?? []
    if (rawId === undefined) {
      last += 123
      return method === 'POST'
        ? { status: 201, body: { id: `a:new-${last}`, activityId: String(last) } }
        : failure(404, 'NotFound')
    }
    const conversation = decodeURIComponent(rawId)
    if (closed.has(conversation)) return failure(404, 'ConversationNotFound')
    if (what === 'pagedmembers') return listMembers(query)
    if (what === 'members') return readMember(rawRest)
    if (method === 'POST') return add(conversation, body, query.get('isTargetedActivity') === 'true')
    if (method === 'PUT' || method === 'DELETE')
      return change(method, conversation, decodeURIComponent(rawRest ?? ''), body)
    return failure(405, 'MethodNotAllowed')
  }
  return {
    answer,
    posted: (id) => books.get(id) ?? [],
    all: () => [...books.values()].flat().toSorted((a, b) => Number(a.id) - Number(b.id)),
    typed: (id) => typings.filter((each) => each === id).length,
    populate: (count) => {
      people = count
    },
    introduce: (id, member) => void introduced.set(id, member),
    close: (id) => void closed.add(id),
  }
}

import type { Clock } from '../../port.ts'
import {
  type MewsAnswer,
  type MewsOperation,
  MewsRefusal,
  type MewsRequest,
  mewsRequests,
  toMewsMessage,
  toMewsTask,
  toMewsThread,
  toMewsTime,
} from './requests.ts'
import { stayAnswers, type StayBook } from './stays.ts'
import { type BookLimit, type BookMessage, createGuid, type MewsBook } from './book.ts'

/** One property of the stand-in. */
export interface MewsProperty {
  readonly accessToken: string
  readonly enterpriseId: string
  readonly name: string
  readonly book: MewsBook
  /** Who stays there; default nobody. */
  readonly stays?: StayBook
  /** The token is a portfolio's, which may read and add nothing. */
  readonly isPortfolio?: boolean
}

/** What the stand-in's API is made of. */
export interface MewsApiOptions {
  readonly clock: Clock
  /** As `Math.random`; names the requests. */
  readonly random: () => number
  readonly clientToken: string
  readonly properties: readonly MewsProperty[]
  /** Called with what an integration added, after it was. */
  readonly added: (property: MewsProperty, messages: readonly BookMessage[]) => void
  /** Refuses a message to add, and with it its whole batch, by throwing `MewsRefusal`. */
  readonly inspect?: (
    property: MewsProperty,
    message: { readonly threadId: string; readonly text: string },
  ) => void
}

/** Answers requests as the Connector API does; no socket, no time limit, no request limit. */
export type MewsApi = (request: MewsApiRequest) => MewsAnswer

const prefix = '/api/connector/v1/'

/** Makes the simulated API for some properties. */
export const createMewsApi = (options: MewsApiOptions): MewsApi => {
  const operations = createOperations(options)

  const propertyOf = ({ ClientToken, AccessToken }: MewsRequest<'configuration/get'>): MewsProperty => {
    if (ClientToken !== options.clientToken) throw new MewsRefusal(401, 'Invalid ClientToken.')
    const property = options.properties.find(({ accessToken }) => accessToken === AccessToken)
    if (property === undefined) throw new MewsRefusal(401, 'Invalid AccessToken.')
    return property
  }

  const run = (name: MewsOperation, body: string): unknown => {
    const read = mewsRequests[name].safeParse(parse(body))
    if (!read.success) throw new MewsRefusal(400, `Invalid ${read.error.issues[0]?.path.join('.')}.`)
    const operation = operations[name] as (property: MewsProperty, request: unknown) => unknown
    return operation(propertyOf(read.data), read.data)
  }

  return ({ method, path, body }) => {
    const headers = { 'request-id': createGuid(options.random) }
    try {
      const name = path.startsWith(prefix) ? path.slice(prefix.length) : ''
      if (!isOperation(name)) throw new MewsRefusal(404, 'Not found.')
      if (method !== 'POST') throw new MewsRefusal(405, 'Only POST.')
      return { status: 200, headers, body: run(name, body) }
    } catch (error) {
      if (!(error instanceof MewsRefusal)) throw error
      const answer = { Message: error.message, RequestId: headers['request-id'], Details: null }
      return { status: error.status, headers, body: answer }
    }
  }
}

/** A request to the stand-in. */
interface MewsApiRequest {
  readonly method: string
  /** Without a query string. */
  readonly path: string
  readonly body: string
}

const createOperations = ({ clock, added, inspect }: MewsApiOptions): Operations => ({
  'messageThreads/add': ({ book }, { OriginalSender, Subject }) => {
    const thread = book.addThread({ originalSender: OriginalSender, subject: Subject })
    return { MessageThreads: [toMewsThread(thread)] }
  },
  'messageThreads/getAll': ({ book }, { MessageThreadIds, CreatedUtc, UpdatedUtc, Limitation }) => {
    const filter = {
      ...(MessageThreadIds ? { ids: MessageThreadIds } : {}),
      ...(CreatedUtc ? { created: CreatedUtc } : {}),
      ...(UpdatedUtc ? { updated: UpdatedUtc } : {}),
    }
    const threads = readPage((limit) => book.pageOfThreads(filter, limit), Limitation)
    return { MessageThreads: threads.map(toMewsThread), Cursor: threads.at(-1)?.id ?? null }
  },
  'messages/add': (property, { Messages }) => {
    for (const { MessageThreadId, Text } of Messages) {
      if (property.book.thread(MessageThreadId) === undefined)
        throw new MewsRefusal(400, 'Invalid MessageThreadId.')
      inspect?.(property, { threadId: MessageThreadId.toLowerCase(), text: Text })
    }
    const messages = Messages.flatMap(({ MessageThreadId, Text, Identifier }) => {
      const message = property.book.addMessage({
        threadId: MessageThreadId,
        text: Text,
        sender: 'Application',
      })
      return message === undefined ? [] : [{ message, identifier: Identifier ?? null }]
    })
    added(
      property,
      messages.map(({ message }) => message),
    )
    return {
      Messages: messages.map(({ message, identifier }) => ({
        Identifier: identifier,
        Message: toMewsMessage(message),
      })),
    }
  },
  'messages/getAll': ({ book }, { MessageThreadIds, CreatedUtc, Limitation }) => {
    const filter = { threadIds: MessageThreadIds, ...(CreatedUtc ? { created: CreatedUtc } : {}) }
    const messages = readPage((limit) => book.pageOfMessages(filter, limit), Limitation)
    return { Messages: messages.map(toMewsMessage), Cursor: messages.at(-1)?.id ?? null }
  },
  ...taskOperations,
  ...stayAnswers,
  'configuration/get': ({ enterpriseId, name, isPortfolio = false }) => ({
    NowUtc: toMewsTime(clock.now()),
    Enterprise: {
      Id: enterpriseId,
      Name: name,
      TimeZoneIdentifier: 'Europe/Budapest',
      IsPortfolio: isPortfolio,
    },
  }),
})

const taskOperations: Pick<Operations, 'tasks/add' | 'tasks/getAll'> = {
  'tasks/add': ({ book }, { Name, Description, DeadlineUtc }) => {
    const task = book.addTask({ name: Name, description: Description ?? null, deadline: DeadlineUtc })
    return { TaskId: task.id }
  },
  'tasks/getAll': ({ book }, { TaskIds, CreatedUtc, Limitation }) => {
    const filter = {
      ...(TaskIds ? { ids: TaskIds } : {}),
      ...(CreatedUtc ? { created: CreatedUtc } : {}),
    }
    const tasks = readPage((limit) => book.pageOfTasks(filter, limit), Limitation)
    return { Tasks: tasks.map(toMewsTask), Cursor: tasks.at(-1)?.id ?? null }
  },
}

type Operations = {
  readonly [Operation in MewsOperation]: (property: MewsProperty, request: MewsRequest<Operation>) => unknown
}

const readPage = <Item>(list: (limit: BookLimit) => readonly Item[], limit: BookLimit): readonly Item[] => {
  try {
    return list(limit)
  } catch {
    throw new MewsRefusal(400, 'Invalid Cursor.')
  }
}

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    throw new MewsRefusal(400, 'Invalid JSON.')
  }
}

const isOperation = (name: string): name is MewsOperation => Object.hasOwn(mewsRequests, name)

import { afterEach, beforeEach } from 'vitest'
import { type LogLine, createLogBook, silentLog } from '../../fakes/log.ts'
import { createAdapterContext } from '../../fakes/adapter-context.ts'
import { readBotFrameworkConfig } from '../../../adapters/botframework/config.ts'
import { createRead } from '../../../adapters/botframework/read/read.ts'
import { createReadAuthor } from '../../../adapters/botframework/read/author.ts'
import { createBotFrameworkAdapter } from '../../../adapters/botframework/index.ts'
import type { Adapter, Address, Log, Settings, WebhookRequest } from '../../../src/port.ts'
import { createFetch } from '../../../src/fetch.ts'
import { createRecordingInbox, type RecordingInbox } from '../../contracts/adapter/harness.ts'
import { type ManualClock, createManualClock, neverAborted } from '../../fakes/clock.ts'
import { createFakeBotFramework, type FakeBotFramework } from '../../fakes/botframework/botframework.ts'

/** An adapter over a fresh fake. */
export interface Setup {
  readonly fake: FakeBotFramework
  readonly adapter: Adapter
  readonly inbox: RecordingInbox
  readonly lines: readonly LogLine[]
  /** What was counted for the metrics. */
  readonly counted: readonly string[]
  /** Starts at the real present, for which tokens and keys are made. */
  readonly clock: ManualClock
  /** The status that the adapter's route answers with. */
  status(request: WebhookRequest): Promise<number>
  close(): Promise<void>
}

export interface SetupOptions {
  readonly anonymous?: boolean
  /** One that outlives this setup; left out: a fresh one. */
  readonly fake?: FakeBotFramework
  /** Replaces what the fake suggests. */
  readonly settings?: Settings
  readonly timeLimitMs?: number
  /** Origins of Microsoft that the fake stands in for. */
  readonly stoodInFor?: readonly string[]
}

export const createSetup = async (options: SetupOptions = {}): Promise<Setup> => {
  const fake = options.fake ?? (await createFakeBotFramework({ anonymous: options.anonymous ?? false }))
  const config = readBotFrameworkConfig({ ...fake.settings, ...options.settings }, (setting, remedy) => {
    throw new Error(`${setting} ${remedy}`)
  })
  if (config === undefined) throw new Error('The Bot Framework is off.')

  const clock = createManualClock({ now: Date.now(), skipSleeps: true })
  fake.entra.keepTime(clock.monotonic)
  const { log, lines } = createLogBook()
  const inbox = createRecordingInbox()
  const { timeLimitMs = 1_500, stoodInFor = [] } = options
  /** Nothing leaves this machine. */
  const remoteFetch = createFetch()
  const localFetch: typeof fetch = (url, init) => {
    const { origin, pathname, search } = new URL(url as string)
    if (!stoodInFor.includes(origin) && origin !== fake.server.url) throw new Error(`${origin} is not faked.`)
    return remoteFetch(`${fake.server.url}${pathname}${search}`, init)
  }
  const context = createAdapterContext()
  const adapter = createBotFrameworkAdapter({
    ...context,
    config,
    inbox,
    clock,
    log,
    timeLimitMs,
    fetch: localFetch,
  })
  return {
    fake,
    adapter,
    inbox,
    lines,
    counted: context.counted,
    clock,
    status: async (request) => (await adapter.routes[0]?.handle(request))?.status ?? 0,
    close: async () => {
      if (options.fake === undefined) await fake.server.close()
    },
  }
}

/** The address that the adapter reads from a message in a conversation of the fake. */
export const addressOf = async (
  { fake, adapter }: Setup,
  where: 'personal' | 'group' | 'channel',
): Promise<Address> => {
  const { address } = await adapter.read(
    JSON.stringify(fake.activities.message('Hello', where)),
    neverAborted,
  )
  if (address === undefined) throw new Error('The message has no address.')
  return address
}

/** A setup, and the address of a guest's personal chat in it. */
interface PersonalChat {
  readonly setup: Setup
  readonly address: Address
}

/** Gives every test of a `describe` or a file a fresh setup and a personal chat. */
export const usePersonalChat = (): (() => PersonalChat) => {
  let chat: PersonalChat | undefined
  beforeEach(async () => {
    const setup = await createSetup()
    chat = { setup, address: await addressOf(setup, 'personal') }
  })
  afterEach(async () => {
    await chat?.setup.close()
    chat = undefined
  })
  return () => {
    if (chat === undefined) throw new Error('there is no chat outside a test')
    return chat
  }
}

const lookUp = (): Promise<undefined> => Promise.resolve(undefined)

/** Reads activities of the app `app` where nobody can be asked anything, at one moment. */
export const createOfflineRead = (log: Log = silentLog): Adapter['read'] => {
  const clock = createManualClock({ skipSleeps: true })
  const readAuthor = createReadAuthor({ lookUp, clock, timeLimitMs: 100 })
  const { say, readCommand } = createAdapterContext()
  return createRead({ appId: 'app', clock, countMembers: lookUp, readAuthor, say, readCommand, log })
}

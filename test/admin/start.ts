import { randomUUID } from 'node:crypto'
import { observeLaneLog } from '../../src/observability/observe-lanes.ts'
import { createChanges } from '../../src/admin/changes.ts'
import type { PlatformStatus } from '../../src/admin/pages/installations.ts'
import { createAdminRoutes } from '../../src/admin/routes.ts'
import { createHttpServer } from '../../src/http/server.ts'
import { systemClock } from '../../src/clock.ts'
import type { Binding } from '../../src/relay/threads/bindings.ts'
import { replyEntry } from '../../src/relay/entries/reply.ts'
import { createWording } from '../../src/relay/wording.ts'
import type { OpenStore } from '../../src/store/open-store.ts'
import type { Adapter, Clock } from '../../src/port.ts'
import type { Store } from '../../src/store/types.ts'
import type { Delivery } from '../../src/store/lanes/types.ts'
import { silentLog } from '../fakes/log.ts'
import { createSqliteDatabase } from '../store/sqlite/database.ts'

export const adminToken = 'the-admin-token-of-the-tests'

/** The console over a database of its own, without a relay. */
export interface TestConsole {
  readonly url: string
  readonly store: OpenStore
  /** Records what guest and hotel wrote, settled as told: `sent`, `failed`, or not at all. */
  say(message: {
    readonly conversation: string
    readonly from: 'guest' | 'hotel'
    readonly guest?: string
    readonly text: string
    /** Of a guest's event; left out: one that cannot be read. */
    readonly payload?: string
    readonly state?: Delivery['state']
    readonly rest?: Partial<Delivery>
    readonly at?: number
  }): Promise<void>
  /** The same database, as another process opens it. */
  open(clock: Clock): Promise<Store>
  /** Stops answering. */
  stop(): Promise<void>
  close(): Promise<void>
}

/** Events of the tests' guests say `{ "text", "by" }`, or nothing that can be read. */
const readWords: Adapter['read'] = async (payload) => {
  const { text, by } = JSON.parse(payload) as { readonly text?: string; readonly by?: string }
  if (text === undefined) throw new Error('no words')
  const author = { id: by ?? 'guest', name: by ?? 'Guest' }
  return { turns: [{ kind: 'message', author, text, attachments: [], at: 0 }], address: { v: 1 } }
}

/** A platform each of which nothing is odd. */
const usualPlatforms = (clock: Clock): readonly PlatformStatus[] => [
  {
    label: 'Slack',
    installations: async () => [
      { name: 'The Guests (T0GUESTS)', ok: true, detail: 'workspace', installedAt: 1_793_640_300_000 },
      {
        name: 'Harbour Group (E0HARBOUR)',
        ok: false,
        detail: 'organisation; Slack gives no new token yet, the old one holds',
        installedAt: 1_793_000_000_000,
      },
    ],
  },
  {
    label: 'Microsoft Teams',
    installations: async () => [
      {
        name: 'Bot 2f0e1d3c-4b5a-4678-9abc-def012345678',
        ok: true,
        detail: 'people may write in any tenant',
      },
    ],
  },
  {
    label: 'Booking sites',
    installations: async () => [
      {
        name: 'Account at app.channex.io',
        ok: true,
        detail: 'every property of its key',
        lookedAt: clock.now() - 41_000,
      },
    ],
  },
]

export const startConsole = async (
  options: {
    readonly adminToken?: string
    readonly secure?: boolean
    readonly platforms?: readonly PlatformStatus[]
  } = {},
): Promise<TestConsole> => {
  const database = await createSqliteDatabase()
  const clock = systemClock
  const store = (await database.open(clock)) as OpenStore
  const { admin, marks, threads } = store
  const changes = createChanges({ figures: admin.figures, clock })
  const log = observeLaneLog(store.log, [changes.observer])
  const platforms = new Map([
    ['slack', 'Slack'],
    ['botframework', 'Microsoft Teams'],
    ['channex', 'Booking sites'],
  ])
  const names = {
    platforms,
    properties: new Map([
      ['grand', 'Grand Hotel'],
      ['sea', 'Sea View'],
    ]),
  }
  const bindings = {
    find: async (conversation: string) =>
      ({ v: 1, conversation, property: 'grand', address: { v: 1 } }) as unknown as Binding,
    restore: async () => undefined,
    conversationOf: async () => undefined,
    write: async () => {},
  }
  const server = createHttpServer({
    routes: createAdminRoutes({
      adminToken: options.adminToken ?? adminToken,
      secure: options.secure === true,
      admin,
      changes,
      names,
      repair: {
        repairs: admin.repairs,
        conversations: admin.conversations,
        bindings,
        wording: createWording(),
        log: store.log,
        adapters: new Map(Array.from(platforms, ([name, label]) => [name, { label, read: readWords }])),
        propertyNames: names.properties,
        clock,
      },
      status: {
        version: '1.2.3',
        startedAt: clock.now(),
        database: 'sqlite',
        properties: [
          {
            key: 'grand',
            name: 'Grand Hotel',
            state: async () => ({ failingSince: null, reason: null, requestsLeft: 180 }),
          },
          {
            key: 'sea',
            name: 'Sea View',
            state: async () => ({
              failingSince: clock.now() - 60_000,
              reason: 'Mews messages/add was not authorised (401)',
              requestsLeft: 12,
            }),
          },
        ],
        names,
        platforms: options.platforms ?? usualPlatforms(clock),
        webhookAt: async () => clock.now() - 41_000,
        clocks: new Map([
          ['mews', { now: () => clock.now(), skewMs: () => -1_200_000 }],
          ['slack', { now: () => clock.now(), skewMs: () => 400 }],
          ['channex', { now: () => clock.now(), skewMs: () => undefined }],
        ]),
        figures: admin.figures,
        marks,
        threads,
        clock,
      },
      clock,
      log: silentLog,
    }),
    health: { ready: async () => true },
    clock,
    log: silentLog,
  })
  const { address } = await server.listen(0, '127.0.0.1')

  const settle = async (group: string, lane: string, delivery: Omit<Delivery, 'pos'>): Promise<void> => {
    const runs = await log.claim({ group, limit: 1_000, leaseMs: 60_000 })
    for (const run of runs) {
      const pos = run.entries.at(-1)?.pos ?? 0
      const ours = run.lane === lane
      await log.settle({
        lane: run.lane,
        token: run.token,
        ...(ours ? { deliveries: [{ ...delivery, pos }], doneThrough: pos } : {}),
        nextStep: { next: 'release' },
      })
    }
  }

  return {
    url: address,
    store,
    say: async ({
      conversation,
      from,
      guest = 'Guest',
      text,
      payload = '{}',
      state,
      rest,
      at = clock.now(),
    }) => {
      const lane = `${from === 'guest' ? 'turn' : 'reply'}:${conversation}`
      const group = from === 'guest' ? 'turn:grand' : `reply:${conversation.split(':')[0]}`
      if (from === 'guest') {
        if ((await threads.latest(conversation)) === undefined)
          await threads.intend({
            conversation,
            property: 'grand',
            reference: randomUUID(),
            subject: text,
            sender: guest,
            startedAt: at,
          })
        await log.append([{ lane, group, kind: 'event', keys: [randomUUID()], payload, at }])
      } else {
        const message = {
          id: randomUUID(),
          threadId: 't',
          text,
          sender: 'Enterprise',
          createdAt: at,
        } as const
        await log.append([replyEntry(conversation, message, 'grand', at)])
      }
      if (state === undefined) return
      await settle(group, lane, {
        part: 0,
        state,
        text,
        target: 't',
        author: from === 'guest' ? guest : '',
        startedAt: at,
        nativeId: state === 'sent' ? randomUUID() : null,
        possiblyTwice: false,
        reason: null,
        at,
        ...rest,
      })
    },
    open: (otherClock) => database.open(otherClock, { exclusive: false }),
    stop: () => server.close(),
    close: async () => {
      await server.close()
      await store.close()
      await database.destroy()
    },
  }
}

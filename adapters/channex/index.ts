import type { Adapter, AdapterContext } from '../../src/port.ts'
import { createWakeSignal } from '../../src/util/signal.ts'
import { splitText } from '../../src/util/split.ts'
import { createChannexAccount } from './account.ts'
import { createBudget } from './budget.ts'
import { createCheck } from './check.ts'
import { createClaims } from './claims.ts'
import { createChannexClient } from './client.ts'
import type { ChannexConfig } from './config.ts'
import { createConfirm } from './confirm.ts'
import { createFindDetails } from './details.ts'
import { createGuests } from './guests.ts'
import { toInstallation } from './installation.ts'
import { createListen, type Looks } from './listen.ts'
import { createLookThrough } from './look-through.ts'
import { createOneByOne } from './one-by-one.ts'
import { createFindPredecessors } from './predecessors.ts'
import { createPlaceRequest } from './place-request.ts'
import { createRead } from './read.ts'
import { createReceive } from './receive.ts'
import { createRecordThread } from './record-thread.ts'
import { createResolved } from './resolved.ts'
import { createRequest } from './request.ts'
import { createFindSender } from './sender.ts'
import { createSend } from './send.ts'
import { createSync } from './sync.ts'
import { createWatermark } from './watermark.ts'
import { webhookPath } from './webhook.ts'

/** What `createChannexAdapter` needs. */
export interface ChannexAdapterOptions extends AdapterContext {
  readonly config: ChannexConfig
  /** Default: the runtime's own. */
  readonly fetch?: typeof globalThis.fetch
  /** From 0 to below 1. */
  readonly random: () => number
  /** For one request; default 15 s. */
  readonly timeLimitMs?: number
}

/** Channex: guests write on Booking.com, Airbnb or Expedia; it tells by webhook, and can be asked as well. */
export const createChannexAdapter = (options: ChannexAdapterOptions): Adapter => {
  const { config, clock, log, inbox, vault, random, fetch = globalThis.fetch, timeLimitMs = 15_000 } = options
  const { propertyId, syncMs } = config
  const budget = config.isLimited ? createBudget(clock) : undefined
  const request = createRequest({ ...config, fetch, clock, random, timeLimitMs, budget })
  const client = createChannexClient(request)
  const guests = createGuests(client, clock)
  const watermark = createWatermark(vault, propertyId)
  const recordThread = createRecordThread({ client, inbox, clock, log })
  const findPredecessors = createFindPredecessors({ client, inbox, watermark, clock, log })
  const lookThrough = createLookThrough({ client, recordThread, log })
  const sync = createSync({ lookThrough, propertyId, watermark, clock, log })
  const claims = createClaims(vault)
  const wake = createWakeSignal(clock)
  const looks: Looks = {}
  const oneByOne = createOneByOne()
  return {
    name: 'channex',
    label: 'Channex',
    asks: false,
    routes: [
      {
        method: 'POST',
        path: webhookPath,
        handle: createReceive({ config, inbox, lookSoon: () => wake.wake(), watermark, clock, log }),
      },
    ],
    listen: createListen({ sync, syncMs, wake, looks, clock, log }),
    installations: async () => [toInstallation(config, looks)],
    read: createRead({
      findSender: createFindSender(client),
      findDetails: createFindDetails(client, clock),
      findPredecessors,
      placeRequest: createPlaceRequest({ client, inbox, clock }),
      guests,
      clock,
      propertyId,
    }),
    split: (text) => splitText(text, config.maxLength),
    send: createSend({ client, claims, guests, oneByOne, log }),
    confirm: createConfirm({ client, claims, oneByOne }),
    ...(config.closesResolved
      ? { resolved: createResolved({ client, inbox, watermark, oneByOne, clock, log }) }
      : {}),
    check: createCheck(createChannexAccount(request), config),
  }
}

import type { Adapter, AdapterContext, Clock } from '../../src/port.ts'
import { createLearnClock, createObservedClock, watchClock } from '../../src/util/remote-clock.ts'
import { createWakeSignal } from '../../src/util/signal.ts'
import { splitText } from '../../src/util/text.ts'
import { createChannexAccount } from './set-up/account.ts'
import { createBudget } from './api/budget.ts'
import { createCheck, toInstallation } from './check.ts'
import { createConfirm } from './send/confirm.ts'
import { createChannexClient } from './api/client.ts'
import type { ChannexConfig } from './config.ts'
import { createFindDetails, createFindMessage, createOneByOne } from './read/look-ups.ts'
import { createGuests, createIdentify } from './read/guests.ts'
import { createListen, type Looks } from './poll/poller.ts'
import { createLookThrough, createRecordThread } from './poll/look-through.ts'
import { createFindEarlierMessages } from './read/earlier-messages.ts'
import { createPlaceRequest } from './read/place-request.ts'
import { createRead } from './read/read.ts'
import { createReceive } from './receive/http.ts'
import { createResolved } from './send/resolved.ts'
import { createRequest } from './api/request.ts'
import { createSend } from './send/send.ts'
import { createSync } from './poll/sync.ts'
import { createWatermark } from './poll/watermark.ts'
import { webhookPath } from './set-up/webhook.ts'

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
  const { config, clock, log, inbox, vault, directory } = options
  const { propertyId, syncMs } = config
  const { request, channexClock } = createOwnRequest(options)
  /** Channex's clock: everything that is compared with Channex's times uses it. */
  const atChannex: Clock = { ...clock, now: channexClock.now }
  const client = createChannexClient(request)
  const guests = createGuests(client, clock)
  const watermark = createWatermark(vault, propertyId)
  const recordThread = createRecordThread({ client, inbox, clock: atChannex, log })
  const findEarlierMessages = createFindEarlierMessages({ client, inbox, watermark, clock: atChannex, log })
  const lookThrough = createLookThrough({ client, recordThread, log })
  const sync = createSync({ lookThrough, propertyId, watermark, clock: channexClock, log })
  const wake = createWakeSignal(clock)
  const looks: Looks = {}
  const oneByOne = createOneByOne()
  return {
    name: 'channex',
    label: 'Channex',
    clock: channexClock,
    asks: false,
    routes: [
      {
        method: 'POST',
        path: webhookPath,
        handle: createReceive({
          config,
          inbox,
          lookSoon: () => wake.wake(),
          watermark,
          clock: atChannex,
          log,
        }),
      },
    ],
    listen: createListen({ sync, syncMs, wake, looks, clock, log }),
    installations: async () => [toInstallation(config, looks)],
    read: createRead({
      findMessage: createFindMessage(client, clock),
      findDetails: createFindDetails(client, clock),
      findEarlierMessages,
      placeRequest: createPlaceRequest({ client, inbox, clock: atChannex }),
      guests,
      clock: atChannex,
      propertyId,
    }),
    identify: createIdentify(guests),
    split: (text) => splitText(text, config.maxLength),
    send: createSend({ client, guests, oneByOne }),
    confirm: createConfirm({ client, directory, oneByOne, clock: channexClock }),
    ...(config.closesResolved
      ? { resolved: createResolved({ client, inbox, watermark, oneByOne, clock: atChannex, log }) }
      : {}),
    check: createCheck(createChannexAccount(request), config, channexClock),
  }
}

/** Requests, and Channex's own clock, which their answers show. */
const createOwnRequest = (options: ChannexAdapterOptions) => {
  const { config, clock, log, fetch = globalThis.fetch, timeLimitMs = 15_000 } = options
  const remote = createObservedClock('Channex', clock, log)
  const budget = config.isLimited ? createBudget(clock) : undefined
  const watched = { fetch: watchClock(fetch, clock, remote), clock: remote }
  const request = createRequest({ ...options, ...config, ...watched, timeLimitMs, budget })
  const ask = (signal: AbortSignal) =>
    request({ method: 'GET', path: 'message_threads', query: { 'pagination[limit]': '1' } }, signal)
  return { request, channexClock: { ...remote, learn: createLearnClock(remote, clock, ask) } }
}

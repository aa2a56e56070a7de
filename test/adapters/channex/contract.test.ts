import { neverAborted } from '../../fakes/clock.ts'
import { adapterContract } from '../../contracts/adapter/adapter.ts'
import type { SendFault } from '../../contracts/adapter/harness.ts'
import { toRefusal } from '../../fakes/channex/api.ts'
import { isLookUp, isSend } from '../../fakes/channex/channex.ts'
import { type Fault, proxyPage } from '../../fakes/server.ts'
import { createSetup } from './setup.ts'

const limited = {
  ...toRefusal(429, 'http_too_many_requests', 'Too Many Requests'),
  headers: { 'retry-after': '7' },
}

const faults: Readonly<Partial<Record<SendFault, Fault>>> = {
  limited: { applied: false, kind: 'answer', answer: limited },
  'reset before applying': { applied: false, kind: 'reset' },
  'reset after applying': { applied: true, kind: 'reset' },
  'server error after applying': { applied: true, kind: 'answer', answer: { status: 500 } },
  'html after applying': { applied: true, kind: 'answer', answer: proxyPage },
  hang: { applied: false, kind: 'hang' },
}

adapterContract('Channex', async () => {
  const { adapter, inbox, channex, clock } = await createSetup({}, 2_000)
  const first = channex.open()
  const second = channex.open({ booking: undefined })
  const address = { v: 1, thread: first }
  return {
    adapter,
    inbox,
    author: { id: 'guest', name: 'Ines Ferreira' },
    request: (text, conversation = 'first') => {
      channex.say(conversation === 'first' ? first : second, text)
      return channex.request(channex.waiting.pop())
    },
    redelivered: (request) => request,
    forged: (request) => ({
      ...request,
      headers: { ...request.headers, 'x-channex-webhook-secret': 'somebody-else-entirely' },
    }),
    signed: (body) => channex.request(body),
    echo: async () => {
      channex.switches.echo = true
      await adapter.send({ deliveryId: 'd-echo', address, text: 'Yes' }, neverAborted)
      return channex.request(channex.waiting.pop())
    },
    unknownEvent: () => channex.request({ event: 'hologram', payload: { message_thread_id: first } }),
    address: () => address,
    hostile: [
      { text: '<b>bold</b> & *loud*', arrives: '<b>bold</b> & *loud*' },
      { text: 'room\u202E 12\u0007', arrives: 'room 12' },
    ],
    limit: 1000,
    confirms: true,
    platform: {
      failSend: async (fault) => {
        const planned = faults[fault]
        if (planned !== undefined) channex.server.fail(planned, { match: isSend })
        else if (fault === 'refused connection') await channex.server.pause()
        else channex.refuse(first, toRefusal(422, 'channel_inactive', 'Channel is inactive'))
      },
      failLookUps: () =>
        channex.server.fail(
          { applied: false, kind: 'answer', answer: { status: 500 } },
          {
            times: Number.POSITIVE_INFINITY,
            match: isLookUp,
          },
        ),
      posted: () => channex.posted(first),
      attempts: () => channex.server.requests.filter(isSend).length,
    },
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    close: () => channex.close(),
  }
})

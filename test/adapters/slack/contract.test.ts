import { neverAborted } from '../../fakes/clock.ts'
import { adapterContract } from '../../contracts/adapter/adapter.ts'
import type { SendFault } from '../../contracts/adapter/harness.ts'
import { type Fault, proxyPage } from '../../fakes/server.ts'
import { callsMethod, fakeWorkspace } from '../../fakes/slack/slack.ts'
import { createSetup } from './setup.ts'

const faults: Readonly<Partial<Record<SendFault, Fault>>> = {
  'reset before applying': { applied: false, kind: 'reset' },
  'reset after applying': { applied: true, kind: 'reset' },
  'server error after applying': { applied: true, kind: 'answer', answer: { status: 500 } },
  'html after applying': { applied: true, kind: 'answer', answer: proxyPage },
  hang: { applied: false, kind: 'hang' },
}

adapterContract('Slack', async () => {
  const { adapter, inbox, slack, clock } = await createSetup()
  const isPost = callsMethod('chat.postMessage')
  let serial = 0
  return {
    // One message a second is what a channel takes.
    adapter: {
      ...adapter,
      send: (part, signal) => {
        clock.step(1000)
        return adapter.send(part, signal)
      },
    },
    inbox,
    author: { id: 'U0INES', name: 'Ines Alba' },
    request: (text, conversation = 'first') => {
      serial += 1
      slack.say({ channel: conversation === 'first' ? 'D0INES' : 'D0OMAR', user: 'U0INES', text })
      return slack.sign(slack.waiting.pop())
    },
    redelivered: (request) =>
      slack.sign(request.body.toString(), {
        'x-slack-retry-num': '1',
        'x-slack-retry-reason': 'http_timeout',
      }),
    forged: (request) => ({
      ...request,
      headers: { ...request.headers, 'x-slack-signature': `v0=${'0'.repeat(64)}` },
    }),
    stale: (request) => {
      clock.step(301_000)
      return request
    },
    signed: (body) => slack.sign(body),
    echo: async () => {
      const address = { v: 1, team: fakeWorkspace.team, channel: 'D0INES' }
      await adapter.send({ deliveryId: 'd-echo', address, text: 'Yes' }, neverAborted)
      return slack.sign(slack.waiting.pop())
    },
    unknownEvent: () =>
      slack.sign({
        type: 'event_callback',
        event_id: `Ev9${serial}`,
        event: { type: 'hologram_shared', channel: 'D0INES', user: 'U0INES', ts: '1793640011.000219' },
      }),
    address: () => ({ v: 1, team: fakeWorkspace.team, channel: 'C0LOBBY', threadTs: '1793640011.000219' }),
    hostile: [
      { text: '<!channel> & <@U0INES>', arrives: '&lt;!channel&gt; &amp; &lt;@U0INES&gt;' },
      { text: '<https://evil.example|mews.com>', arrives: '&lt;https://evil.example|mews.com&gt;' },
      { text: 'room\u202E 12\u0007', arrives: 'room 12' },
    ],
    limit: 3500,
    confirms: true,
    platform: {
      failSend: async (fault) => {
        if (fault === 'limited') slack.limit('chat.postMessage', { retryAfter: 7 })
        else if (fault === 'refused for good') slack.refuse('chat.postMessage', 'is_archived')
        else if (fault === 'refused connection') await slack.server.pause()
        else {
          const planned = faults[fault]
          if (planned !== undefined) slack.server.fail(planned, { match: isPost })
        }
      },
      failLookUps: () =>
        slack.server.fail(
          { applied: false, kind: 'answer', answer: { status: 500 } },
          { times: Infinity, match: (request) => !isPost(request) },
        ),
      posted: () => [...slack.posted('C0LOBBY'), ...slack.posted('D0INES')],
      attempts: () => slack.server.requests.filter(isPost).length,
    },
    now: () => clock.now(),
    advance: (ms) => clock.step(ms),
    close: () => slack.close(),
  }
})

import { randomUUID } from 'node:crypto'
import type { Adapter, AdapterContext } from '../../src/port.ts'
import { splitText } from '../../src/util/text.ts'
import { createAuthorize, createTokens } from './api/tokens.ts'
import { createCheck, toInstallation } from './check.ts'
import type { BotFrameworkConfig } from './config.ts'
import { createConnectorHttp, createLookUp } from './api/http-client.ts'
import { createKeys } from './api/signing-keys.ts'
import { createMicrosoftClock } from './api/microsoft-clock.ts'
import { createLimits, createThrottles } from './send/limits.ts'
import { createCountMembers } from './read/greeting.ts'
import { createPost, createSend, createTyping } from './send/post.ts'
import { createIdentify, createReadAuthor } from './read/author.ts'
import { createRead } from './read/read.ts'
import { createMessagesRoute } from './receive/http.ts'
import { createSdk } from './api/sdk.ts'
import { createVerify } from './receive/verify.ts'

/** What the adapter needs. */
export interface BotFrameworkOptions extends AdapterContext {
  readonly config: BotFrameworkConfig
  readonly fetch?: typeof fetch
  /** For one post with its token; default 15 s. Signing keys and tokens get two thirds of it, look-ups a third or less. */
  readonly timeLimitMs?: number
  /** Gives a text that is different each time; default a random UUID. */
  readonly unique?: () => string
}

/** In UTF-16 units: far enough below Teams' limit of about 100 kB for a whole activity. */
const longestPart = 20_000

/** Microsoft Teams over the Bot Framework. Teams cannot be asked what became of a part, so there is no `confirm`. */
export const createBotFrameworkAdapter = (options: BotFrameworkOptions): Adapter => {
  const {
    config,
    clock,
    log,
    count,
    say,
    readCommand,
    inbox,
    fetch = globalThis.fetch,
    timeLimitMs = 15_000,
    unique = randomUUID,
  } = options
  const asking = { fetch, clock, log, timeLimitMs: Math.ceil((timeLimitMs * 2) / 3) }
  const { openIdUrl } = config.cloud
  const microsoft = createMicrosoftClock({ ...asking, openIdUrl })
  const keys = createKeys({ ...asking, fetch: microsoft.fetch, openIdUrl })
  const tokens = createTokens({ ...asking, config, unique })
  const authorize = createAuthorize(config.app === undefined, tokens, log)
  const http = createConnectorHttp({ config, tokens, authorize, fetch, clock, timeLimitMs })
  const lookUp = createLookUp({ config, authorize, fetch, log })
  const countMembers = createCountMembers(lookUp, Math.ceil(timeLimitMs / 3))
  const readAuthor = createReadAuthor({ lookUp, clock, timeLimitMs: Math.ceil(timeLimitMs / 5) })
  const { adapter, authenticate } = createSdk(config, keys, http, microsoft)
  const post = createPost({
    config,
    sdk: adapter,
    http,
    limits: createLimits(clock),
    throttles: createThrottles(clock),
    log,
  })
  const verify = createVerify({ config, keys, clock, microsoft, log })
  return {
    name: 'botframework',
    label: 'Microsoft Teams',
    ...(config.app === undefined ? {} : { clock: microsoft }),
    routes: [createMessagesRoute({ config, verify, authenticate, inbox, clock, log, count, unique })],
    counts: ['foreign'],
    read: createRead({ appId: config.app?.id, clock, countMembers, readAuthor, say, readCommand, log }),
    identify: createIdentify({ lookUp }),
    split: (text) => splitText(text, longestPart),
    send: createSend(post),
    check: createCheck(config, tokens, clock, microsoft),
    installations: async () => [toInstallation(config)],
    acknowledge: createTyping(post, clock),
  }
}

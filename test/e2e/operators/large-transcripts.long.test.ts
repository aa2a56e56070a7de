import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminToken } from '../../admin/start.ts'
import { fillConversation } from '../../store/long-conversation.ts'
import {
  bareEnvironment,
  type ConnectorProcess,
  createConnectorProcess,
  executable,
} from '../support/connector-process.ts'

const conversation = 'slack:D0PENELOPE'
/** Of a kilobyte each: half the heap, and several times the heap in all formats together. */
const messages = 24_000
const flags = ['--max-old-space-size=72', '--max-semi-space-size=4']
const formats = ['text', 'json', 'html', 'transcript'] as const

let connector: ConnectorProcess
let cookie: string
beforeAll(async () => {
  connector = await createConnectorProcess(
    () => ({
      ADMIN_TOKEN: adminToken,
      BOT_ALLOW_ANONYMOUS: 'true',
      MEWS_ACCESS_TOKEN: 'access',
      MEWS_CLIENT_TOKEN: 'client',
      MEWS_PLATFORM_ADDRESS: 'http://127.0.0.1:9',
      MEWS_WEBHOOK_TOKEN: 'webhook-token-of-the-tests',
    }),
    { flags },
  )
  await connector.start()
  await connector.stop()
  const database = new DatabaseSync(connector.settings['DATABASE_URL']?.slice('sqlite:'.length) ?? '')
  await fillConversation((statement) => database.exec(statement), { conversation, messages })
  database.close()
  await connector.start()
  const body = new URLSearchParams({ token: adminToken })
  const signedIn = await fetch(`${connector.url}/admin/sign-in`, { method: 'POST', redirect: 'manual', body })
  cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
}, 120_000)
afterAll(() => connector.dispose())

const download = (format: (typeof formats)[number], signal?: AbortSignal) =>
  fetch(`${connector.url}/admin/download?id=${conversation}&format=${format}`, {
    headers: { cookie },
    ...(signal === undefined ? {} : { signal }),
  })

/** The texts of a reply stand once in every format. */
const countReplies = async (pieces: AsyncIterable<Uint8Array>): Promise<number> => {
  const decoder = new TextDecoder()
  let count = 0
  let rest = ''
  for await (const piece of pieces) {
    const text = rest + decoder.decode(piece, { stream: true })
    count += text.match(/\breply \d+ (?=<|&lt;)/g)?.length ?? 0
    rest = text.slice(Math.max(text.lastIndexOf('reply '), text.length - 40))
    count -= rest.match(/\breply \d+ (?=<|&lt;)/g)?.length ?? 0
  }
  return count + (rest.match(/\breply \d+ (?=<|&lt;)/g)?.length ?? 0)
}

test('a conversation larger than the memory is downloaded in every format at once, whoever leaves', async () => {
  const leaving = new AbortController()
  const gone = await download('json', leaving.signal)
  await gone.body?.getReader().read()
  leaving.abort()
  const counts = formats.map(async (format) => {
    const { body } = await download(format)
    return body === null ? 0 : countReplies(body)
  })
  expect(await Promise.all(counts)).toEqual(formats.map(() => messages / 2))
  expect((await fetch(`${connector.url}/readyz`)).status).toBe(200)
  expect(connector.output).not.toContain('heap')
})

test('on the command line, too, as JSON that is whole', async () => {
  const args = [...flags, executable, 'transcript', conversation, '--json']
  const child = spawn(process.execPath, args, { env: { ...bareEnvironment(), ...connector.settings } })
  let text = ''
  child.stdout.on('data', (piece: Buffer) => (text += piece.toString('latin1')))
  const [code] = (await once(child, 'close')) as [number | null]
  expect(code).toBe(0)
  expect((JSON.parse(text) as { messages: unknown[] }).messages).toHaveLength(messages)
})

test('ends where its reader has seen enough', async () => {
  const args = [...flags, executable, 'transcript', conversation]
  const child = spawn(process.execPath, args, { env: { ...bareEnvironment(), ...connector.settings } })
  await once(child.stdout, 'data')
  child.stdout.destroy()
  expect(await once(child, 'exit')).toEqual([0, null])
})

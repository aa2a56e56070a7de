import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Reading } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { isOfMessages } from '../../../fakes/channex/channex.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.channex.close())

const readBody = (body: unknown): Promise<Reading> => setup.adapter.read(JSON.stringify(body), neverAborted)

/** The newest event without its words, as its record. */
const wordless = (fields: object = { message: undefined }): unknown => {
  const body = setup.channex.waiting.pop() as { payload: object }
  return { ...body, payload: { ...body.payload, ...fields } }
}

describe('a webhook that leaves the words out', () => {
  it.each([
    { message: undefined },
    { message: null },
    { message: '' },
    { message: '\u200B' },
    { message: 7 },
  ])('%j: the thread has them', async (fields) => {
    setup.channex.say(setup.channex.open(), 'Late arrival?')
    const { turns } = await readBody(wordless(fields))
    expect(turns).toMatchObject([
      { text: 'Late arrival?', subject: 'Booking.com 4512345678 · Late arrival?' },
    ])
  })

  it('has a file that only the thread tells of', async () => {
    const attachments = ['attachments/one/passport.jpg']
    setup.channex.say(setup.channex.open(), null, { attachments })
    const body = wordless({ message: null, attachments: [], have_attachment: undefined })
    expect((await readBody(body)).turns).toMatchObject([
      { text: '', attachments: [{ name: 'passport.jpg' }] },
    ])
  })

  it('is one line while the thread does not answer', async () => {
    setup.channex.say(setup.channex.open(), 'Late arrival?')
    setup.channex.server.fail({ applied: false, kind: 'reset' }, { match: isOfMessages })
    expect((await readBody(wordless())).turns).toMatchObject([
      { text: '[message without text; see Booking.com]' },
    ])
  })

  it('and who wrote it: both are in the thread', async () => {
    const thread = setup.channex.open({ provider: 'AirBNB' })
    setup.channex.say(thread, 'Two of us come', { meta: { name: 'Ana', role: 'co_guest' } })
    const body = wordless({ message: null, sender: undefined, meta: null })
    expect((await readBody(body)).turns).toMatchObject([{ text: 'Two of us come', author: { name: 'Ana' } }])
  })
})

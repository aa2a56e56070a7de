import { afterEach, beforeEach, expect, it } from 'vitest'
import { toCards } from '../../../../adapters/botframework/text/card.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { conversations } from '../../../fakes/botframework/activities.ts'
import { addressOf, createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.close())

const choices = [
  { id: 'h-1', label: 'Grand Hotel' },
  { id: 'h-2', label: 'Old Mill' },
]

it('a question is posted in words and as a card with a button for each answer', async () => {
  const address = await addressOf(setup, 'personal')
  const part = { deliveryId: 'd-1', address, text: 'Which hotel?\n1. Grand Hotel\n2. Old Mill', choices }
  expect(await setup.adapter.send(part, neverAborted)).toMatchObject({ outcome: 'sent' })
  const [posted] = setup.fake.connector.posted(conversations.personal.id)
  expect(posted?.activity).toMatchObject({ type: 'message', textFormat: 'plain', text: part.text })
  expect(posted?.activity['attachments']).toEqual([
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      content: {
        $schema: 'https://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.2',
        body: choices.map(({ id, label }) => ({
          type: 'ActionSet',
          actions: [{ type: 'Action.Submit', title: label, data: { mewsChatChoice: id } }],
        })),
      },
    },
  ])
})

it('too many answers are left to words', () => {
  expect(toCards(Array.from({ length: 26 }, (_, index) => ({ id: `h-${index}`, label: 'A' })))).toEqual([])
  expect(toCards()).toEqual([])
})

it.each(['personal', 'channel'] as const)(
  'a pressed button tells the choice in a %s conversation',
  async (where) => {
    const { text: _, ...activity } = setup.fake.activities.message('', where)
    const pressed = { ...activity, value: { mewsChatChoice: 'h-2' } }
    const reading = await setup.adapter.read(JSON.stringify(pressed), neverAborted)
    expect(reading).toMatchObject({ turns: [], choice: 'h-2', address: { v: 1 } })
    expect(reading.command).toBeUndefined()
  },
)

it('other cards’ values are nothing to us', async () => {
  const { text: _, ...activity } = setup.fake.activities.message('')
  const reading = await setup.adapter.read(
    JSON.stringify({ ...activity, value: { other: 'h-2' } }),
    neverAborted,
  )
  expect(reading).toMatchObject({ turns: [] })
  expect(reading.choice).toBeUndefined()
})

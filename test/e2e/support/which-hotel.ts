import type { FakeSlack } from '../../fakes/slack/slack.ts'
import { fakeWorkspace } from '../../fakes/slack/slack.ts'

/** Two hotels of one operator. */
export const twoHotels = ['Grand Hotel', 'Old Mill'].map((name, index) => ({
  name,
  accessToken: `access-token-${index}`,
  enterpriseId: `c1a7e0d4-3b52-4f0a-9b1e-7de2a4b0c61${index}`,
}))

/** Their `CONFIG_FILE`, each with its `routes`; without any every guest is asked. */
export const twoHotelsFile = (routes: readonly string[] = []): string =>
  `properties:\n${twoHotels
    .map((hotel, index) => {
      const { name, accessToken, enterpriseId } = hotel
      const own = routes[index] === undefined ? '' : `, routes: [${routes[index]}]`
      return `  - { name: ${name}, accessToken: ${accessToken}, enterpriseId: ${enterpriseId}${own} }\n`
    })
    .join('')}`

/** What joins the fakes without a file, and must not stand beside one. */
export const withoutOneHotel = { MEWS_ACCESS_TOKEN: '', CHANNEX_PROPERTY_ID: '' } as const

/** Whether the bot asks for the hotel for the first time. */
export const isQuestion = (text: string): boolean => text.startsWith('Which hotel is this for?')

/** A guest's direct message in Slack. */
interface DirectMessage {
  readonly channel: string
  readonly user: string
}

/**
 * The way to press a button of the question in a direct message; undefined before it is asked. `chosen`: a label, or which one.
 * Resolves with the status, 0 where nobody answered.
 */
export const findButton = (
  slack: FakeSlack,
  { channel, user }: DirectMessage,
  chosen: string | number,
): ((connectorUrl: string) => Promise<number>) | undefined => {
  const message = slack.room.all(channel).find(({ text }) => isQuestion(text))
  const [, actions] = message?.blocks ?? []
  const buttons = (actions as { readonly elements: readonly unknown[] } | undefined)?.elements ?? []
  const button =
    typeof chosen === 'number'
      ? buttons[chosen]
      : buttons.find((each) => JSON.stringify(each).includes(`"${chosen}"`))
  if (button === undefined) return undefined
  const team = { id: fakeWorkspace.team }
  const payload = JSON.stringify({
    type: 'block_actions',
    trigger_id: crypto.randomUUID(),
    team,
    user: { id: user, team_id: team.id },
    channel: { id: channel, name: 'directmessage' },
    message,
    actions: [button],
  })
  const body = new URLSearchParams({ payload }).toString()
  const { headers } = slack.sign(body, { 'content-type': 'application/x-www-form-urlencoded' })
  const sent = { method: 'POST', headers: headers as Record<string, string>, body }
  return (connectorUrl) =>
    fetch(`${connectorUrl}/slack/events`, sent).then(
      ({ status }) => status,
      () => 0,
    )
}

import type { Choice } from '../../../src/port.ts'
import { cleanText } from '../../../src/util/text.ts'
import { readFields, readString } from '../wire.ts'

/** With more answers than this there are no buttons, and people answer in words. */
const most = 25

/** An attachment with a card of one button under the other. */
export interface Card {
  readonly contentType: 'application/vnd.microsoft.card.adaptive'
  readonly content: object
}

/** What a pressed button sends back as the activity's `value`. */
const field = 'mewsChatChoice'

/**
 * The answers as buttons of an Adaptive Card; none where there are too many. Each is a set of its own, as Teams shows no more than
 * six of one (https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference).
 */
export const toCards = (choices: readonly Choice[] = []): readonly Card[] => {
  if (choices.length === 0 || choices.length > most) return []
  const body = choices.map(({ id, label }) => ({
    type: 'ActionSet',
    actions: [{ type: 'Action.Submit', title: cleanText(label), data: { [field]: id } }],
  }))
  const content = { $schema: 'https://adaptivecards.io/schemas/adaptive-card.json', version: '1.2', body }
  return [
    { contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard', ...content } },
  ]
}

/** The choice whose button an activity's `value` tells of. */
export const readChoiceId = (value: unknown): string | undefined => readString(readFields(value)?.[field])

import type { Choice } from '../../../src/port.ts'
import { cleanText } from '../../../src/util/text.ts'
import { readList, readString, type Fields } from '../wire.ts'

/** Slack's own limits (https://docs.slack.dev/reference/block-kit/blocks); above them no buttons are shown, and people answer in words. */
const limits = { sectionText: 3_000, buttonText: 75, perBlock: 25, choices: 100 } as const

/** What every button's action is called by. */
const choicePattern = /^choose_\d+$/

/** A question with a button for each answer; undefined where Slack does not take it so. */
export const toBlocks = (text: string, choices: readonly Choice[] = []): readonly object[] | undefined => {
  if (choices.length === 0 || choices.length > limits.choices || text.length > limits.sectionText)
    return undefined
  const buttons = choices.map(toButton)
  const rows = Array.from({ length: Math.ceil(buttons.length / limits.perBlock) }, (_, row) => ({
    type: 'actions',
    block_id: `choices_${row}`,
    elements: buttons.slice(row * limits.perBlock, (row + 1) * limits.perBlock),
  }))
  return [{ type: 'section', block_id: 'question', text: plain(text) }, ...rows]
}

/** The choice whose button was pressed (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload). */
export const readChoiceId = (body: Fields): string | undefined => {
  if (body['type'] !== 'block_actions') return undefined
  const action = readList(body['actions']).find(({ action_id }) =>
    choicePattern.test(readString(action_id) ?? ''),
  )
  return readString(action?.['value'])
}

const toButton = ({ id, label }: Choice, index: number): object => ({
  type: 'button',
  action_id: `choose_${index}`,
  value: id,
  text: plain(label.slice(0, limits.buttonText)),
})

const plain = (text: string): object => ({ type: 'plain_text', text: cleanText(text), emoji: false })

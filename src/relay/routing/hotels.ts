import type { Choice } from '../../port.ts'
import { fold } from '../../util/fold.ts'
import { choiceId } from '../ids.ts'

/** A property that a guest may mean. */
export interface Hotel {
  readonly key: string
  /** For people. */
  readonly name: string
}

/** As people press it. */
export const toChoices = (hotels: readonly Hotel[]): readonly Choice[] =>
  hotels.map(({ key, name }) => ({ id: choiceId(key), label: name }))

/** As people read it, each with the number by which it can be named. */
export const toList = (hotels: readonly Hotel[]): string =>
  hotels.map(({ name }, index) => `${index + 1}. ${name}`).join('\n')

/** The hotel of a choice that was pressed. */
export const findChosen = (hotels: readonly Hotel[], id: string): Hotel | undefined =>
  hotels.find(({ key }) => choiceId(key) === id)

/** Words without what does not matter in a name: case, accents, punctuation at the ends, and how much space there is. */
const tidy = (text: string): string =>
  fold(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')

/** The hotel that is all that a text says: by its name, or its number in the list. Undefined for a name that two of them have. */
export const findNamed = (hotels: readonly Hotel[], text: string): Hotel | undefined => {
  const words = tidy(text)
  if (words === '') return undefined
  const named = hotels.filter(({ name }) => tidy(name) === words)
  if (named.length > 0) return named.length === 1 ? named[0] : undefined
  return /^\d{1,3}$/.test(words) ? hotels[Number(words) - 1] : undefined
}

import { createNearNames } from '../config/misspelling.ts'

/** What may be meant by a word that is none of the known ones, as the end of a sentence: `: did you mean check?`, or only its full stop. */
export const suggest = (given: string, known: readonly string[]): string => {
  const near = createNearNames(known, mostTypos)(given)
  return near.length === 0 ? '.' : `: did you mean ${near.join(' or ')}?`
}

/** Words of the command line are few, so more may be wrong in them than in a setting's name. */
const mostTypos = (known: string): number => (known.length < 8 ? 2 : 3)

import { randomBytes } from 'node:crypto'
import type { Marks } from '../store/types.ts'
import { threadReference } from './ids.ts'

/** The references that threads carry in their subjects. From a backup they can be told again, and by nobody who only knows the conversation. */
export interface References {
  /** A conversation's first `count` references at a property. Called by the holder of the property's lease. */
  of(property: string, conversation: string, count: number): Promise<readonly string[]>
}

/** The words of a thread's subject that may be a reference of ours, or of another connector. */
export const referencesIn = ({ subject }: { readonly subject: string }): readonly string[] =>
  subject.match(/[0-9A-HJKMNP-TV-Z]{10}/g) ?? []

export const createReferences = (marks: Marks): References => {
  const secrets = new Map<string, string>()

  const secretOf = async (property: string): Promise<string> => {
    const known = secrets.get(property)
    if (known !== undefined) return known
    const mark = `references:${property}`
    const stored = await marks.get(mark)
    const secret = stored ?? randomBytes(16).toString('hex')
    if (stored === undefined) await marks.set(mark, secret)
    secrets.set(property, secret)
    return secret
  }

  return {
    of: async (property, conversation, count) => {
      const secret = await secretOf(property)
      return Array.from({ length: count }, (_, index) => threadReference(secret, conversation, index))
    },
  }
}

import { hash, timingSafeEqual } from 'node:crypto'

/** A secret of this length cannot be guessed, however often strangers try. */
export const shortestSecret = 16

/** What is said of a shorter one, after its setting's name. */
export const secretTooShort = `must have ${shortestSecret} characters or more; openssl rand -hex 32 makes one`

/** Whether two secrets are equal, in a time that tells nothing of either, not even their lengths. */
export const sameSecret = (given: string, expected: string): boolean =>
  timingSafeEqual(digest(given), digest(expected))

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

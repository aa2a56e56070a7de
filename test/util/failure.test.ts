import { describe, expect, it } from 'vitest'
import { explainFailure } from '../../src/util/failure.ts'

const failing = (message: string, cause?: unknown): Error => new Error(message, { cause })

describe('explainFailure', () => {
  it('says what each error says, from the outside in', () => {
    const refused = failing('Channex does not allow it (403).')
    const error = failing('An event could not be read.', failing('Nothing could be looked for.', refused))
    expect(explainFailure(error)).toBe(
      'An event could not be read: Nothing could be looked for: Channex does not allow it (403)',
    )
  })

  it('says nothing twice, and nothing of what could not be parsed', () => {
    const quoting = new SyntaxError('Unexpected token in "Dear hotel"', { cause: failing('more') })
    expect(explainFailure(failing('It failed', failing('It failed.', quoting)))).toBe(
      'It failed: it is not readable',
    )
  })

  it('ends, however long the chain and the words are', () => {
    const round = failing('round')
    round.cause = round
    expect(explainFailure(round)).toBe('round')
    expect(explainFailure(failing('x'.repeat(10_000)))).toHaveLength(300)
    expect(explainFailure(undefined)).toBe('undefined')
  })
})

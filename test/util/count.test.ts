import { expect, test } from 'vitest'
import { countOf } from '../../src/util/text.ts'

test.each([
  [countOf(0, 'message'), '0 messages'],
  [countOf(1, 'message'), '1 message'],
  [countOf(2, 'message'), '2 messages'],
  [countOf(1, 'reply', 'replies'), '1 reply'],
  [countOf(3, 'reply', 'replies'), '3 replies'],
])('%s', (said, expected) => {
  expect(said).toBe(expected)
})

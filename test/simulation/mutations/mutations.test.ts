import { expect, test } from 'vitest'
import { mutate } from './apply.ts'
import { mutations } from './mutations.ts'

test('there are forty mutations at least, each with a name of its own', () => {
  expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length)
  expect(mutations.length).toBeGreaterThanOrEqual(40)
})

test.each(mutations)('the source still has what is broken: $name', ({ name }) => {
  expect(mutate(name).source.length).toBeGreaterThan(0)
})

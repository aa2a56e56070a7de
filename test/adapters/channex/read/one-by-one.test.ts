import { expect, test } from 'vitest'
import { createOneByOne } from '../../../../adapters/channex/read/look-ups.ts'

test('work of one key waits for what came before, also when that fails', async () => {
  const oneByOne = createOneByOne()
  const done: string[] = []
  const failing = oneByOne('a', async () => {
    await Promise.resolve()
    done.push('one')
    throw new Error('one failed')
  })
  const following = oneByOne('a', async () => done.push('two'))
  const elsewhere = oneByOne('b', async () => done.push('other'))
  await expect(failing).rejects.toThrow('one failed')
  await Promise.all([following, elsewhere])
  expect(done).toEqual(['other', 'one', 'two'])
})

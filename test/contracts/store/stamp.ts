import { expect, test } from 'vitest'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { type CreateTestDatabase, entry, useStore } from './harness.ts'

/** How a process notices what others record, on any database. */
export const describeStamp = (create: CreateTestDatabase): void => {
  const fixture = useStore(create)

  test('the stamp tells that another process has recorded something', async () => {
    const { figures } = (fixture().store as OpenStore).admin
    const before = await figures.stamp()
    expect(await figures.stamp()).toBe(before)
    const other = await fixture().database.open(fixture().clock, { exclusive: false })
    await other.log.append([entry('turn:slack:D0ANN', 'a')])
    await other.close()
    expect(await figures.stamp()).not.toBe(before)
  })
}

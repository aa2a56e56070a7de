import { describe, expect, test } from 'vitest'
import { createGroupCommit } from '../../src/store/group-commit.ts'

const outage = new Error('the disk is gone')

/** A group commit of strings over commits that are recorded; `bad` items and `outage` fail. */
const createRecorded = (limit = 1_000) => {
  const commits: (readonly string[])[] = []
  let running = 0
  const group = createGroupCommit<string, string>({
    commit: async (items) => {
      running += 1
      expect(running).toBe(1)
      await Promise.resolve()
      running -= 1
      commits.push(items)
      if (items.includes('outage')) throw outage
      if (items.some((item) => item.startsWith('bad'))) throw new Error('refused')
      return items.map((item) => item.toUpperCase())
    },
    weigh: (item) => item.length,
    limit,
    failsAll: (error) => error === outage,
  })
  return { commits, group }
}

const submitAll = (group: { submit: (item: string) => Promise<string> }, items: readonly string[]) =>
  Promise.allSettled(items.map((item) => group.submit(item)))

const toOutcome = (result: PromiseSettledResult<string>): string =>
  result.status === 'fulfilled' ? result.value : String(result.reason)

describe('group commit', () => {
  test('commits what concurrent callers bring together, and answers each', async () => {
    const { commits, group } = createRecorded()
    expect(await Promise.all(['a', 'b', 'c'].map((item) => group.submit(item)))).toEqual(['A', 'B', 'C'])
    expect(commits).toEqual([['a', 'b', 'c']])
  })

  test('puts what arrives during a commit into the next one, never two at a time', async () => {
    const { commits, group } = createRecorded()
    const first = group.submit('a')
    const later = first.then(() => Promise.all([group.submit('b'), group.submit('c')]))
    await Promise.all([first, later])
    expect(commits).toEqual([['a'], ['b', 'c']])
  })

  test('keeps to the limit by weight and to the order, and lets one that is too heavy go alone', async () => {
    const { commits, group } = createRecorded(3)
    await submitAll(group, ['aa', 'b', 'c', 'dddd', 'ee', 'ff'])
    expect(commits).toEqual([['aa', 'b'], ['c'], ['dddd'], ['ee'], ['ff']])
  })

  test('fails only the items that are to blame', async () => {
    const { commits, group } = createRecorded()
    const outcomes = await submitAll(group, ['a', 'bad 1', 'b', 'bad 2'])
    expect(outcomes.map(toOutcome)).toEqual(['A', 'Error: refused', 'B', 'Error: refused'])
    expect(commits.slice(1)).toEqual([['a'], ['bad 1'], ['b'], ['bad 2']])
  })

  test('fails the whole batch, tried once, when the failure would meet all', async () => {
    const { commits, group } = createRecorded()
    const outcomes = await submitAll(group, ['a', 'outage', 'b'])
    expect(outcomes.map(toOutcome)).toEqual([outage, outage, outage].map(String))
    expect(commits).toHaveLength(1)
  })

  test('lets nobody go before what an outage has failed', async () => {
    const { commits, group } = createRecorded(6)
    const outcomes = await submitAll(group, ['outage', 'after', 'later'])
    expect(outcomes.map(toOutcome)).toEqual([outage, outage, outage].map(String))
    expect(commits).toEqual([['outage']])
    expect(await group.submit('anew')).toBe('ANEW')
  })

  test('stops looking for the culprit when an outage comes in between', async () => {
    let tries = 0
    const group = createGroupCommit<string, string>({
      commit: async () => {
        tries += 1
        throw tries === 2 ? outage : new Error('refused')
      },
      weigh: () => 1,
      limit: 10,
      failsAll: (error) => error === outage,
    })
    const outcomes = await submitAll(group, ['a', 'b', 'c'])
    expect(outcomes.map(toOutcome)).toEqual([outage, outage, outage].map(String))
    expect(tries).toBe(2)
  })

  test('goes on after a failure', async () => {
    const { group } = createRecorded()
    await submitAll(group, ['outage'])
    expect(await group.submit('a')).toBe('A')
  })

  test('lets the event loop turn between commits, however busy the callers are', async () => {
    const { group } = createRecorded()
    const turned = new Promise((resolve) => setImmediate(resolve, 'turned'))
    const busy = async (): Promise<string> => {
      for (let index = 0; index < 100; index += 1) await group.submit('a')
      return 'only then'
    }
    expect(await Promise.race([turned, busy()])).toBe('turned')
  })

  test('is idle once every item is answered', async () => {
    const { commits, group } = createRecorded()
    await group.idle()
    const answer = group.submit('a')
    await group.idle()
    expect(commits).toEqual([['a']])
    expect(await answer).toBe('A')
  })
})

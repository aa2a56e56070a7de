import type { Delivery, Run } from '../../../../src/store/lanes/types.ts'
import { claim, entry, type StoreFixture } from '../harness.ts'

/** What guests, staff and workers do to a store, in the few words that tests of its books need. */
export const createWriter = (fixture: () => StoreFixture) => {
  /** Keys are ids on every platform, never words. */
  const write = (lane: string, payload: string, at: number) => {
    const group = lane.startsWith('turn') ? 'turn:hotel' : 'reply:p'
    return fixture().store.log.append([
      entry(lane, payload, { at, group, keys: [`${lane}:${payload.slice(0, 9)}`] }),
    ])
  }

  const take = async (group = 'turn:hotel'): Promise<Run> => {
    const [run] = await claim(fixture().store, { group })
    if (run === undefined) throw new Error('nothing is due')
    return run
  }

  const settle = (run: Run, deliveries: readonly Delivery[], doneThrough?: number) =>
    fixture().store.log.settle({
      lane: run.lane,
      token: run.token,
      deliveries,
      ...(doneThrough === undefined ? {} : { doneThrough }),
      nextStep: { next: 'release' },
    })

  const openThread = async (conversation: string, sender: string) => {
    const { threads } = fixture().store
    const reference = `R-${conversation}`
    await threads.intend({
      conversation,
      property: 'hotel',
      reference,
      subject: `Hello from ${sender}`,
      sender,
      startedAt: 1,
    })
    await threads.opened({ conversation, reference }, `thread-${conversation}`, 1)
  }

  return { write, take, settle, openThread }
}

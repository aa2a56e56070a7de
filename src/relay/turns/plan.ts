import type { Address, Json } from '../../port.ts'
import type { Delivery, Entry, Run, Settlement } from '../../store/lanes/types.ts'
import type { RelayContext } from '../context.ts'
import { noticeForGuest } from '../entries/notice.ts'

/** A lane's run on its way to Mews: what is to be sent, and where. Changed only by the sender that holds the lane. */
export interface Plan {
  readonly run: Run
  readonly conversation: string
  readonly property: string
  /** Where the guest is told of a failure; undefined while the conversation has no thread. */
  readonly address: Address | undefined
  /** The platform's references of the turns, by position, for receipts. */
  readonly references: ReadonlyMap<number, readonly Json[]>
  /** In order of position and part. */
  parts: readonly Delivery[]
  /** The last position this plan covers. */
  readonly through: number
  /** Whether its thread was followed by a new one already. */
  replaced?: boolean
  /** The group that the lane goes to once the plan is done. */
  readonly moveTo?: string
  /** While an outcome is unknown: when it is worth asking again. While receipts cannot be recorded: when to try that again. By the monotonic clock. */
  notBefore?: number
  /** What the lane remembers of its messages once this is on its way. */
  readonly note: string
  /** What tells the guest, by position, once a turn that they were told has failed is with the hotel after all. */
  readonly afterAll?: ReadonlyMap<number, Entry>
  /** Notices that go with the settlement. */
  notices: readonly Entry[]
}

/** One message of a batch. */
export interface Item {
  readonly plan: Plan
  readonly delivery: Delivery
}

/** Replaces some parts of a plan by what they are now. */
export const update = (plan: Plan, changed: readonly Delivery[]): void => {
  const byPos = Map.groupBy(changed, ({ pos }) => pos)
  const now = (before: Delivery): Delivery | undefined =>
    byPos.get(before.pos)?.find(({ part }) => part === before.part)
  plan.parts = plan.parts.map((part) => now(part) ?? part)
}

/** What is neither sent nor failed yet. */
export const openParts = (plan: Plan): readonly Delivery[] =>
  plan.parts.filter(({ state }) => state === 'waiting' || state === 'sending')

/** Parts whose outcome is unknown: asked about before they are sent again. */
export const unsureParts = (plan: Plan): readonly Delivery[] =>
  plan.parts.filter(({ state }) => state === 'sending')

/** A part that has not been tried. */
export const waitingPart = (
  place: Pick<Delivery, 'pos' | 'part' | 'text' | 'target' | 'author' | 'authorId' | 'at'>,
): Delivery => ({
  ...place,
  state: 'waiting',
  startedAt: place.at,
  nativeId: null,
  possiblyTwice: false,
  reason: null,
})

/** The settlement of a plan with nothing left to do. */
export const finished = (plan: Plan): Settlement => {
  const { run, parts, through, note, notices, moveTo } = plan
  return {
    lane: run.lane,
    token: run.token,
    deliveries: parts,
    doneThrough: through,
    note,
    append: [...notices, ...noticesAfterAll(plan)],
    nextStep: moveTo === undefined ? { next: 'release' } : { next: 'move', group: moveTo },
  }
}

/** Makes what is known of plans durable and lets their notices go; they stay held. */
export const recordPlans = async (
  plans: readonly Plan[],
  { store }: Pick<RelayContext, 'store'>,
): Promise<void> => {
  await Promise.all(
    plans.map(async (plan) => {
      const { run, parts, note, notices } = plan
      const { lane, token } = run
      const nextStep = { next: 'hold' } as const
      await store.log.settle({ lane, token, deliveries: parts, note, append: notices, nextStep })
      plan.notices = []
    }),
  )
}

/** Ends one part of a plan as failed and plans the notice to the guest; a notice that fails makes none. */
export const failPart = (
  plan: Plan,
  part: Delivery,
  reason: string,
  { texts, clock, log }: Pick<RelayContext, 'texts' | 'clock' | 'log'>,
): void => {
  const { lane, entries } = plan.run
  update(plan, [{ ...part, state: 'failed', reason, at: clock.now() }])
  log.error({ lane, pos: part.pos, part: part.part, reason }, 'turn failed')
  const kind = entries.find(({ pos }) => pos === part.pos)?.kind
  if (kind === 'notice' || plan.address === undefined) return
  const parts = plan.parts.filter(({ pos }) => pos === part.pos)
  const notice = noticeForGuest({
    lane,
    parts,
    // Other parts have arrived, or still may.
    mayHaveArrived: part.state === 'sending' || parts.some(({ state }) => state !== 'failed'),
    address: plan.address,
    texts,
    at: clock.now(),
  })
  plan.notices = [...plan.notices.filter(({ keys }) => keys[0] !== notice.keys[0]), notice]
}

const noticesAfterAll = ({ afterAll, parts }: Plan): readonly Entry[] =>
  Array.from(afterAll ?? []).flatMap(([pos, notice]) => {
    const own = parts.filter((part) => part.pos === pos)
    return own.length > 0 && own.every(({ state }) => state === 'sent') ? [notice] : []
  })

import type { Address, Json } from '../../port.ts'
import type { Delivery, Entry, Run, Settlement, WaitChange } from '../../store/lanes/types.ts'
import type { RelayContext } from '../context.ts'
import { noticeForGuest } from '../entries/notice.ts'

/** A lane's run on its way to Mews: what is to be sent, and where. It is never changed: a step gives back what it has become. */
export interface Plan {
  /** The same in everything that the plan becomes. */
  readonly run: Run
  readonly conversation: string
  readonly property: string
  /** Where the guest is told of a failure; undefined while the conversation has no thread. */
  readonly address: Address | undefined
  /** The guest's, as far as it is known (BCP 47). */
  readonly language?: string | undefined
  /** The platform's references of the turns, by position, for receipts. */
  readonly references: ReadonlyMap<number, readonly Json[]>
  /** In order of position and part. */
  readonly parts: readonly Delivery[]
  /** The last position this plan covers. */
  readonly through: number
  /** Whether its thread was followed by a new one already. */
  readonly replaced?: boolean
  /** The group that the lane goes to once the plan is done. */
  readonly moveTo?: string
  /** While an outcome is unknown: when it is worth asking again. While receipts cannot be recorded: when to try that again. By the monotonic clock. */
  readonly notBefore?: number
  /** The lane's note on its messages once this plan is on its way. */
  readonly note: string
  /** Notices by position: a turn whose failure the guest was told of is with the hotel after all. */
  readonly afterAll?: ReadonlyMap<number, Entry>
  /** Notices that go with the settlement. */
  readonly notices: readonly Entry[]
  /** When Mews took the messages of a position, by its clock; those that a process before this one sent are missing. */
  readonly reachedAt?: ReadonlyMap<number, number>
}

/** The plan with some parts as they are now. */
export const withParts = (plan: Plan, changed: readonly Delivery[]): Plan => {
  const byPos = Map.groupBy(changed, ({ pos }) => pos)
  const now = (before: Delivery): Delivery | undefined =>
    byPos.get(before.pos)?.find(({ part }) => part === before.part)
  return { ...plan, parts: plan.parts.map((part) => now(part) ?? part) }
}

/** The plan with when Mews took parts of it; of several parts of a position the first counts. */
export const withReached = (
  plan: Plan,
  taken: readonly { readonly pos: number; readonly at: number }[],
): Plan => {
  const reachedAt = new Map(plan.reachedAt)
  for (const { pos, at } of taken) reachedAt.set(pos, Math.min(at, reachedAt.get(pos) ?? Infinity))
  return { ...plan, reachedAt }
}

/** Those who wait for the staff from now on, because a message of theirs has reached a thread. */
export const waitsIn = ({
  parts,
  conversation,
  property,
  reachedAt,
}: Pick<Plan, 'parts' | 'conversation' | 'property' | 'reachedAt'>): readonly WaitChange[] => {
  const said = parts.filter(({ state, awaitsReply = false }) => awaitsReply && state === 'sent')
  return Array.from(
    Map.groupBy(said, ({ target }) => target),
    ([thread, own]) => ({
      thread,
      conversation,
      property,
      reachedAt: Array.from(
        Map.groupBy(own, ({ pos }) => pos),
        ([pos, its]) => reachedAt?.get(pos) ?? Math.min(...its.map(({ at }) => at)),
      ),
    }),
  )
}

/** The plan with some parts ended as failed, and with what tells the guest so; a notice that fails makes no further notice. */
export const failParts = (plan: Plan, parts: readonly Delivery[], reason: string, telling: Telling): Plan =>
  parts.reduce((before, part) => failPart(before, part, reason, telling), plan)

/** Parts that are neither sent nor failed yet. */
export const openParts = (plan: Plan): readonly Delivery[] =>
  plan.parts.filter(({ state }) => state === 'waiting' || state === 'sending')

/** Parts whose outcome is unknown: asked about before they are sent again. */
export const unsureParts = (plan: Plan): readonly Delivery[] =>
  plan.parts.filter(({ state }) => state === 'sending')

/** A part that has not been tried. */
export const waitingPart = (
  said: Pick<Delivery, 'pos' | 'part' | 'text' | 'target' | 'author' | 'authorId' | 'awaitsReply' | 'at'>,
): Delivery => ({
  ...said,
  state: 'waiting',
  startedAt: said.at,
  nativeId: null,
  possiblyTwice: false,
  reason: null,
})

/** The settlement of a plan with nothing left to do; `more`: notices that follow from what has arrived; `asksStay`: in a new thread it is to be told whose stay it is. */
export const finished = (
  plan: Plan,
  { more = [], asksStay = false }: { readonly more?: readonly Entry[]; readonly asksStay?: boolean } = {},
): Settlement => {
  const { run, parts, through, note, notices, moveTo } = plan
  return {
    lane: run.lane,
    token: run.token,
    deliveries: parts,
    doneThrough: through,
    note,
    append: [...notices, ...noticesAfterAll(plan), ...more],
    waits: asksStay ? waitsIn(plan).map((wait) => ({ ...wait, asksStay })) : waitsIn(plan),
    nextStep: moveTo === undefined ? { next: 'release' } : { next: 'move', group: moveTo },
  }
}

/** Makes what is known of plans durable and lets their notices go; resolves with the plans without those. The lanes stay held. */
export const recordPlans = (
  plans: readonly Plan[],
  { store }: Pick<RelayContext, 'store'>,
): Promise<readonly Plan[]> =>
  Promise.all(
    plans.map(async (plan) => {
      const { run, parts, note, notices } = plan
      const { lane, token } = run
      const nextStep = { next: 'hold' } as const
      await store.log.settle({ lane, token, deliveries: parts, note, append: notices, nextStep })
      return { ...plan, notices: [] }
    }),
  )

type Telling = Pick<RelayContext, 'wording' | 'clock' | 'log'>

const failPart = (before: Plan, part: Delivery, reason: string, { wording, clock, log }: Telling): Plan => {
  const { run, address, notices, language, property } = before
  const { lane, entries } = run
  const plan = withParts(before, [{ ...part, state: 'failed', reason, at: clock.now() }])
  log.error({ lane, pos: part.pos, part: part.part, reason }, 'turn failed')
  const kind = entries.find(({ pos }) => pos === part.pos)?.kind
  if (kind === 'notice' || address === undefined) return plan
  const parts = plan.parts.filter(({ pos }) => pos === part.pos)
  // Other parts have arrived, or still may.
  const mayHaveArrived = part.state === 'sending' || parts.some(({ state }) => state !== 'failed')
  const texts = wording.forGuest(language, property)
  const notice = noticeForGuest({ lane, parts, mayHaveArrived, address, texts, at: clock.now() })
  return { ...plan, notices: [...notices.filter(({ keys }) => keys[0] !== notice.keys[0]), notice] }
}

const noticesAfterAll = ({ afterAll, parts }: Plan): readonly Entry[] =>
  Array.from(afterAll ?? []).flatMap(([pos, notice]) => {
    const own = parts.filter((part) => part.pos === pos)
    return own.length > 0 && own.every(({ state }) => state === 'sent') ? [notice] : []
  })

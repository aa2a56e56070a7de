import type { Delivery } from '../../store/types.ts'
import type { RelayContext } from '../context.ts'
import { noticeForGuest } from '../entries/notice.ts'
import { type Plan, update } from './plan.ts'

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

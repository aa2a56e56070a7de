import type { FaultKind } from '../port.ts'
import { formatDuration } from '../util/duration.ts'
import { fill, type TextName, type Texts } from './texts.ts'

/**
 * Why a reply was not delivered, as far as it matters to the staff. `away`: the platform was not reached for as long as is tried; `guest
 * unknown`: what the guest wrote was erased, and with it where they are.
 */
export type StaffReason = FaultKind | 'away' | 'guest unknown' | 'given up' | 'other'

/** What the staff read of each; the console and `deliveries` keep the full reason. */
const textNames: Readonly<Record<StaffReason, TextName>> = {
  'too long': 'whyTooLong',
  'guest gone': 'whyGuestGone',
  closed: 'whyPlaceClosed',
  ended: 'whyEnded',
  links: 'whyLinks',
  request: 'whyRequest',
  'set-up': 'whySetUp',
  away: 'whyAway',
  'guest unknown': 'whyGuestUnknown',
  'given up': 'whyGivenUp',
  other: 'whyOther',
}

/** Says to the staff why a reply was not delivered and what they can do, without any platform's code or setting's name. */
export function explainToStaff(
  reason: StaffReason,
  { platform, failedForMs }: { readonly platform: string; readonly failedForMs: number },
  texts: Texts,
): string {
  return fill(texts[textNames[reason]], {
    platform,
    duration: formatDuration(failedForMs, texts.language, 0),
  })
}

import type { Finding, RemoteClock } from '../port.ts'
import { skewWarningMs, toWords } from './remote-clock.ts'

/** What `check` says of a clock: `about` names the line, `whose` the clock for people. Nothing where no answer has shown it. */
export function checkClock(
  about: string,
  whose: string,
  { skewMs }: Pick<RemoteClock, 'skewMs'>,
): readonly Finding[] {
  const skew = skewMs()
  if (skew === undefined) return []
  const ok = Math.abs(skew) < skewWarningMs
  const apart = `${Math.round(Math.abs(skew) / 1000)} s apart`
  return [{ name: `Clock (${about})`, ok, detail: ok ? apart : `${apart}: ${toWords(skew, whose)}` }]
}

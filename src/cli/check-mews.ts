import type { PropertyConfig } from '../config/properties.ts'
import type { Mews } from '../mews/client.ts'
import { MewsError } from '../mews/error.ts'
import type { Clock, Finding } from '../port.ts'

/** Mews's own clock may differ by this much before times in intervals begin to matter. */
const skewLimitMs = 60_000
/** No thread has it. */
const nobodysThread = '00000000-0000-0000-0000-000000000000'

const attempt = async (name: string, signal: AbortSignal, look: () => Promise<string>): Promise<Finding> => {
  try {
    return { name, ok: true, detail: await look() }
  } catch (error) {
    if (signal.aborted)
      return { name, ok: false, detail: 'Mews does not answer: check MEWS_PLATFORM_ADDRESS and the network' }
    if (error instanceof MewsError) return { name, ok: false, detail: error.message }
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) }
  }
}

/** Looks at one property: its tokens, what they may do, and the clocks. */
export const checkMews = async (
  { name, enterpriseId }: Pick<PropertyConfig, 'name' | 'enterpriseId'>,
  mews: Mews,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly Finding[]> => {
  const findings: Finding[] = []
  const tokens = await attempt(`Mews tokens (${name})`, signal, async () => {
    const { now, enterprise } = await mews.readConfiguration(signal)
    if (enterpriseId !== undefined && enterpriseId.toLowerCase() !== enterprise.id)
      throw new Error(
        `the access token is of ${enterprise.name}: MEWS_ENTERPRISE_ID must be ${enterprise.id}`,
      )
    const skew = Math.round(Math.abs(clock.now() - now) / 1000)
    const ok = skew * 1000 <= skewLimitMs
    const detail = ok ? `${skew} s apart` : `${skew} s apart: set this computer’s clock by NTP`
    findings.push({ name: `Clock (${name})`, ok, detail })
    return `${enterprise.name}, ${enterprise.id}`
  })
  findings.unshift(tokens)
  if (!tokens.ok) return findings
  const end = clock.now()
  const messages = await attempt(`Mews messages (${name})`, signal, async () => {
    await mews.listThreads({ createdFrom: end - 60_000, createdTo: end }, signal)
    await mews.listMessages({ threadIds: [nobodysThread], start: end - 60_000, end }, signal)
    return 'may be read'
  })
  return [...findings, messages]
}

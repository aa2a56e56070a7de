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

/** How one property fares. */
export interface PropertyCheck {
  readonly property: string
  readonly reachable: boolean
  /** Its name and id in Mews; null while it is not reachable. */
  readonly enterprise: string | null
  readonly clockSkewSeconds: number | null
  /** Operations that were refused. */
  readonly missing: readonly string[]
}

const skewFinding = (property: string, seconds: number): Finding => {
  const ok = seconds * 1000 <= skewLimitMs
  const detail = ok ? `${seconds} s apart` : `${seconds} s apart: set this computer’s clock by NTP`
  return { name: `Clock (${property})`, ok, detail }
}

/** Looks at one property: its tokens, what they may do, and the clocks. */
export const checkMews = async (
  { name, enterpriseId }: Pick<PropertyConfig, 'name' | 'enterpriseId'>,
  mews: Mews,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ readonly check: PropertyCheck; readonly findings: readonly Finding[] }> => {
  const clocks: Finding[] = []
  let clockSkewSeconds: number | null = null
  const tokens = await attempt(`Mews tokens (${name})`, signal, async () => {
    const { now, enterprise } = await mews.readConfiguration(signal)
    clockSkewSeconds = Math.round(Math.abs(clock.now() - now) / 1000)
    clocks.push(skewFinding(name, clockSkewSeconds))
    if (enterpriseId !== undefined && enterpriseId.toLowerCase() !== enterprise.id)
      throw new Error(
        `the access token is of ${enterprise.name}: its enterprise id (enterpriseId, MEWS_ENTERPRISE_ID) must be ${enterprise.id}`,
      )
    return `${enterprise.name}, ${enterprise.id}`
  })
  const reachable = clockSkewSeconds !== null
  const enterprise = tokens.ok ? tokens.detail : null
  const known = { property: name, reachable, enterprise, clockSkewSeconds }
  if (!tokens.ok) return { check: { ...known, missing: [] }, findings: [tokens, ...clocks] }
  const end = clock.now()
  const created = { createdFrom: end - 60_000, createdTo: end }
  const query = { threadIds: [nobodysThread], start: end - 60_000, end }
  const looks = {
    'messageThreads/getAll': () => mews.listThreads(created, signal),
    'messages/getAll': () => mews.listMessages(query, signal),
  }
  const missing: string[] = []
  const messages = await attempt(`Mews messages (${name})`, signal, async () => {
    for (const [operation, look] of Object.entries(looks)) {
      missing.push(operation)
      await look()
      missing.pop()
    }
    return 'may be read'
  })
  return { check: { ...known, missing }, findings: [tokens, ...clocks, messages] }
}

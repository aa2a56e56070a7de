import type { webApi } from '@slack/bolt'
import type { Fields, Workspace } from '../wire.ts'

/** One recorded request, and whose installation it is read with. */
export interface Given {
  readonly body: Fields
  readonly workspace: Workspace
  /** Undefined where there is no token: then nothing is looked up. */
  readonly client: webApi.WebClient | undefined
  readonly signal: AbortSignal
  /** The hotel's, an IANA name; undefined where it is not known yet. */
  readonly timeZone?: string | undefined
}

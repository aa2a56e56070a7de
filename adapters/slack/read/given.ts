import type { webApi } from '@slack/bolt'
import type { Fields, Workspace } from '../wire.ts'

/** One recorded request, and the installation with which it is read. */
export interface Given {
  readonly body: Fields
  readonly workspace: Workspace
  /** Undefined where there is no token; nothing is looked up then. */
  readonly client: webApi.WebClient | undefined
  readonly signal: AbortSignal
  /** The hotel's, an IANA name; undefined where it is not known yet. */
  readonly timeZone?: string | undefined
}

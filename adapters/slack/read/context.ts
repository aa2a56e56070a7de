import type { webApi } from '@slack/bolt'
import type { AdapterContext, Reading } from '../../../src/port.ts'
import type { Bots, FindUser, People } from '../workspace/people.ts'
import type { Knowledge } from '../receive/event.ts'
import type { Groups, Routes } from '../workspace/channels.ts'
import type { EndInstallation } from '../install/status.ts'
import type { Deletions } from './deletions.ts'
import type { FindEarlierMessages } from './earlier-messages.ts'
import type { Threads } from '../workspace/threads.ts'
import type { Fields, Workspace } from '../wire.ts'

/** What readers of recorded requests have beside the request. */
export interface ReadContext extends Pick<AdapterContext, 'directory' | 'say' | 'clock' | 'log'> {
  readonly apiUrl: string
  readonly bots: Bots
  readonly knowledge: Knowledge
  readonly findUser: FindUser
  readonly deletions: Deletions
  readonly routes: Routes
  readonly groups: Groups
  readonly threads: Threads
  readonly people: People
  readonly findPredecessors: FindEarlierMessages
  readonly endInstallation: EndInstallation
}

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

/** Reads one kind of recorded request. Rejects with `PassingError` when the records cannot be reached. */
export type Reader = (given: Given, context: ReadContext) => Promise<Reading>

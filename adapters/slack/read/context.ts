import type { AdapterContext, Reading } from '../../../src/port.ts'
import type { EndInstallation } from '../install/status.ts'
import type { KnownIds } from '../receive/event.ts'
import type { Groups, Routes } from '../workspace/channels.ts'
import type { Bots, FindUser, People } from '../workspace/people.ts'
import type { Threads } from '../workspace/threads.ts'
import type { Deletions } from './deletions.ts'
import type { MovedGroups } from './moved-groups.ts'
import type { FindEarlierMessages } from './earlier-messages.ts'
import type { Given } from '../api/installation.ts'

/** What the readers of recorded requests share. */
export interface ReadContext extends Pick<
  AdapterContext,
  'directory' | 'say' | 'readCommand' | 'clock' | 'log'
> {
  readonly apiUrl: string
  readonly bots: Bots
  readonly knownIds: KnownIds
  readonly findUser: FindUser
  readonly deletions: Deletions
  readonly routes: Routes
  readonly groups: Groups
  readonly movedGroups: MovedGroups
  readonly threads: Threads
  readonly people: People
  readonly findPredecessors: FindEarlierMessages
  readonly endInstallation: EndInstallation
}

/** Reads one kind of recorded request. Rejects with `PassingError` when the records cannot be reached. */
export type Reader = (given: Given, context: ReadContext) => Promise<Reading>

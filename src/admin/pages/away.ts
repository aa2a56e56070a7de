import type { Log, Route } from '../../port.ts'
import { StoreError } from '../../store/error.ts'
import { messagePage } from './layout.ts'

const text =
  'The connector runs, and its database does not answer, so there is nothing to show and nothing was changed. ' +
  'What was acknowledged is recorded there; platforms send the rest again. See that the database runs and can be reached ' +
  'at DATABASE_URL, then load this page again: the connector goes on by itself.'

/** The same route, and a page that says so while the database is away: whether a session stands is asked there, too. */
export const unlessAway = (route: Route, log: Log): Route => ({
  ...route,
  handle: async (request) => {
    try {
      return await route.handle(request)
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'unavailable')) throw error
      log.error({ err: error }, 'a page of the console could not be shown: the database is away')
      return messagePage(503, 'The database is away', text)
    }
  },
})

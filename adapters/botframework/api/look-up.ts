import type { Log } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import type { Authorize } from './authorize.ts'
import { isServiceUrl } from './cloud.ts'
import type { BotFrameworkConfig } from '../config.ts'
import { parseFields, type Fields } from '../wire.ts'

/** Asks for one object below a service URL; undefined when it cannot be had. Never rejects. */
export type LookUp = (serviceUrl: string, path: string, signal: AbortSignal) => Promise<Fields | undefined>

/** What looking up needs. */
export interface LookUpOptions {
  readonly config: BotFrameworkConfig
  readonly authorize: Authorize
  readonly fetch: typeof fetch
  readonly log: Log
}

/** Makes one GET request, only to allowed hosts, without redirects. */
export const createLookUp =
  ({ config, authorize, fetch, log }: LookUpOptions): LookUp =>
  async (serviceUrl, path, signal) => {
    if (!isServiceUrl(serviceUrl, config)) return undefined
    try {
      const headers = await authorize(signal)
      const url = `${serviceUrl.replace(/\/$/, '')}/${path}`
      const response = await fetch(url, { headers, redirect: 'manual', signal })
      const body = await response.text()
      if (response.status === 200) return parseFields(body)
      log.info({ status: response.status }, 'botframework: a look-up was refused')
    } catch (error) {
      log.info({ code: failureCode(error) }, 'botframework: a look-up failed')
    }
    return undefined
  }

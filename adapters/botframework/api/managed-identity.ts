import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'
import { failureCode } from '../../../src/util/failure.ts'

/** A token of the machine's own identity. */
export interface ManagedToken {
  readonly value: string
  /** Milliseconds since 1970. */
  readonly until: number
}

/** What asking needs. */
export interface ManagedIdentityOptions {
  readonly fetch: typeof fetch
  /** For each request. */
  readonly timeLimitMs: number
}

/** The identity that Azure gives to the machine as a whole. */
const systemIdentity = 'system'

/**
 * Asks the machine that we run on for a token for `resource`, as one of its managed identities: a client id, or `system`.
 * MSAL knows how (virtual machines, App Service, Container Apps, Arc…) and is loaded only here. Rejects with what to check.
 */
export const requestManagedToken = async (
  identity: string,
  resource: string,
  options: ManagedIdentityOptions,
): Promise<ManagedToken> => {
  const { ManagedIdentityApplication } = await import('@azure/msal-node')
  const application = new ManagedIdentityApplication({
    ...(identity === systemIdentity ? {} : { managedIdentityIdParams: { userAssignedClientId: identity } }),
    system: { networkClient: createNetwork(options), disableInternalRetries: true },
  })
  try {
    const token = await application.acquireToken({ resource, forceRefresh: true })
    return { value: token.accessToken, until: token.expiresOn?.getTime() ?? 0 }
  } catch (error) {
    throw new Error(
      `the managed identity gave no token (${readCode(error)}); check that it is assigned to this machine`,
      { cause: error },
    )
  }
}

/** MSAL's own words may quote what the machine answered. */
function readCode(error: unknown): string {
  if (error instanceof Error && 'errorCode' in error && /^[\w-]{1,60}$/.test(String(error.errorCode)))
    return String(error.errorCode)
  return failureCode(error)
}

function createNetwork({ fetch, timeLimitMs }: ManagedIdentityOptions): INetworkModule {
  const send = async <T>(
    method: string,
    url: string,
    { headers = {}, body }: NetworkRequestOptions = {},
  ): Promise<NetworkResponse<T>> => {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(timeLimitMs),
      ...(body === undefined ? {} : { body }),
    })
    const answered = (await response.json().catch(() => ({}))) as T
    return { headers: Object.fromEntries(response.headers), body: answered, status: response.status }
  }
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  }
}

import { readFile } from 'node:fs/promises'
import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'
import type { Clock } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import type { BotApp, BotFrameworkConfig } from '../config.ts'
import { type Certificate, readCertificate, signAssertion } from './certificate.ts'

/** The fields of a token request (RFC 6749, section 4.4) that prove who asks. */
export type CredentialFields = Readonly<Record<string, string>>

/** What proving needs. */
export interface CredentialOptions extends ManagedIdentityOptions {
  readonly cloud: BotFrameworkConfig['cloud']
  readonly clock: Clock
  /** Gives a text that is different each time. */
  readonly unique: () => string
}

/** How the app proves to the token endpoint who it is. */
export type Secret = Exclude<BotApp['secret'], { kind: 'managed identity' }>

/**
 * Makes a new proof for each token, because a certificate on disk may have been renewed, and what others sign for us is valid for a short
 * time only.
 */
export const readCredential = async (
  appId: string,
  secret: Secret,
  options: CredentialOptions,
): Promise<CredentialFields> => {
  if (secret.kind === 'password') return { client_secret: secret.password }
  if (secret.kind === 'certificate') {
    const { clock, unique } = options
    const claims = { appId, audience: secret.tokenUrl, now: clock.now(), id: unique() }
    return assert(signAssertion(await readCertificateOf(secret), claims))
  }
  if (secret.kind === 'federated file')
    return assert((await readText(secret.path, 'SignedAssertionFileDiskPath')).trim())
  const { value } = await requestManagedToken(secret.identity, options.cloud.exchangeAudience, options)
  return assert(value)
}

/** The certificate as it is now. Rejects where it cannot be read. */
export const readCertificateOf = async ({
  path,
  pem,
  thumbprint,
}: Extract<Secret, { kind: 'certificate' }>): Promise<Certificate> =>
  readCertificate(path === undefined ? pem : await readText(path, 'CertificateDiskPath'), thumbprint)

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

function assert(assertion: string): CredentialFields {
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
}

async function readText(path: string, setting: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Error(`the file that ${setting} names cannot be read`, { cause: error })
  }
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

/** MSAL's own message may quote what the machine answered. */
function readCode(error: unknown): string {
  if (error instanceof Error && 'errorCode' in error && /^[\w-]{1,60}$/.test(String(error.errorCode)))
    return String(error.errorCode)
  return failureCode(error)
}

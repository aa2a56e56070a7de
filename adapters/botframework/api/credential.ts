import { readFile } from 'node:fs/promises'
import type { Clock } from '../../../src/port.ts'
import type { BotApp, BotFrameworkConfig } from '../config.ts'
import { readCertificate, signAssertion, type Certificate } from './certificate.ts'
import { requestManagedToken, type ManagedIdentityOptions } from './managed-identity.ts'

/** The fields of a token request (RFC 6749, section 4.4) that prove who asks. */
export type CredentialFields = Readonly<Record<string, string>>

/** What proving needs. */
export interface CredentialOptions extends ManagedIdentityOptions {
  readonly cloud: BotFrameworkConfig['cloud']
  readonly clock: Clock
  /** A text that never comes twice. */
  readonly unique: () => string
}

/** How the app proves to the token endpoint who it is. */
export type Secret = Exclude<BotApp['secret'], { kind: 'managed identity' }>

/** Proves it anew for each token: a certificate on disk may have been renewed, and what others sign for us is good for a short while only. */
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

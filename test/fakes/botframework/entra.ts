import { constants, verify, X509Certificate, type KeyObject } from 'node:crypto'
import type { FakeAnswer, FakeRequest } from '../server.ts'

/** The directory's token endpoint, and the managed identity of the machine that the bot runs on. */
export interface Entra {
  answer(request: FakeRequest, url: string): FakeAnswer
  /** As App Service answers (https://learn.microsoft.com/azure/app-service/overview-managed-identity, REST endpoint). */
  answerMachine(request: FakeRequest): FakeAnswer
  /** Whether a header has a token that was given out here. */
  knows(authorization: string | undefined): boolean
  /** Adds a certificate to the app's registration; its private key may stand beside it. */
  trustCertificate(pem: string): void
  /** Adds a federated credential for a managed identity of the machine, by its client id, or for `system`. */
  trustIdentity(identity: string): void
  /** Adds a federated credential for what somebody else signs. */
  trustAssertion(assertion: string): void
  /** Goes by this clock from now on, in place of the real one. */
  keepTime(now: () => number): void
}

interface Registration {
  readonly appId: string
  readonly password: string
  readonly scope: string
}

/** What the machine must be asked with. */
export const machineSecret = 'secret-of-the-machine'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const refusal = (code: number, description: string): FakeAnswer => ({
  status: 401,
  body: { error: 'invalid_client', error_codes: [code], error_description: description },
})

const readPart = (part: string | undefined): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>

const toDigest = (fingerprint: string): string =>
  Buffer.from(fingerprint.replaceAll(':', ''), 'hex').toString('base64url')

/** Finds a certificate by the thumbprint of an assertion's header. */
const findKey = (
  certificates: readonly X509Certificate[],
  { alg, ...header }: Readonly<Record<string, unknown>>,
): KeyObject | undefined => {
  const found = certificates.find((certificate) =>
    alg === 'PS256'
      ? header['x5t#S256'] === toDigest(certificate.fingerprint256)
      : alg === 'RS256' && header['x5t'] === toDigest(certificate.fingerprint),
  )
  return found?.publicKey
}

/** Keeps what the app may prove itself with, and each assertion's id, since none may come twice. */
export const createEntra = ({ appId, password, scope }: Registration): Entra => {
  const given = new Set<string>()
  const certificates: X509Certificate[] = []
  const identities = new Set<string>()
  const assertions = new Set<string>()
  const seen = new Set<unknown>()
  let machineTokens = 0
  let clock = Date.now

  const isSigned = (assertion: string, url: string): boolean => {
    const [head, body, signature = ''] = assertion.split('.')
    const header = readPart(head)
    const { aud, iss, sub, exp, nbf, jti } = readPart(body)
    const key = findKey(certificates, header)
    const now = clock() / 1000
    const isMeant =
      aud === url && iss === appId && sub === appId && Number(exp) > now && Number(nbf) <= now + 300
    if (key === undefined || !isMeant || seen.has(jti)) return false
    seen.add(jti)
    const padding =
      header['alg'] === 'PS256'
        ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
        : {}
    return verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      { key, ...padding },
      Buffer.from(signature, 'base64url'),
    )
  }

  const isProven = (form: URLSearchParams, url: string): boolean => {
    const assertion = form.get('client_assertion')
    if (assertion === null) return form.get('client_secret') === password
    if (form.get('client_assertion_type') !== assertionType || form.has('client_secret')) return false
    return assertions.has(assertion) || (assertion.split('.').length === 3 && isSigned(assertion, url))
  }

  return {
    answer: ({ body }, url) => {
      const form = new URLSearchParams(body)
      const expected = { grant_type: 'client_credentials', client_id: appId, scope }
      const isAsked = Object.entries(expected).every(([name, value]) => form.get(name) === value)
      if (!isAsked || !isProven(form, url))
        return refusal(form.has('client_assertion') ? 700_027 : 7_000_215, body)
      const token = `token-${given.size + 1}`
      given.add(`Bearer ${token}`)
      return { status: 200, body: { token_type: 'Bearer', expires_in: 3599, access_token: token } }
    },
    answerMachine: ({ query, headers }) => {
      if (headers['x-identity-header'] !== machineSecret) return { status: 401, body: {} }
      const resource = query.get('resource') ?? ''
      machineTokens += 1
      const token = `machine-${machineTokens}`
      // Only a token for the exchange is one, and only of an identity that the registration names.
      if (resource === 'api://AzureADTokenExchange' && identities.has(query.get('client_id') ?? 'system'))
        assertions.add(token)
      if (`${resource}/.default` === scope && query.get('client_id') === appId) given.add(`Bearer ${token}`)
      const expires = String(Math.floor(clock() / 1000) + 86_400)
      return {
        status: 200,
        body: { access_token: token, expires_on: expires, resource, token_type: 'Bearer' },
      }
    },
    knows: (authorization) => given.has(authorization ?? ''),
    trustCertificate: (pem) =>
      void certificates.push(new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----')))),
    trustIdentity: (identity) => void identities.add(identity),
    trustAssertion: (assertion) => void assertions.add(assertion),
    keepTime: (now) => {
      clock = now
    },
  }
}

import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose'

/** What is special about one token; everything else is as Teams has it. */
export interface TokenOptions {
  /** Claims that replace the usual ones; undefined leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** The key it is signed with; `foreign` has the id of a known one. */
  readonly key?: 'known' | 'unendorsed' | 'unknown' | 'foreign'
}

/** Signs tokens as the connector service does. */
export interface Issuer {
  readonly jwks: { readonly keys: readonly unknown[] }
  /** A token for requests with this service URL, good for an hour from the real present. */
  token(serviceUrl: string, options?: TokenOptions): Promise<string>
  /** Takes another key into use, as happens every few weeks. */
  rotate(): void
}

interface Pair {
  readonly kid: string
  readonly key: CryptoKey
  readonly jwk: unknown
}

const createPair = async (kid: string, endorsements: readonly string[]): Promise<Pair> => {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', endorsements }
  return { kid, key: privateKey, jwk }
}

/** Made once per process, since keys of 2048 bits take their time. */
const made = Promise.all([
  createPair('key-1', ['msteams']),
  createPair('key-sms', ['sms']),
  createPair('key-nobody', ['msteams']),
  createPair('key-1', ['msteams']),
  createPair('key-2', ['msteams']),
])

/** Makes an issuer of tokens for one app. */
export const createIssuer = async (issuer: string, audience: string): Promise<Issuer> => {
  const [first, unendorsed, unknown, foreign, second] = await made
  const pairs = { known: first, unendorsed, unknown, foreign }
  return {
    get jwks() {
      return { keys: [pairs.known.jwk, pairs.unendorsed.jwk] }
    },
    token: async (serviceUrl, { claims = {}, key = 'known' } = {}) => {
      const now = Math.floor(Date.now() / 1000)
      const usual = { iss: issuer, aud: audience, nbf: now - 300, exp: now + 3600, serviceurl: serviceUrl }
      const payload = JSON.parse(JSON.stringify({ ...usual, ...claims })) as JWTPayload
      const { kid, key: privateKey } = pairs[key]
      return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).sign(privateKey)
    },
    rotate: () => {
      pairs.known = second
    },
  }
}

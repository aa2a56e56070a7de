import { createPrivateKey, sign, constants, X509Certificate, type KeyObject } from 'node:crypto'

/** What the bot signs with in place of a secret. */
export interface Certificate {
  readonly key: KeyObject
  /** The thumbprint by which Entra finds the certificate, in base64url: SHA-256 for `x5t#S256`, SHA-1 for `x5t`. */
  readonly thumbprint: { readonly 'x5t#S256': string } | { readonly x5t: string }
  /** When it expires, in milliseconds since 1970; undefined where only its thumbprint is known. */
  readonly until: number | undefined
}

/** What is wrong with a certificate, for people. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
}

/** Reads a private key, and the certificate that stands beside it or its thumbprint in hexadecimal. Throws `CertificateError`. */
export const readCertificate = (pem: string, thumbprint = ''): Certificate => {
  // In an environment variable a key is often written on one line.
  const text = pem.replaceAll(String.raw`\n`, '\n')
  const key = readKey(text)
  if (!text.includes('-----BEGIN CERTIFICATE-----')) return { key, ...readThumbprint(thumbprint) }
  const certificate = readX509(text)
  if (!certificate.checkPrivateKey(key))
    throw new CertificateError('has a private key that is not the certificate’s')
  const digest = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex')
  return {
    key,
    thumbprint: { 'x5t#S256': digest.toString('base64url') },
    until: certificate.validToDate.getTime(),
  }
}

/** Enough for a clock that is off by some minutes. */
const validSeconds = 600

/**
 * A client assertion (RFC 7523), as Entra wants it: PS256 with a SHA-256 thumbprint, RS256 with a SHA-1 one
 * (https://learn.microsoft.com/entra/identity-platform/certificate-credentials).
 */
export const signAssertion = ({ key, thumbprint }: Certificate, claims: AssertionClaims): string => {
  const isPss = 'x5t#S256' in thumbprint
  const seconds = Math.floor(claims.now / 1000)
  const payload = {
    aud: claims.audience,
    iss: claims.appId,
    sub: claims.appId,
    jti: claims.id,
    iat: seconds,
    nbf: seconds,
    exp: seconds + validSeconds,
  }
  const header = { alg: isPss ? 'PS256' : 'RS256', typ: 'JWT', ...thumbprint }
  const signed = [header, payload].map(encode).join('.')
  const padding = isPss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { padding: constants.RSA_PKCS1_PADDING }
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, ...padding }).toString('base64url')}`
}

function readKey(text: string): KeyObject {
  try {
    const key = createPrivateKey(text)
    if (key.asymmetricKeyType === 'rsa') return key
  } catch {
    throw new CertificateError('has no private key that can be read: it must be PEM, without a passphrase')
  }
  throw new CertificateError('must have an RSA key: Entra takes no other')
}

function readThumbprint(text: string): Pick<Certificate, 'thumbprint' | 'until'> {
  const digest = Buffer.from(text.replaceAll(/[\s:]/g, ''), 'hex')
  const thumbprint = digest.toString('base64url')
  if (digest.length === 32) return { thumbprint: { 'x5t#S256': thumbprint }, until: undefined }
  if (digest.length === 20) return { thumbprint: { x5t: thumbprint }, until: undefined }
  throw new CertificateError(
    'has no certificate, and CertificateThumbprint is not its SHA-256 or SHA-1 in hexadecimal',
  )
}

function readX509(text: string): X509Certificate {
  try {
    return new X509Certificate(text.slice(text.indexOf('-----BEGIN CERTIFICATE-----')))
  } catch {
    throw new CertificateError('has a certificate that cannot be read: it must be PEM')
  }
}

/** Who signs for whom. */
interface AssertionClaims {
  readonly appId: string
  /** The token endpoint. */
  readonly audience: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** Gives a text that is different each time. */
  readonly id: string
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Keyv } from 'keyv'
import type { Json, Vault } from '../../port.ts'

const algorithm = 'aes-256-gcm'

const nonceBytes = 12

/** One adapter's records in Keyv (made with `throwOnErrors: true`); encrypted at rest when there is a secret of 32 bytes. */
export const createVault = (keyv: Keyv, platform: string, secret: Buffer | undefined): Vault => {
  const nameOf = (key: string): string => `${platform}:${key}`
  return {
    get: async (key) => {
      const sealed = await keyv.get<Sealed>(nameOf(key))
      return sealed === undefined ? undefined : open(nameOf(key), sealed, secret)
    },
    set: async (key, value) => {
      const sealed: Sealed = secret === undefined ? { v: 1, plain: value } : seal(nameOf(key), value, secret)
      if (!(await keyv.set(nameOf(key), sealed)))
        throw new Error(`Record ${nameOf(key)} was not written. Check the backend.`)
    },
    delete: async (key) => void (await keyv.delete(nameOf(key))),
  }
}

/** A record in the backend: plain JSON, or AES-256-GCM with its own nonce; parts are base64. */
type Sealed =
  | { readonly v: 1; readonly plain: Json }
  | { readonly v: 1; readonly nonce: string; readonly tag: string; readonly box: string }

const open = (key: string, sealed: Sealed, secret: Buffer | undefined): Json => {
  if ('plain' in sealed) return sealed.plain
  if (secret === undefined)
    throw new Error(`Record ${key} is encrypted. Set ENCRYPTION_KEY to the key it was written with.`)
  const decipher = createDecipheriv(algorithm, secret, Buffer.from(sealed.nonce, 'base64'))
    .setAAD(Buffer.from(key))
    .setAuthTag(Buffer.from(sealed.tag, 'base64'))
  try {
    const text = decipher.update(sealed.box, 'base64', 'utf8') + decipher.final('utf8')
    return JSON.parse(text) as Json
  } catch (error) {
    throw new Error(`Record ${key} cannot be decrypted. Set ENCRYPTION_KEY to the key it was written with.`, {
      cause: error,
    })
  }
}

/** The record's key is authenticated with it, so that records cannot be exchanged for one another. */
const seal = (key: string, value: Json, secret: Buffer): Sealed => {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, secret, nonce).setAAD(Buffer.from(key))
  const box = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
  return {
    v: 1,
    nonce: nonce.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    box: box.toString('base64'),
  }
}

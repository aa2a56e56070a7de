import { crc32, deflateRawSync } from 'node:zlib'

/** A file at the top of an archive. */
export interface ZipFile {
  readonly name: string
  readonly content: Buffer
}

/** The first day that the format knows, so that the same files always make the same archive. */
const date = (1 << 5) | 1

const deflated = 8

const version = 20

/** Names are UTF-8. */
const flags = 0x0800

/** Packs files into a ZIP archive (PKWARE APPNOTE 6.3), deflated; for a few small ones. */
export const toZip = (files: readonly ZipFile[]): Buffer => {
  let offset = 0
  const members = files.map(({ name: text, content }): Member => {
    const name = Buffer.from(text, 'utf8')
    const data = deflateRawSync(content, { level: 9 })
    const member = { name, data, common: describe(content, data, name), offset }
    offset += localHeader(member).length + data.length
    return member
  })
  const directory = Buffer.concat(members.map(centralHeader))
  const end = numbers([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, members.length],
    [2, members.length],
    [4, directory.length],
    [4, offset],
    [2, 0],
  ])
  return Buffer.concat([...members.flatMap((member) => [localHeader(member), member.data]), directory, end])
}

interface Member {
  readonly name: Buffer
  readonly data: Buffer
  readonly common: Buffer
  readonly offset: number
}

/** What a local header and the central directory have in common. */
const describe = (content: Buffer, data: Buffer, name: Buffer): Buffer =>
  numbers([
    [2, version],
    [2, flags],
    [2, deflated],
    [2, 0],
    [2, date],
    [4, crc32(content)],
    [4, data.length],
    [4, content.length],
    [2, name.length],
    [2, 0],
  ])

const numbers = (fields: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer =>
  Buffer.concat(
    fields.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes)
      field.writeUIntLE(value, 0, bytes)
      return field
    }),
  )

const localHeader = ({ common, name }: Member): Buffer =>
  Buffer.concat([numbers([[4, 0x04034b50]]), common, name])

const centralHeader = ({ common, name, offset }: Member): Buffer =>
  Buffer.concat([
    numbers([
      [4, 0x02014b50],
      [2, version],
    ]),
    common,
    numbers([
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, offset],
    ]),
    name,
  ])

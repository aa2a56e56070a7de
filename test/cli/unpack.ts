import { inflateRawSync, inflateSync } from 'node:zlib'

/** The files of an archive, by its central directory. */
export const unzip = (zip: Buffer): ReadonlyMap<string, Buffer> => {
  const files = new Map<string, Buffer>()
  const end = zip.length - 22
  if (zip.readUInt32LE(end) !== 0x06054b50) throw new Error('This is no archive.')
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== 0x02014b50) throw new Error('The central directory is broken.')
    const [size, nameLength, local] = [
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt32LE(at + 42),
    ]
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
    const data = local + 30 + zip.readUInt16LE(local + 26)
    files.set(name, inflateRawSync(zip.subarray(data, data + size)))
    at += 46 + nameLength
  }
  return files
}

interface Picture {
  readonly width: number
  readonly height: number
  /** Red, green, blue and, where the picture has it, opacity: 0 to 255 each. */
  readonly at: (x: number, y: number) => readonly number[]
}

/** A PNG of 8 bits a channel, RGB or RGBA, not interlaced (https://www.w3.org/TR/png-3/). */
export const readPng = (png: Buffer): Picture => {
  if (png.toString('latin1', 1, 4) !== 'PNG') throw new Error('This is no PNG.')
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const channels = { 2: 3, 6: 4 }[png[25] ?? 0]
  if (png[24] !== 8 || channels === undefined || png[28] !== 0) throw new Error('Another kind of PNG.')
  const pixels = unfilter(inflateSync(dataOf(png)), width * channels, channels)
  return {
    width,
    height,
    at: (x, y) => [...pixels.subarray((y * width + x) * channels, (y * width + x + 1) * channels)],
  }
}

function dataOf(png: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
  return Buffer.concat(parts)
}

/** Each line begins with the filter that says from which neighbours its bytes differ. */
function unfilter(filtered: Buffer, length: number, channels: number): Buffer {
  const lines = filtered.length / (length + 1)
  const pixels = Buffer.alloc(lines * length)
  for (let y = 0; y < lines; y += 1)
    for (let x = 0; x < length; x += 1) {
      const at = y * length + x
      const left = x < channels ? 0 : (pixels[at - channels] ?? 0)
      const up = y === 0 ? 0 : (pixels[at - length] ?? 0)
      const corner = x < channels || y === 0 ? 0 : (pixels[at - length - channels] ?? 0)
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filtered[y * (length + 1)] ?? 0]
      pixels[at] = ((filtered[y * (length + 1) + 1 + x] ?? 0) + (guess ?? 0)) & 0xff
    }
  return pixels
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [fromLeft, fromUp, fromCorner] = [left, up, corner].map((value) => Math.abs(guess - value))
  if ((fromLeft ?? 0) <= (fromUp ?? 0) && (fromLeft ?? 0) <= (fromCorner ?? 0)) return left
  return (fromUp ?? 0) <= (fromCorner ?? 0) ? up : corner
}

import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** A DNS server on loopback that knows one name, as Docker's knows a service. */
export interface FakeDns {
  /** Address and port, for a `nameserver` line. */
  readonly address: string
  close(): Promise<void>
}

const headerBytes = 12
const typeA = 1

/** Answers `name` with the addresses of the moment (IPv4), and every other question with no records. */
export const createFakeDns = async (name: string, addresses: () => readonly string[]): Promise<FakeDns> => {
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    socket.send(answer(query, name, addresses()), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    close: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}

function answer(query: Buffer, name: string, addresses: readonly string[]): Buffer {
  const question = readQuestion(query)
  const records = question.name === name && question.type === typeA ? addresses.map(toRecord) : []
  const header = Buffer.alloc(headerBytes)
  query.copy(header, 0, 0, 2)
  // A response to a recursive query, without an error: one question, so many answers.
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(records.length, 6)
  return Buffer.concat([header, query.subarray(headerBytes, question.end), ...records])
}

function readQuestion(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = []
  let at = headerBytes
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 }
}

/** An A record for the name in the question, which holds for no time. */
function toRecord(address: string): Buffer {
  return Buffer.from([0xc0, headerBytes, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)])
}

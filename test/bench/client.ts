import { connect, type Socket } from 'node:net'

/** What a run of requests came to; latencies in milliseconds, in order of their answers. */
export interface Run {
  readonly seconds: number
  readonly latencies: Float64Array
  /** How many answers had which status. */
  readonly statuses: Readonly<Record<string, number>>
}

const isWhole = (answer: string): boolean => {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0) return false
  const head = answer.slice(0, end)
  if (/transfer-encoding: chunked/i.test(head)) return answer.endsWith('0\r\n\r\n')
  const [, length = '0'] = /content-length: (\d+)/i.exec(head) ?? []
  return answer.length - end - 4 >= Number(length)
}

const open = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })

/** A prepared request, and whose it is. */
export interface Prepared {
  readonly conversation: number
  readonly bytes: Buffer
}

/** Hands requests out in their order, but only one at a time of each conversation: whoever writes waits for what they wrote before. */
const createQueue = (requests: readonly Prepared[]) => {
  const underWay = new Set<number>()
  const passedOver: Prepared[] = []
  let next = 0

  const find = (): Prepared | undefined => {
    const free = passedOver.findIndex(({ conversation }) => !underWay.has(conversation))
    if (free >= 0) return passedOver.splice(free, 1)[0]
    for (let request = requests[next]; request !== undefined; request = requests[next]) {
      next += 1
      if (!underWay.has(request.conversation)) return request
      passedOver.push(request)
    }
    return undefined
  }

  return {
    take: (): Prepared | undefined => {
      const found = find()
      if (found !== undefined) underWay.add(found.conversation)
      return found
    },
    answered: ({ conversation }: Prepared): void => void underWay.delete(conversation),
  }
}

/**
 * Sends prepared requests over keep-alive connections, one at a time on each: every Slack request needs a signature of its
 * own, so all is prepared beforehand and as little as possible done between two requests.
 */
export const sendAll = async (
  port: number,
  requests: readonly Prepared[],
  connections: number,
): Promise<Run> => {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const latencies = new Float64Array(requests.length)
  const statuses: Record<string, number> = {}
  const queue = createQueue(requests)
  let answered = 0
  const began = performance.now()

  const drive = (socket: Socket): Promise<void> =>
    new Promise((resolve, reject) => {
      let sentAt = 0
      let request: Prepared | undefined
      let answer = ''
      const send = (): void => {
        request = queue.take()
        // What is left then is for those who wait for an answer.
        if (request === undefined) return resolve()
        answer = ''
        sentAt = performance.now()
        socket.write(request.bytes)
      }
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString('latin1')
        if (!isWhole(answer) || request === undefined) return
        queue.answered(request)
        latencies[answered] = performance.now() - sentAt
        answered += 1
        const status = answer.slice(9, 12)
        statuses[status] = (statuses[status] ?? 0) + 1
        send()
      })
      socket.once('close', () => reject(new Error('a connection was closed')))
      send()
    })

  await Promise.all(sockets.map(drive))
  const seconds = (performance.now() - began) / 1000
  for (const socket of sockets) socket.removeAllListeners('close').destroy()
  return { seconds, latencies, statuses }
}

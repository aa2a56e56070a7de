import { connect, type Socket } from 'node:net'

const opened = async (address: string): Promise<Socket> => {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket
}

/**
 * Writes bytes to a server as they are, and gives everything it answers until it closes or breaks the connection. `rest` is
 * written once it is known.
 */
export const exchange = async (address: string, bytes: string, rest?: Promise<string>): Promise<string> => {
  const socket = await opened(address)
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1')
  })
  socket.on('error', () => socket.destroy())
  socket.write(bytes)
  void rest?.then((late) => socket.write(late))
  await new Promise((resolve) => {
    socket.once('close', resolve)
  })
  return answer
}

/** Writes bytes and goes away without waiting for an answer. */
export const writeAndLeave = async (address: string, bytes: string): Promise<void> => {
  const socket = await opened(address)
  await new Promise((resolve) => {
    socket.write(bytes, resolve)
  })
  socket.destroy()
}

/** The status codes in what a server answered, in order. */
export const statusesOf = (answer: string): readonly number[] =>
  Array.from(answer.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status))

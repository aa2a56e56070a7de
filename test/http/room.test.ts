import { expect, it, vi } from 'vitest'
import type { Route } from '../../src/port.ts'
import { patience } from '../fakes/clock.ts'
import { startServer } from './server.ts'
import { exchange, statusesOf, writeAndLeave } from './wire.ts'

const body = 'x'.repeat(1000)
const head = `POST /hook HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n`
/** A body of a thousand bytes, with what is counted beside it. */
const one = 1256

const statusOf = async (address: string, path = '/hook'): Promise<number> =>
  (await fetch(`${address}${path}`, { method: 'POST', body })).status

/** Posts whose last byte is held back until `finish`. */
const stall = (address: string, count: number) => {
  const rest = Promise.withResolvers<string>()
  const answers = Array.from({ length: count }, () => exchange(address, head + body.slice(1), rest.promise))
  return { answers, finish: () => rest.resolve('x') }
}

it('who holds back a body makes way for others when memory is short, and is told to come again', async () => {
  const { address, lines } = await startServer({ heldBytes: 3 * one })
  const { answers, finish } = stall(address, 3)
  const refused: string[] = []
  void Promise.race(answers).then((answer) => refused.push(answer))
  const others: number[] = []
  await vi.waitFor(async () => {
    others.push(await statusOf(address))
    expect(refused).toHaveLength(1)
  }, patience)
  expect(new Set(others)).toEqual(new Set([204]))
  expect(refused[0]).toMatch(/^HTTP\/1\.1 503 [^]*connection: close[^]*\{"error":"Service Unavailable"\}$/i)
  finish()
  const statuses = (await Promise.all(answers)).flatMap(statusesOf)
  expect(statuses.filter((status) => status === 204)).toHaveLength(2)
  expect(lines).toEqual([expect.stringContaining('"count":1')])
})

it('what there is no room for at all is refused with 503, and the connection closed', async () => {
  const { address, seen } = await startServer({ heldBytes: one - 1 })
  const answer = await exchange(address, head + body)
  expect(statusesOf(answer)).toEqual([503])
  expect(answer).toMatch(/connection: close/i)
  expect(seen).toEqual([])
})

it('a body of many pieces counts for the memory that the pieces take', async () => {
  const { address } = await startServer({ heldBytes: 100_000 })
  const pieces =
    'POST /hook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n' + '1\r\nx\r\n'.repeat(1000)
  expect(statusesOf(await exchange(address, pieces))).toEqual([503])
})

it('what was held is free again, whatever became of the request', async () => {
  const failing: Route = {
    method: 'POST',
    path: '/fails',
    handle: () => {
      throw new TypeError('no promise')
    },
  }
  const { address } = await startServer({ heldBytes: one, bodyMs: 50 }, undefined, [failing])
  const tooLarge = `POST /hook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n${body}\r\n19\r\n${'x'.repeat(25)}\r\n`
  for (let round = 0; round < 3; round += 1) {
    await writeAndLeave(address, head + body.slice(1))
    await expect.poll(() => statusOf(address)).toBe(204)
    expect(await statusOf(address, '/fails')).toBe(500)
    expect(statusesOf(await exchange(address, tooLarge))).toEqual([413])
    expect(statusesOf(await exchange(address, head + body.slice(1)))).toEqual([408])
  }
  expect(await statusOf(address)).toBe(204)
})

it('a body that nobody reads takes no room', async () => {
  const { address, seen } = await startServer({ heldBytes: 1 })
  const answer = await exchange(address, `${head.replace('POST /hook', 'GET /page')}${body}`)
  expect(statusesOf(answer)).toEqual([200])
  expect(seen[0]?.body).toHaveLength(0)
})

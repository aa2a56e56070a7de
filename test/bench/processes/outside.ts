import { answerQuestions } from '../child.ts'
import type { Arrivals } from '../lean-mews.ts'
import { type Reactions, startOutsideServer } from '../outside-server.ts'

/** What the other sides are asked: their port; to forget what came; what came, once that many messages are there; which reactions were asked for. */
export type OutsideQuestion =
  | 'port'
  | 'reset'
  | 'reactions'
  | { readonly waitFor: number; readonly patienceMs: number }

/** What came, and when the first and the last of it did, in milliseconds since 1970. */
export type Came = Arrivals & { readonly firstAt: number; readonly lastAt: number }

let firstAt = 0
let lastAt = 0
let wake = (): void => {}

const { port, mews, reactions } = await startOutsideServer(() => {
  lastAt = Date.now()
  if (firstAt === 0) firstAt = lastAt
  wake()
})

const answer = async (question: OutsideQuestion): Promise<number | Came | Reactions> => {
  if (question === 'reactions') return reactions()
  if (question === 'port') return port
  if (question === 'reset') {
    mews.reset()
    firstAt = lastAt = 0
    return 0
  }
  const until = Date.now() + question.patienceMs
  while (mews.arrivals().distinct < question.waitFor && Date.now() < until) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 100)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
  return { ...mews.arrivals(), firstAt, lastAt }
}

answerQuestions(answer)

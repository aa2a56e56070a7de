import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** A process of the benchmarks: it is asked and answers, one question at a time. */
export interface Child<Question, Answer> {
  readonly pid: number
  ask(question: Question): Promise<Answer>
  stop(): Promise<void>
}

interface Failure {
  readonly failed: string
}

const isFailure = (message: unknown): message is Failure =>
  typeof message === 'object' && message !== null && 'failed' in message

const nextMessage = async (child: ChildProcess): Promise<unknown> => {
  const ended = new AbortController()
  const { signal } = ended
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as unknown),
      once(child, 'exit', { signal }).then(([code]) => ({ failed: `the process ended with ${code}` })),
    ])
  } finally {
    ended.abort()
  }
}

/** Starts a script of `processes/` apart from everything else; it speaks once it is ready. */
export const startChild = async <Question, Answer>(
  script: string,
  options: unknown = {},
): Promise<Child<Question, Answer>> => {
  const path = new URL(`processes/${script}.ts`, import.meta.url)
  const child = fork(path, [JSON.stringify(options)], { execArgv: [], serialization: 'advanced' })
  const answer = async (): Promise<unknown> => {
    const message = await nextMessage(child)
    if (isFailure(message)) throw new Error(`${script}: ${message.failed}`)
    return message
  }
  await answer()
  return {
    pid: child.pid ?? 0,
    ask: async (question) => {
      child.send(question as object)
      return (await answer()) as Answer
    },
    stop: async () => {
      if (child.exitCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

/** The other side: what a child was started with. */
export const readOptions = (): unknown => JSON.parse(process.argv[2] ?? '{}')

/** The other side: says that it is ready, and answers until its parent is gone. */
export const answerQuestions = (answer: (question: never) => unknown): void => {
  process.on('disconnect', () => process.exit())
  process.on('message', (question) => {
    void (async () => {
      try {
        process.send?.(await answer(question as never))
      } catch (error) {
        process.send?.({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })
      }
    })()
  })
  process.send?.('ready')
}

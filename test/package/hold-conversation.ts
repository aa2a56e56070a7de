import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { patience } from '../fakes/clock.ts'
import { createConnectorProcess } from '../e2e/support/connector-process.ts'
import { conversationKinds } from '../e2e/support/conversation-kinds.ts'
import { createSystemFixture } from '../e2e/support/system-fixture.ts'

const question = 'Hi! I just wanted to let you know I will be arriving late tonight'
const answer = 'Hello Ms Penelope! Thank you for contacting us. What time do you expect to arrive?'

/**
 * Starts the program with `command`, waits until it is ready, has one conversation in every place where guests write, and
 * stops it. Rejects at the first thing that is not as it should be; resolves with the number of conversations.
 */
export const holdConversation = async (
  command: (env: Readonly<Record<string, string>>) => readonly string[],
): Promise<number> => {
  const system = await createSystemFixture({}, {}, (settings) =>
    createConnectorProcess(settings, { command }),
  )
  const { mews, connector } = system
  try {
    await connector.start()
    assert.equal((await fetch(`${connector.url}/readyz`)).status, 200)
    for (const [name, createPlace] of Object.entries(conversationKinds)) {
      const before = mews.threads().length
      const place = createPlace(system)
      await place.say(question)
      await until(`a thread in Mews for ${name}`, () => mews.threads().length === before + 1)
      const { id } = mews.threads().at(-1) ?? { id: '' }
      await until(`the guest's words of ${name} in Mews`, () => mews.messages(id).length === 1)
      assert.equal(mews.messages(id)[0]?.text, question)
      mews.reply(id, answer)
      await until(`the reply in ${name}`, () => place.heard().length === 1)
      assert.deepEqual(place.heard(), [answer])
    }
    assert.equal(await connector.stop(), 0, `it did not stop cleanly:\n${connector.output.slice(-2_000)}`)
    return Object.keys(conversationKinds).length
  } catch (error) {
    throw new Error(`The conversation failed. The program wrote:\n${connector.output.slice(-4_000)}`, {
      cause: error,
    })
  } finally {
    await system.close()
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += patience.interval) {
    if (waited > patience.timeout) throw new Error(`There never was ${what}.`)
    await setTimeout(patience.interval)
  }
}

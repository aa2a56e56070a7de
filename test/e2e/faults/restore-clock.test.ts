import { expect, onTestFinished, test, vi } from 'vitest'
import { wrongClockOption } from '../support/random-clock.ts'
import { hour, patience } from '../../fakes/clock.ts'
import { createBackups } from '../support/backups.ts'
import { compileCache } from '../support/connector-process.ts'
import { inDirectMessage } from '../support/guests.ts'
import { createSystemFixture } from '../support/system-fixture.ts'

test.each([-hour, -365 * 24 * hour])(
  'a backup that is put back on a machine whose clock is wrong by %i ms sends nothing twice',
  async (wrongMs) => {
    const system = await createSystemFixture({ MEWS_SYNC_SECONDS: '1', NODE_COMPILE_CACHE: compileCache })
    onTestFinished(() => system.close())
    const { mews, connector } = system
    const guest = inDirectMessage(system, 1)
    const backups = createBackups(connector)
    const written = (): readonly string[] =>
      mews.threads().flatMap(({ id }) => mews.messages(id).map(({ text }) => text))
    const reply = (text: string): unknown => mews.reply(mews.threads()[0]?.id ?? '', text)
    const hears = (texts: readonly string[]): Promise<void> =>
      vi.waitFor(() => expect(guest.heard()).toEqual(texts), patience)

    await connector.start()
    await guest.say('one')
    await vi.waitFor(() => expect(written()).toEqual(['one']), patience)
    await backups.make()
    for (const text of ['two', 'three']) {
      const before = guest.heard()
      reply(text)
      await hears([...before, text])
    }
    await connector.kill()
    await backups.putBack()
    reply('four')
    await connector.start({ NODE_OPTIONS: wrongClockOption, WRONG_CLOCK_MS: String(wrongMs) })
    await hears(['two', 'three', 'four'])
    reply('five')
    await hears(['two', 'three', 'four', 'five'])
    expect(written()).toEqual(['one', 'two', 'three', 'four', 'five'])
  },
)

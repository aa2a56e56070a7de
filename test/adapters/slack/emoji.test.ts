import { describe, expect, it } from 'vitest'
import { readEmoji, withEmoji } from '../../../adapters/slack/emoji.ts'
import type { Fields } from '../../../adapters/slack/wire.ts'

const emoji = (...elements: readonly object[]): ReturnType<typeof readEmoji> =>
  readEmoji([{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] }])

const known = emoji(
  { type: 'emoji', name: 'wave', unicode: '1f44b' },
  { type: 'emoji', name: 'wave', skin_tone: 3, unicode: '1f44b-1f3fc' },
  { type: 'emoji', name: '+1::skin-tone-2', unicode: '1f44d-1f3fb' },
  { type: 'emoji', name: 'hotel-mascot' },
  { type: 'emoji', name: 'broken', unicode: 'zzz' },
  { type: 'emoji', name: 'absurd', unicode: 'ffffffff' },
)

describe('withEmoji', () => {
  it.each([
    ['hello :wave:', 'hello 👋'],
    ['hello :wave::skin-tone-3:', 'hello 👋🏼'],
    [':+1::skin-tone-2:', '👍🏻'],
    [':wave::wave:', '👋👋'],
    [':hotel-mascot: :broken: :absurd: :nobody:', ':hotel-mascot: :broken: :absurd: :nobody:'],
    ['at 10:30:45', 'at 10:30:45'],
    ['`:wave:` ```\n:wave:\n``` :wave:', '`:wave:` ```\n:wave:\n``` 👋'],
    ['<https://a.example/:wave:|x>', '<https://a.example/:wave:|x>'],
  ])('turns %j into %j', (text, expected) => {
    expect(withEmoji(text, known)).toBe(expected)
  })

  it.each([
    [':thumbsup: :+1:', '👍 👍'],
    [':tada::heart:', '🎉❤️'],
    [':wave::skin-tone-4:', '👋🏽'],
    [':woman-running::skin-tone-6:', '🏃🏿‍♀️'],
    [':hotel::skin-tone-3:', '🏨'],
    [':constructor: 10:30:45', ':constructor: 10:30:45'],
  ])('knows Slack’s own names without the blocks: %j', (text, expected) => {
    expect(withEmoji(text, [])).toBe(expected)
  })

  it('finds none in what is no block', () => {
    const deep = JSON.parse(`${'{"elements":['.repeat(5000)}${']}'.repeat(5000)}`) as Fields
    expect(readEmoji([{ type: 'emoji' }, { elements: 7 }, {}, deep])).toEqual([])
  })
})

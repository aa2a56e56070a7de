import { describe, expect, it } from 'vitest'
import { toEmoji, withEmoji } from '../../../../adapters/slack/text/emoji.ts'
import type { Fields } from '../../../../adapters/slack/wire.ts'

const rich = (...elements: readonly object[]): readonly Fields[] => [
  { type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] },
]
const text = (said: string): object => ({ type: 'text', text: said })
const wave = { type: 'emoji', name: 'wave', unicode: '1f44b' }
const hundred = { type: 'emoji', name: '100', unicode: '1f4af' }

describe('withEmoji, by the blocks', () => {
  it.each([
    ['hello :wave:', [text('hello '), wave], 'hello 👋'],
    ['hello:wave:there', [text('hello'), wave, text('there')], 'hello👋there'],
    ['10:30:wave:', [text('10:30'), wave], '10:30👋'],
    [':wave::wave:', [wave, wave], '👋👋'],
    ['fe80::100:a:b:1 is :100:', [text('fe80::100:a:b:1 is '), hundred], 'fe80::100:a:b:1 is 💯'],
    [':100: 1:100:5 :100:', [hundred, text(' 1:100:5 '), hundred], '💯 1:100:5 💯'],
    ['`:wave:` :wave:', [{ ...text(':wave:'), style: { code: true } }, text(' '), wave], '`:wave:` 👋'],
    [':wave: &lt;:wave:&gt;', [text(':wave: <'), wave, text('>')], ':wave: &lt;👋&gt;'],
    ['room:key:card', [text('room:key:card')], 'room:key:card'],
    [
      '<https://a.example/:wave:|x> :wave:',
      [{ type: 'link', url: 'https://a.example/:wave:', text: 'x' }, text(' '), wave],
      '<https://a.example/:wave:|x> 👋',
    ],
    [':wave::skin-tone-3:', [{ ...wave, skin_tone: 3, unicode: '1f44b-1f3fc' }], '👋🏼'],
    [':+1::skin-tone-2:', [{ type: 'emoji', name: '+1::skin-tone-2', unicode: '1f44d-1f3fb' }], '👍🏻'],
    [
      ':handshake::skin-tone-2-6:',
      [{ type: 'emoji', name: 'handshake', skin_tone: '2-6', unicode: '1faf1-1f3fb-200d-1faf2-1f3ff' }],
      '🫱🏻‍🫲🏿',
    ],
    [':handshake::skin-tone-2-6:', [{ type: 'emoji', name: 'handshake' }], '🫱🏻‍🫲🏿'],
    [
      ':wave: :broken: :absurd:',
      [
        { type: 'emoji', name: 'wave', unicode: 'zzz' },
        text(' '),
        { type: 'emoji', name: 'broken', unicode: 'zzz' },
        text(' '),
        { type: 'emoji', name: 'absurd', unicode: 'ffffffff' },
      ],
      '👋 :broken: :absurd:',
    ],
    [
      ':hotel-mascot: :.*:',
      [{ type: 'emoji', name: 'hotel-mascot' }, text(' '), { type: 'emoji', name: '.*' }],
      ':hotel-mascot: :.*:',
    ],
    ['a :wave: b', [text('a '), { type: 'emoji' }, text(' b')], 'a :wave: b'],
  ])('turns %j with %j into %j', (mrkdwn, elements, expected) => {
    expect(withEmoji(mrkdwn, rich(...elements))).toBe(expected)
  })

  it('finds none in what is no block', () => {
    const deep = JSON.parse(`${'{"elements":['.repeat(5000)}${']}'.repeat(5000)}`) as Fields
    expect(withEmoji(':wave: fe80::100:a', [{ type: 'rich_text', elements: [7, {}, deep] }])).toBe(
      ':wave: fe80::100:a',
    )
  })
})

describe('withEmoji, without blocks', () => {
  it.each([
    ['at 10:30:45', 'at 10:30:45'],
    ['fe80::100:a:b:1', 'fe80::100:a:b:1'],
    ['1:100:5', '1:100:5'],
    ['room:key:card', 'room:key:card'],
    ['::100::', '::100::'],
    ['(:wave:), :tada::heart:!', '(👋), 🎉❤️!'],
    ['`:wave:` ```\n:wave:\n``` :wave:', '`:wave:` ```\n:wave:\n``` 👋'],
    ['<https://a.example/:wave:|x>', '<https://a.example/:wave:|x>'],
    [':thumbsup: :+1:', '👍 👍'],
    [':wave::skin-tone-4:', '👋🏽'],
    [':woman-running::skin-tone-6:', '🏃🏿‍♀️'],
    [':people_holding_hands::skin-tone-2-6:', '🧑🏻‍🤝‍🧑🏿'],
    [':people_holding_hands::skin-tone-3:', '🧑🏼‍🤝‍🧑🏼'],
    [':handshake::skin-tone-3-3:', '🤝🏼'],
    [':man_and_woman_holding_hands::skin-tone-2-6:', '👩🏻‍🤝‍👨🏿'],
    [':couplekiss::skin-tone-2-6:', '🧑🏻‍❤️‍💋‍🧑🏿'],
    [':couple_with_heart::skin-tone-2-6:', '🧑🏻‍❤️‍🧑🏿'],
    [':woman-heart-man::skin-tone-2-6:', '👩🏻‍❤️‍👨🏿'],
    [':hotel::skin-tone-3:', '🏨'],
    [':wave::skin-tone-9:', '👋'],
    [':constructor: :nobody: 10:30:45', ':constructor: :nobody: 10:30:45'],
  ])('turns %j into %j', (mrkdwn, expected) => {
    expect(withEmoji(mrkdwn)).toBe(expected)
  })

  it('takes no longer for what looks like very many', () => {
    const hostile = `${':skin-tone-2:'.repeat(20_000)}x`
    expect(withEmoji(hostile)).toBe(hostile)
  })
})

describe('toEmoji', () => {
  it.each([
    [wave, '👋'],
    [{ type: 'emoji', name: 'wave' }, '👋'],
    [{ type: 'emoji', name: 'wave', skin_tone: 3 }, '👋🏼'],
    [{ type: 'emoji', name: 'hotel-mascot' }, ':hotel-mascot:'],
  ])('shows %j as %s', (element, expected) => {
    expect(toEmoji(element)).toBe(expected)
  })
})

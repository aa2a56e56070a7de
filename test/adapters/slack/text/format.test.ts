import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanText } from '../../../../src/util/text.ts'
import {
  mentionedUsers,
  toPlainText,
  toSlackText,
  withoutMention,
} from '../../../../adapters/slack/text/format.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('<', '>', '&', '|', '@', '!', 'U1', 'lt;', 'amp;', ' ', '\u202E') }),
)

describe('toSlackText', () => {
  it('leaves nothing that Slack could take for a control sequence or an entity of the text’s own', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(toSlackText(text).replaceAll(/&(?:lt|gt|amp);/g, '')).not.toMatch(/[<>&]/)
      }),
    )
  })

  it('comes back from Slack as the same words', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(toPlainText(toSlackText(text))).toBe(cleanText(text))
      }),
    )
  })
})

describe('cleanText', () => {
  it('drops control and direction characters and lone halves of characters', () => {
    expect(cleanText('a\u0000b\u001B[31m\u202Ec\u2066d\u200Fe\uD800')).toBe('ab[31mcde\uFFFD')
  })

  it('keeps lines, tabs, joined emoji and other scripts', () => {
    expect(cleanText('one\r\ntwo\u2028three\tfour 👩‍👩‍👧 שלום')).toBe('one\ntwo\nthree\tfour 👩‍👩‍👧 שלום')
  })
})

describe('toPlainText', () => {
  const names: Readonly<Record<string, string>> = { U1: 'Ines', W2: 'Omar' }
  it.each([
    ['<@U1> and <@W2>', '@Ines and @Omar'],
    ['<@U9>', '@U9'],
    ['<@U9|omar>', '@omar'],
    ['<#C1|lobby> <#C1|> <#C1>', '#lobby #C1 #C1'],
    ['<!here> <!channel> <!everyone|everyone>', '@here @channel everyone'],
    ['<!subteam^S1|@desk> <!subteam^S1>', '@desk @group'],
    ['<!date^1793640011^{date} {time}|in the evening>', '2 November 2026 18:20'],
    ['<!date^1793640011^{date}^https://mews.com|2 November>', '2 November 2026 (https://mews.com)'],
    ['<!date^1793640011^{date_short} &amp; {time}>', '2 Nov 2026 & 18:20'],
    ['<!date^soon^{date}|quite soon>', 'quite soon'],
    ['<!date^1793640011^whenever|2 November>', '2 November'],
    ['<!date^1793640011^whenever>', '2 Nov 2026 18:20'],
    ['<!date^^{date}>', '{date}'],
    ['<!date>', ''],
    ['<https://mews.com|our page>', 'our page (https://mews.com)'],
    ['<https://mews.com>', 'https://mews.com'],
    ['<http://mews.com|mews.com>', 'mews.com'],
    ['<https://mews.com/|mews.com>', 'mews.com'],
    ['<https://mews.com|https://mews.com>', 'https://mews.com'],
    ['<https://a.example?x=1&amp;y=2|a &amp; b>', 'a & b (https://a.example?x=1&y=2)'],
    ['<mailto:a@b.example|a@b.example>', 'a@b.example'],
    ['<mailto:a@b.example|write us>', 'write us (a@b.example)'],
    ['<tel:+420123|+420123>', '+420123'],
    ['2 &lt; 3 &amp;&amp; 5 &gt; 4', '2 < 3 && 5 > 4'],
    ['&amp;lt;', '&lt;'],
    ['at 10:30:45 :wave::skin-tone-3:', 'at 10:30:45 :wave::skin-tone-3:'],
    ['*bold* _it_ ~no~ `code`', '*bold* _it_ ~no~ `code`'],
    ['open < and', 'open < and'],
    ['<>', ''],
    ['', ''],
  ])('turns %j into %j', (mrkdwn, plain) => {
    expect(toPlainText(mrkdwn, { nameOf: (user) => names[user], timeZone: 'Europe/Budapest' })).toBe(plain)
  })

  it('never fails and leaves no control character', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(toPlainText(text)).toBe(cleanText(toPlainText(text)))
      }),
    )
  })
})

describe('mentions', () => {
  it('are found once each, where their name is not said', () => {
    expect(mentionedUsers('<@U1> <@U2|omar> <@U1> <@W3>')).toEqual(['U1', 'W3'])
  })

  it.each([
    ['<@UBOT> is it open?', 'is it open?'],
    [' <@UBOT|hotel>: is it open?', 'is it open?'],
    ['is it open, <@UBOT>?', 'is it open, <@UBOT>?'],
    ['<@U1> <@UBOT> hi', '<@U1> <@UBOT> hi'],
    ['<@UBOT>', '<@UBOT>'],
  ])('of the bot at the beginning of %j leave %j', (text, rest) => {
    expect(withoutMention(text, ['UBOT'])).toBe(rest)
  })
})

import { expect, test } from 'vitest'
import { explainToStaff } from '../../src/relay/texts.ts'
import { createTexts } from '../../src/relay/wording.ts'
import { formatDuration } from '../../src/util/text.ts'
import { hour } from '../fakes/clock.ts'

test.each([
  [1, 'en', '1 minute'],
  [90_000, 'en', '1.5 minutes'],
  [26 * hour, 'fr', '1,1\u00A0jour'],
  [2 * hour, 'de', '2 Stunden'],
  [5 * 24 * hour, 'pl', '5 dni'],
  [2 * hour, 'ar-u-nu-latn', 'ساعتان'],
])('%i ms in %s are %s', (ms, language, words) => {
  expect(formatDuration(ms, language)).toBe(words)
})

test('the hotel reads in its own language for how long a platform was away', () => {
  const texts = createTexts({ language: 'de', whyAway: '{platform} war {duration} nicht zu erreichen.' })
  expect(explainToStaff('away', { platform: 'Slack', failedForMs: 2.3 * hour }, texts)).toBe(
    'Slack war 2 Stunden nicht zu erreichen.',
  )
})

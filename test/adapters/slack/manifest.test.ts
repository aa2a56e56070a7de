import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  createSlackManifest,
  slackEvents,
  slackMethods,
  slackOptionalScopes,
  slackScopes,
} from '../../../adapters/slack/manifest.ts'

const publicUrl = 'https://chat.example.com'
const readme = readFileSync(new URL('../../../adapters/slack/README.md', import.meta.url), 'utf8')

test('Slack is asked for what events, methods and commands need, and nothing else', () => {
  const { oauth_config, settings } = createSlackManifest({ publicUrl, oauth: false, socket: false })
  const needed = [...Object.values(slackEvents), ...Object.values(slackMethods), ['commands']].flat()
  expect(oauth_config?.scopes?.bot).toEqual([...new Set(needed)].toSorted())
  expect(oauth_config?.scopes?.bot).toEqual(slackScopes)
  expect(settings?.event_subscriptions?.bot_events).toEqual(Object.keys(slackEvents))
})

test('the README names every permission that Slack is asked for, and no other', () => {
  const [, table = ''] = /\n\| permission \|[^\n]*\n\|[- |]*\n((?:\|[^\n]*\n)+)/.exec(readme) ?? []
  const named = table
    .split('\n')
    .flatMap((row) => Array.from(row.split('|')[1]?.matchAll(/`([^`]+)`/g) ?? [], ([, name = '']) => name))
  expect(named.toSorted()).toEqual([...slackScopes, ...slackOptionalScopes].toSorted())
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formHeaders } from '../../../fakes/slack/events.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.slack.close())

describe('a signed form', () => {
  it.each([
    'ssl_check=1&token=x',
    'token=x&ssl_check=1',
    'command=%2Fhotel&text=hi',
    'command=%2Fhotel&text=100%',
    'payload=%7B%7D',
    'payload=%7B%22type%22%3A%22of+tomorrow%22%7D',
  ])('%j is answered with 200 and records nothing', async (body) => {
    const { slack, route, inbox } = setup
    expect((await route(slack.sign(body, formHeaders))).status).toBe(200)
    expect(inbox.accepted).toHaveLength(0)
  })

  const shortcut = `{"type":"message_action","callback_id":"send_to_hotel","channel":{"id":"C0LOBBY"},"message":{"ts":"1.1","text":"x"}`

  it.each<[string, string | Buffer, string?]>([
    ['JSON that is none', 'payload=%7Bnot-json'],
    ['half of it', 'payload=%7B'],
    ['an empty payload', 'payload='],
    ['a payload of null', 'payload=null'],
    ['a payload that is a list', 'payload=%5B%5D'],
    ['a payload that is a text', 'payload=%22x%22'],
    ['two payloads', 'payload=%7B%7D&payload=%7B%7D'],
    ['two commands', 'command=%2Fhotel&command=%2Fother'],
    ['nothing', ''],
    ['fields that are not Slack’s', 'token=x&team_id=T0GUESTS'],
    ['JSON instead of a form', '{"type":"event_callback"}'],
    ['escapes that are no UTF-8', 'payload=%7B%22a%22%3A%22%FF%FE%22%7D'],
    ['half a character', 'command=%2Fhotel&text=%C3'],
    ['bytes that are no UTF-8', Buffer.from('command=%2Fhotel&text=\xe9', 'latin1')],
    ['another character set', 'command=%2Fhotel&text=hi', '; charset=iso-8859-1'],
    [
      'a payload nested beyond reason',
      new URLSearchParams({
        payload: `${shortcut},"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      }).toString(),
    ],
  ])('of %s is refused with 400', async (_, body, charset = '') => {
    const { slack, route, inbox } = setup
    const headers = { 'content-type': `application/x-www-form-urlencoded${charset}` }
    expect(await route(slack.sign(body, headers))).toEqual({ status: 400, body: '' })
    expect(inbox.accepted).toHaveLength(0)
  })

  it.each([
    'application/x-www-form-urlencoded; charset=UTF-8',
    'Application/X-WWW-Form-Urlencoded;charset="utf-8"',
  ])('is read with the type %s', async (type) => {
    const { slack, route, inbox } = setup
    const body = new URLSearchParams({ payload: `${shortcut}}` }).toString()
    expect((await route(slack.sign(body, { 'content-type': type }))).status).toBe(200)
    expect(inbox.recorded).toHaveLength(1)
  })
})

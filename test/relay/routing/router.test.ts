import { describe, expect, test } from 'vitest'
import {
  createRouter,
  propertyOf,
  readRouting,
  type Match,
  type Routing,
  writeRouting,
} from '../../../src/relay/routing/router.ts'

const keys = new Map([
  ['slack', ['enterprise', 'team', 'channel']],
  ['teams', ['tenant', 'team', 'conversation']],
])

/** `routes` by property, all of one platform. */
const router = (routes: Readonly<Record<string, readonly Match[]>>, platform = 'slack') =>
  createRouter(
    Object.entries(routes).map(([key, matches]) => ({
      key,
      routes: matches.map((match) => ({ platform, match })),
    })),
    keys,
  )

describe('the route of a platform’s event', () => {
  test('is the only property’s where it has no routes of that platform, or the event says nothing', () => {
    expect(router({ grand: [] })('slack', { team: 'T0' })).toEqual({ property: 'grand' })
    expect(router({ grand: [{ team: 'T9' }] })('teams', { tenant: 'x' })).toEqual({ property: 'grand' })
    expect(router({ grand: [{ team: 'T9' }] })('slack', {})).toEqual({ property: 'grand' })
  })

  test('that names another place than those of the only property is not certain', () => {
    const route = router({ grand: [{ team: 'T0' }] })
    expect(route('slack', { team: 'T0', channel: 'C0' })).toEqual({ property: 'grand' })
    expect(route('slack', { team: 'T1', channel: 'C0' })).toEqual({ among: ['grand'] })
  })

  test('needs every key of a route', () => {
    const route = router({ grand: [{ team: 'T0', channel: 'C0' }], mill: [{ team: 'T1' }] })
    expect(route('slack', { team: 'T0', channel: 'C0' })).toEqual({ property: 'grand' })
    expect(route('slack', { team: 'T0', channel: 'C1' })).toEqual({ among: ['grand', 'mill'] })
    expect(route('slack', { team: 'T0' })).toEqual({ among: ['grand', 'mill'] })
  })

  test('takes each name of a place that goes by several', () => {
    const route = router({
      grand: [{ channel: 'C0OLD' }],
      mill: [{ channel: 'C0NEW' }],
      inn: [{ team: 'T1' }],
    })
    expect(route('slack', { team: 'T0', channel: ['C1', 'C0OLD'] })).toEqual({ property: 'grand' })
    expect(route('slack', { team: 'T0', channel: ['C0NEW', 'C1'] })).toEqual({ property: 'mill' })
    expect(route('slack', { team: 'T0', channel: ['C0NEW', 'C0OLD'] })).toEqual({ among: ['grand', 'mill'] })
    expect(route('slack', { team: 'T1', channel: ['C1', 'C2'] })).toEqual({ property: 'inn' })
  })

  test('is the narrowest: a channel before a workspace before an organisation, in whatever order they are written', () => {
    const routes = { grand: [{ team: 'T0' }], mill: [{ channel: 'C0' }], org: [{ enterprise: 'E0' }] }
    const reversed = Object.fromEntries(Object.entries(routes).toReversed())
    for (const route of [router(routes), router(reversed)]) {
      const at = (routing: Routing) => route('slack', { enterprise: 'E0', ...routing })
      expect(at({ team: 'T0', channel: 'C0' })).toEqual({ property: 'mill' })
      expect(at({ team: 'T0', channel: 'C1' })).toEqual({ property: 'grand' })
      expect(at({ team: 'T1', channel: 'C1' })).toEqual({ property: 'org' })
    }
  })

  test('is narrower with more keys', () => {
    const route = router({ grand: [{ channel: 'C0' }], mill: [{ team: 'T0', channel: 'C0' }] })
    expect(route('slack', { team: 'T0', channel: 'C0' })).toEqual({ property: 'mill' })
    expect(route('slack', { team: 'T1', channel: 'C0' })).toEqual({ property: 'grand' })
  })

  test('is one of those that are equally narrow, and certain where they are of one property', () => {
    const route = router({
      grand: [{ team: 'T0' }, { team: 'T1' }],
      mill: [{ team: 'T0' }],
      inn: [{ enterprise: 'E0' }],
    })
    expect(route('slack', { enterprise: 'E0', team: 'T0' })).toEqual({ among: ['grand', 'mill'] })
    expect(route('slack', { team: 'T1' })).toEqual({ property: 'grand' })
    expect(router({ grand: [{ team: 'T0' }, { team: 'T0' }], mill: [] })('slack', { team: 'T0' })).toEqual({
      property: 'grand',
    })
  })

  test('may be any property’s where none matches, those without routes included', () => {
    const route = router({ grand: [{ team: 'T0' }], mill: [] })
    expect(route('slack', { team: 'T1' })).toEqual({ among: ['grand', 'mill'] })
    expect(route('teams', { tenant: 'x' })).toEqual({ among: ['grand', 'mill'] })
  })

  test('does not depend on the case of ids', () => {
    const route = router({ grand: [{ tenant: '5C1C-AB' }], mill: [] }, 'teams')
    expect(route('teams', { tenant: '5c1c-ab' })).toEqual({ property: 'grand' })
  })
})

test('the only property that a guest could name is meant, where guests can be asked', () => {
  expect(propertyOf({ property: 'grand' }, { asks: false })).toBe('grand')
  expect(propertyOf({ among: ['grand'] }, {})).toBe('grand')
  expect(propertyOf({ among: ['grand'] }, { asks: false })).toBeUndefined()
  expect(propertyOf({ among: ['grand', 'mill'] }, {})).toBeUndefined()
})

test('a lane keeps its routing; older lanes have none', () => {
  expect(readRouting(writeRouting({ team: 'T0' }))).toEqual({ team: 'T0' })
  expect(readRouting('')).toBeUndefined()
})

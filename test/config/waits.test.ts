import { expect, it } from 'vitest'
import { complete, problemsOf, read } from './source.ts'

const { MEWS_ACCESS_TOKEN: _, ...withoutProperty } = complete
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const alarms = { REPLY_ALARM_MINUTES: '10, 30,120', ALERT_URL: 'https://hooks.example.com/a?token=b' }
const hotel = (rest: string): string => `properties: [{ name: One, accessToken: a, ${rest} }]`

it('reads alarms', () => {
  expect(read({ ...complete, ...alarms, ALERT_SECRET: `${secret},${secret}` }).alarms).toEqual({
    minutes: [10, 30, 120],
    url: 'https://hooks.example.com/a?token=b',
    secrets: [Buffer.alloc(32, 1), Buffer.alloc(32, 1)],
    isTask: false,
    isOpenTimeOnly: false,
  })
  const tasks = { REPLY_ALARM_MINUTES: '5', REPLY_ALARM_TASK: 'on' }
  expect(read({ ...complete, ...tasks }).alarms).toMatchObject({ minutes: [5], isTask: true })
  const loopback = { ...alarms, ALERT_URL: 'http://127.0.0.1:9/a' }
  expect(read({ ...complete, ...loopback }).alarms.url).toBe('http://127.0.0.1:9/a')
})

it.each([
  [{ ...alarms, REPLY_ALARM_MINUTES: '30,10' }, 'REPLY_ALARM_MINUTES must rise'],
  [{ ...alarms, REPLY_ALARM_MINUTES: '0,10' }, 'REPLY_ALARM_MINUTES must rise'],
  [{ ...alarms, REPLY_ALARM_MINUTES: '10,10081' }, 'REPLY_ALARM_MINUTES must rise'],
  [{ ...alarms, REPLY_ALARM_MINUTES: 'ten' }, 'REPLY_ALARM_MINUTES must be whole minutes'],
  [{ REPLY_ALARM_MINUTES: '10' }, 'REPLY_ALARM_MINUTES must have somewhere to go'],
  [{ ...alarms, ALERT_URL: 'http://hooks.example.com' }, 'ALERT_URL must be an https address'],
  [{ ...alarms, ALERT_URL: 'https://a:b@hooks.example.com' }, 'ALERT_URL must be an https address'],
  [{ ALERT_URL: alarms.ALERT_URL }, 'ALERT_URL must not stand alone'],
  [{ REPLY_ALARM_TASK: 'on' }, 'REPLY_ALARM_TASK must not stand alone'],
  [{ ...alarms, REPLY_ALARM_TASK: 'yes' }, 'REPLY_ALARM_TASK must be on or off'],
  [{ ...alarms, ALERT_SECRET: 'secret' }, 'ALERT_SECRET must be whsec_'],
  [{ ...alarms, ALERT_SECRET: 'whsec_AAAA' }, 'ALERT_SECRET must be whsec_'],
  [{ ALERT_SECRET: secret }, 'ALERT_SECRET must not stand alone'],
  [{ ...alarms, REPLY_ALARM_HOURS: 'open' }, 'REPLY_ALARM_HOURS must be all where no property'],
])('refuses %o', (given, problem) => {
  const problems = problemsOf({ ...complete, ...given }).map(({ setting, remedy }) => `${setting} ${remedy}`)
  expect(problems).toContainEqual(expect.stringContaining(problem))
  expect(problems.join()).not.toContain('hooks.example.com')
})

it('reads when a desk is open', () => {
  const file = hotel(
    "hours: { mon-fri: ['07:00-23:00'], sat-sun: 08:00-22:00, 2026-12-24: [] }, hoursToldOn: [teams, channex]",
  )
  const { properties } = read({ ...withoutProperty, ...alarms, REPLY_ALARM_HOURS: 'open' }, file)
  expect(properties[0]).toMatchObject({ hoursToldOn: ['botframework', 'channex'] })
  expect(properties[0]?.hours?.week[6]).toEqual([{ from: 480, to: 1320 }])
  expect(properties[0]?.hours?.dates.get('2026-12-24')).toEqual([])
})

it.each([
  [
    'hours: { mon-fri: [7-23] }',
    'CONFIG_FILE (properties.0.hours.mon-fri) must have times such as 07:00-23:00',
  ],
  ['hours: { someday: [] }', 'CONFIG_FILE (properties.0.hours.someday) must be weekdays'],
  ['hours: {}', 'CONFIG_FILE (properties.0.hours) must have at least one weekday'],
  ['hours: [07:00]', 'CONFIG_FILE (properties.0.hours) must have a value of the right kind'],
  ['hoursToldOn: [slack]', 'CONFIG_FILE (properties.0.hoursToldOn) must not stand without hours'],
  [
    'hours: { mon: 07:00-08:00 }, hoursToldOn: [irc]',
    'CONFIG_FILE (properties.0.hoursToldOn) must name platforms: slack, teams, channex',
  ],
])('refuses a property with %s', (rest, problem) => {
  const problems = problemsOf(withoutProperty, hotel(rest)).map(
    ({ setting, remedy }) => `${setting} ${remedy}`,
  )
  expect(problems).toContainEqual(expect.stringContaining(problem))
})

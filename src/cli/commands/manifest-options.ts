import type { Settings } from '../../port.ts'
import { isSafeAddress } from '../../util/address.ts'
import { type CommandWorld, type Given, type ManifestLimits, UsageError } from '../command.ts'

/** The options of `manifest slack`. Throws one `UsageError` that names everything wrong and missing. */
export const readSlackOptions = (given: Given, world: CommandWorld): SlackOptions => {
  const settings = world.givenSettings()
  const problems = findForeign(given, 'slack')
  const oauth = given.flag('oauth') || settings['SLACK_CLIENT_ID'] !== undefined
  const socket = given.flag('socket') || settings['SLACK_APP_TOKEN'] !== undefined
  const options = {
    publicUrl: readPublicUrl(given, settings, !socket || oauth, problems),
    ...readWords(given, world.manifests.slack.limits, problems),
    oauth,
    socket,
  }
  throwIfAny(problems)
  return options
}

/** The options of `manifest teams`; addresses that are not given lead to the connector's own pages. Throws as above. */
export const readTeamsOptions = (given: Given, world: CommandWorld): TeamsOptions => {
  const settings = world.givenSettings()
  const problems = findForeign(given, 'teams')
  const { limits } = world.manifests.teams
  const appId = given.value('app-id') ?? settings['MicrosoftAppId'] ?? ''
  if (!guid.test(appId))
    problems.push(
      '--app-id or MicrosoftAppId must be the bot’s application (client) id, such as 2f0e1d3c-4b5a-4678-9abc-def012345678.',
    )
  const options = {
    appId,
    ...readWords(given, limits, problems),
    developer: readLine(given, 'developer', limits.developer, problems),
    ...readAddresses(given, settings, problems),
    allMessages: given.flag('all-messages'),
  }
  if (given.value('out') === undefined && !given.flag('json'))
    problems.push('--out must name the file to write, such as teams-app.zip; --json prints the manifest.')
  throwIfAny(problems)
  return options
}

const guid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

const longestAddress = 2048

/** Options that one platform's app alone has. */
const onlyFor: Readonly<Record<string, 'slack' | 'teams'>> = {
  oauth: 'slack',
  socket: 'slack',
  'app-id': 'teams',
  'all-messages': 'teams',
  developer: 'teams',
  website: 'teams',
  'privacy-url': 'teams',
  'terms-url': 'teams',
}

interface SlackOptions extends AppWords {
  readonly publicUrl: string | undefined
  readonly oauth: boolean
  readonly socket: boolean
}

/** How people see the app; what is left out has a default of the platform's adapter. */
interface AppWords {
  readonly name: string | undefined
  readonly description: string | undefined
}

function findForeign({ flag, value }: Given, platform: 'slack' | 'teams'): string[] {
  return Object.entries(onlyFor)
    .filter(([name, owner]) => owner !== platform && (flag(name) || value(name) !== undefined))
    .map(([name, owner]) => `--${name} is for manifest ${owner} only: leave it out.`)
}

/** Without a slash at its end; undefined where it is wrong, or where nothing of the app needs it. A wrong one is told of all the same. */
function readPublicUrl(
  { value }: Given,
  settings: Settings,
  isNeeded: boolean,
  problems: string[],
): string | undefined {
  const given = value('public-url')
  const url = given ?? settings['PUBLIC_URL']
  if (url === undefined || (given === undefined && !isNeeded)) {
    if (isNeeded)
      problems.push(
        '--public-url or PUBLIC_URL must say where the connector is reached, such as https://chat.example.com.',
      )
    return undefined
  }
  if (!isSafeAddress(url) || !url.startsWith('https:'))
    problems.push('--public-url must be an https address without a query, such as https://chat.example.com.')
  return isNeeded ? url.replace(/\/+$/, '') : undefined
}

function readWords(given: Given, limits: ManifestLimits, problems: string[]): AppWords {
  const name = readLine(given, 'name', limits.name, problems)
  const taken = limits.notInName?.find((word) => new RegExp(String.raw`\b${word}\b`, 'i').test(name ?? ''))
  if (taken !== undefined)
    problems.push(`--name must not contain the word ${taken}: the store takes no such name.`)
  return { name, description: readLine(given, 'description', limits.description, problems) }
}

/** A text of one line. Characters are counted as the manifests' schemas count them. */
function readLine(
  { value }: Given,
  name: string,
  most: number | undefined,
  problems: string[],
): string | undefined {
  const text = value(name)?.trim()
  if (text === undefined) return undefined
  const length = Array.from(text).length
  if (text === '') problems.push(`--${name} must not be empty; left out, it has a default.`)
  else if (/\p{Cc}/u.test(text)) problems.push(`--${name} must be one line of plain text.`)
  else if (most !== undefined && length > most)
    problems.push(`--${name} must have ${most} characters at most; it has ${length}.`)
  return text
}

function throwIfAny(problems: readonly string[]): void {
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
}

interface TeamsOptions extends AppWords {
  readonly appId: string
  readonly developer: string | undefined
  readonly website: string
  readonly privacyUrl: string
  readonly termsUrl: string
  readonly allMessages: boolean
}

/** Where people read about the app. The public address matters only where one of the three is left out. */
function readAddresses(
  given: Given,
  settings: Settings,
  problems: string[],
): Pick<TeamsOptions, 'website' | 'privacyUrl' | 'termsUrl'> {
  const [website, privacyUrl, termsUrl] = ['website', 'privacy-url', 'terms-url'].map((name) =>
    readAddress(given, name, problems),
  )
  const isNeeded = website === undefined || privacyUrl === undefined || termsUrl === undefined
  const publicUrl = readPublicUrl(given, settings, isNeeded, problems) ?? ''
  return {
    website: website ?? `${publicUrl}/`,
    privacyUrl: privacyUrl ?? `${publicUrl}/privacy`,
    termsUrl: termsUrl ?? `${publicUrl}/privacy#terms`,
  }
}

/** An address for people: it may have a query and a fragment. */
function readAddress({ value }: Given, name: string, problems: string[]): string | undefined {
  const text = value(name)?.trim()
  if (text === undefined) return undefined
  if (!isPublicPage(text))
    problems.push(
      `--${name} must be an https address of ${longestAddress} characters at most, such as https://hotel.example.com/privacy.`,
    )
  return text
}

function isPublicPage(text: string): boolean {
  if (!URL.canParse(text) || text.length > longestAddress) return false
  const { protocol, username, password } = new URL(text)
  return protocol === 'https:' && username === '' && password === ''
}

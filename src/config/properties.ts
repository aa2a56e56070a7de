import type { ReportProblem, Settings } from '../port.ts'
import { type OpeningHours, readOpeningHours } from '../util/opening-hours.ts'
import { readRows, requireRows } from '../util/setting.ts'
import type { GivenTexts } from '../relay/wording.ts'
import type { FileProperty } from './file.ts'
import { settingRows } from './names.ts'
import type { PlatformReader } from './platform.ts'
import { inFile } from './problems.ts'
import { checkTexts } from './texts.ts'
import { propertyRows } from './rows.ts'

/** One hotel. */
export interface PropertyConfig {
  /** In the records: keep it. In the file it is the name unless it says otherwise. */
  readonly key: string
  /** For people. */
  readonly name: string
  readonly accessToken: string
  /** Asked from the API when left out. */
  readonly enterpriseId: string | undefined
  /** Empty: what the routes of others do not take, together with all that have none. */
  readonly routes: readonly PropertyRoute[]
  /** By what it is looked up whose stay it is. */
  readonly stay: 'off' | 'number' | 'email'
  /** When its desk is open; left out: that is not known. */
  readonly hours?: OpeningHours
  /** The adapters on which guests are told when it opens; left out: all but booking sites. */
  readonly hoursToldOn?: readonly string[]
  /** The hotel's own; left out: as for all hotels. */
  readonly language?: string | undefined
  readonly texts?: GivenTexts | undefined
}

/** Key and name of the one property that is configured without a file. */
export const onlyProperty = 'property'

/** The file's properties, or the one whose access token is set. */
export const readProperties = (
  given: readonly FileProperty[] | undefined,
  settings: Settings,
  platforms: readonly PlatformReader[],
  report: ReportProblem,
): readonly PropertyConfig[] => {
  const { accessToken, enterpriseId, stay } = readRows(propertyRows, settings, report)
  if (given === undefined) {
    if (accessToken !== undefined)
      return [
        {
          key: onlyProperty,
          name: onlyProperty,
          accessToken,
          enterpriseId,
          routes: readOnlyRoutes(settings, platforms),
          stay,
        },
      ]
    requireRows([propertyRows.accessToken], settings, report)
    return []
  }
  for (const { name, isPerHotel = false } of settingRows(platforms))
    if (isPerHotel && settings[name] !== undefined)
      report(name, 'must not be set beside the properties of CONFIG_FILE')
  const withStay = given.map((property) => ({ ...property, stay: property.stay ?? stay }))
  return readFileProperties(withStay, platforms, report)
}

/** Conversations of one platform that belong to a property: those whose routing has all of `match`. */
interface PropertyRoute {
  /** The adapter's name. */
  readonly platform: string
  readonly match: Readonly<Record<string, string>>
}

const readOnlyRoutes = (settings: Settings, platforms: readonly PlatformReader[]): readonly PropertyRoute[] =>
  platforms.flatMap(({ name, onlyRoute }) => {
    const match = onlyRoute?.(settings)
    return match === undefined ? [] : [{ platform: name, match }]
  })

const readFileProperties = (
  given: readonly (FileProperty & Pick<PropertyConfig, 'stay'>)[],
  platforms: readonly PlatformReader[],
  report: ReportProblem,
): readonly PropertyConfig[] => {
  const repeated = (pick: (property: FileProperty) => string | undefined): boolean => {
    const values = given.map(pick).filter((value) => value !== undefined)
    return new Set(values).size < values.length
  }
  if (repeated(({ name }) => name)) report(inFile('properties'), 'must have different names')
  if (repeated(({ name, key = name }) => key)) report(inFile('properties'), 'must have different keys')
  if (repeated(({ accessToken }) => accessToken))
    report(inFile('properties'), 'must have different access tokens')
  if (repeated(({ enterpriseId }) => enterpriseId))
    report(inFile('properties'), 'must have different enterprise ids')
  return given.map((property, index) => {
    const { name, key = name, accessToken, enterpriseId, routes, stay, language, texts } = property
    if (texts !== undefined) checkTexts(texts, ['properties', index, 'texts'], report)
    const where = ['properties', index, 'routes']
    const read = routes.flatMap((route, at) => readRoute(inFile(...where, at), route, platforms, report))
    const desk = readDesk(property, index, platforms, report)
    return { key, name, accessToken, enterpriseId, routes: read, stay, language, texts, ...desk }
  })
}

const readDesk = (
  { hours: given, hoursToldOn }: FileProperty,
  index: number,
  platforms: readonly PlatformReader[],
  report: ReportProblem,
): Pick<PropertyConfig, 'hours' | 'hoursToldOn'> => {
  const where = inFile('properties', index, 'hoursToldOn')
  if (given === undefined && hoursToldOn !== undefined) report(where, 'must not stand without hours')
  const hours =
    given &&
    readOpeningHours(given, (line, remedy) =>
      report(inFile('properties', index, 'hours', ...(line === '' ? [] : [line])), remedy),
    )
  const names = hoursToldOn?.map((each) => platforms.find(({ routeName }) => routeName === each)?.name)
  if (names?.includes(undefined) === true)
    report(where, `must name platforms: ${platforms.map(({ routeName }) => routeName).join(', ')}`)
  const toldOn = names?.filter((each) => each !== undefined)
  return { ...(hours && { hours }), ...(toldOn && { hoursToldOn: toldOn }) }
}

const readRoute = (
  where: string,
  route: Readonly<Record<string, Readonly<Record<string, string>>>>,
  platforms: readonly PlatformReader[],
  report: ReportProblem,
): readonly PropertyRoute[] => {
  const [first, ...others] = Object.entries(route)
  if (first === undefined || others.length > 0) {
    report(where, 'must name exactly one platform; write one route for each')
    return []
  }
  const [routeName, match] = first
  const platform = platforms.find((known) => known.routeName === routeName)
  if (platform === undefined) {
    report(where, `must begin with one of ${platforms.map((known) => known.routeName).join(', ')}`)
    return []
  }
  const keys = Object.keys(match)
  if (keys.length === 0 || keys.some((key) => !platform.routeKeys.includes(key)))
    report(
      where,
      `must name, under ${routeName}, one or more of ${platform.routeKeys.join(', ')}, and nothing else`,
    )
  return [{ platform: platform.name, match }]
}

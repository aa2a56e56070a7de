import type { ReportProblem, Settings } from '../port.ts'
import type { SettingSection } from '../util/setting.ts'

/** How one platform's settings are read; its adapter's own business, handed in by the composition root. */
export interface PlatformReader {
  /** The adapter's name: `botframework`. */
  readonly name: string
  /** Its name in a property's routes: `teams`. */
  readonly routeName: string
  /** What such a route may name, the widest first: `tenant`, `team`, `conversation`. */
  readonly routeKeys: readonly string[]
  /** Its settings. */
  readonly settings: SettingSection
  /** How the names of its settings begin; once such a setting is given, the sandbox does not run. */
  readonly settingPrefixes: readonly string[]
  /** The setting that switches it on, for the message when no platform is on. */
  readonly switchedOnBy: string
  /** What the settings say of the platform's share in the only property, matched as a route of the file is; undefined: all of it. */
  readonly onlyRoute?: (settings: Settings) => Readonly<Record<string, string>> | undefined
  /** The adapter's configuration; undefined when its settings are absent, or when a problem was reported. */
  read(settings: Settings, report: ReportProblem): unknown
}

/** Every platform that is on, with its configuration by adapter name. One must be. */
export const readPlatforms = (
  platforms: readonly PlatformReader[],
  settings: Settings,
  report: ReportProblem,
): Readonly<Record<string, unknown>> => {
  let isSound = true
  const note: ReportProblem = (setting, remedy) => {
    isSound = false
    report(setting, remedy)
  }
  const read = platforms
    .map((platform) => [platform.name, platform.read(settings, note)] as const)
    .filter(([, config]) => config !== undefined)
  const switches = platforms.map(({ switchedOnBy }) => switchedOnBy)
  if (read.length === 0 && isSound)
    report(switches.join(' or '), 'must be set: at least one platform must be on')
  return Object.fromEntries(read)
}

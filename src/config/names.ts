import type { Settings } from '../port.ts'
import type { Setting, SettingSection } from '../util/setting.ts'
import type { PlatformReader } from './platform.ts'
import { configFileRow, coreSections } from './rows.ts'

/** Every setting there is, the core's before the platforms'. */
export const settingSections = (platforms: readonly PlatformReader[]): readonly SettingSection[] => [
  ...coreSections,
  ...platforms.map(({ settings }) => settings),
]

/** Their rows, in that order. */
export const settingRows = (platforms: readonly PlatformReader[]): readonly Setting[] =>
  settingSections(platforms).flatMap(({ rows }) => Object.values(rows))

/** Their names; in `CONFIG_FILE` another name is an error, in the environment it is ignored. */
export const settingNames = (platforms: readonly PlatformReader[]): ReadonlySet<string> =>
  new Set(settingRows(platforms).map(({ name }) => name))

/** How the names of the settings begin that say something of a hotel or platform. */
export const settingPrefixes = (platforms: readonly PlatformReader[]): readonly string[] => [
  'MEWS_',
  ...platforms.flatMap(({ settingPrefixes: prefixes }) => prefixes),
]

/** The known settings that say something, trimmed. */
export const pickSettings = (given: Settings, names: ReadonlySet<string>): Settings =>
  Object.fromEntries(
    Object.entries(given)
      .map(([name, value]) => [name, value?.trim() ?? ''] as const)
      .filter(([name, value]) => names.has(name) && value !== ''),
  )

/** Whether the environment says nothing of a hotel or platform: then the sandbox runs. */
export const isUnconfigured = (settings: Settings, prefixes: readonly string[]): boolean =>
  !Object.keys(settings).some(
    (name) => name === configFileRow.name || prefixes.some((prefix) => name.startsWith(prefix)),
  )

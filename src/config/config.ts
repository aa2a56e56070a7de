import type { Settings } from '../port.ts'
import type { GivenTexts } from '../relay/wording.ts'
import type { ValuesOf } from '../util/setting.ts'
import type { Misspelling } from './misspelling.ts'
import type { PropertyConfig } from './properties.ts'
import type { alarmRows, httpRows, mewsRows, relayRows, storeRows, topRows } from './rows.ts'

/**
 * Everything that can be set, read and frozen. The rows of the settings say what there is and what each is for. Times are in
 * milliseconds; addresses have no slash at their end.
 */
export interface Config extends ValuesOf<typeof topRows> {
  /** Nothing was configured: simulated hotel and guests, on loopback. `properties` and `platforms` are empty then. */
  readonly sandbox: boolean
  readonly http: ValuesOf<typeof httpRows>
  readonly store: ValuesOf<typeof storeRows> & { readonly dialect: 'sqlite' | 'postgres' }
  /** Client token and webhook tokens are empty in the sandbox. */
  readonly mews: Filled<ValuesOf<typeof mewsRows>>
  readonly relay: ValuesOf<typeof relayRows>
  readonly alarms: ValuesOf<typeof alarmRows>
  readonly properties: readonly PropertyConfig[]
  /** Those that are on: their adapters' own configurations by adapter name. */
  readonly platforms: Readonly<Record<string, unknown>>
  readonly texts: GivenTexts
  /** The hotels', unless they have their own (BCP 47); undefined: asked from Mews. */
  readonly language: string | undefined
  /** The settings as they were given, the environment's before the file's. */
  readonly settings: Settings
  /** What the environment has beside them that looks like a setting. */
  readonly misspellings: readonly Misspelling[]
}

type Filled<Values> = { readonly [Key in keyof Values]-?: NonNullable<Values[Key]> }

import { parseEnv } from 'node:util'
import type { Settings } from '../port.ts'

/** Where the process's environment comes from. */
export interface EnvironmentSource {
  readonly environment: Settings
  /** Node's own options: `--env-file` and `--env-file-if-exists` name files that it has read into the environment. */
  readonly nodeOptions: readonly string[]
  /** Throws for a file that cannot be read. */
  readonly readFile: (path: string) => string
}

const option = /^--env-file(-if-exists)?(?:=(.*))?$/s

/** What Node has not read by itself: `.env`, where it was told of no file at all. */
export const unreadFile = (nodeOptions: readonly string[]): EnvironmentFile | undefined =>
  filesIn(nodeOptions).length === 0 ? { path: '.env', optional: true } : undefined

/**
 * Makes what reads the environment anew: its files as they are now, below what the environment itself said at the start. A value that stood
 * in both is taken for the file's.
 */
export const createEnvironment = ({
  environment,
  nodeOptions,
  readFile,
}: EnvironmentSource): (() => Settings) => {
  const files = allFiles(nodeOptions)
  const readFiles = (): Settings => {
    const texts = files.map(({ path, optional }) => {
      try {
        return readFile(path)
      } catch (error) {
        if (optional && error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
        throw error
      }
    })
    return Object.assign({}, ...texts.map((text) => parseEnv(text))) as Settings
  }
  const atStart = readFiles()
  const own = Object.entries(environment).filter(([name, value]) => atStart[name] !== value)
  return () => ({ ...readFiles(), ...Object.fromEntries(own) })
}

interface EnvironmentFile {
  readonly path: string
  /** Whether it may be missing. */
  readonly optional: boolean
}

const filesIn = (nodeOptions: readonly string[]): readonly EnvironmentFile[] =>
  nodeOptions.flatMap((given, index) => {
    const [whole, ifExists, path = nodeOptions[index + 1]] = option.exec(given) ?? []
    return whole === undefined || path === undefined ? [] : [{ path, optional: ifExists !== undefined }]
  })

/** Every file of the environment; later ones win. */
const allFiles = (nodeOptions: readonly string[]): readonly EnvironmentFile[] => {
  const unread = unreadFile(nodeOptions)
  return unread === undefined ? filesIn(nodeOptions) : [unread]
}

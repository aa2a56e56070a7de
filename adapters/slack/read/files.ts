import type { webApi } from '@slack/bolt'
import type { Clock } from '../../../src/port.ts'
import { withPatience } from '../../../src/util/time-limit.ts'
import { readFields, readString, type Fields } from '../wire.ts'

/** More files of one message are not looked up. */
const maxLookUps = 5

const ask = async (file: Fields, client: webApi.WebClient): Promise<Fields> => {
  const id = readString(file['id'])
  if (id === undefined) return file
  try {
    const found = readFields((await client.files.info({ file: id })).file)
    return found === undefined ? file : { ...file, ...found }
  } catch {
    return file
  }
}

/**
 * Files with their names: in shared channels some come as a stub that has only an id
 * (https://docs.slack.dev/apis/slack-connect/using-slack-connect-api#files). A stub stays one when Slack does not tell,
 * or there is no client to ask it with.
 */
export const completeFiles = (
  files: readonly Fields[],
  client: webApi.WebClient | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly Fields[]> => {
  if (client === undefined) return Promise.resolve(files)
  const stubs = new Set(
    files.filter((file) => file['file_access'] === 'check_file_info').slice(0, maxLookUps),
  )
  return Promise.all(
    files.map(async (file) =>
      stubs.has(file) ? ((await withPatience(ask(file, client), clock, signal)) ?? file) : file,
    ),
  )
}

import type { Config } from '../../config/config.ts'
import type { Finding } from '../../port.ts'
import { explainOtherWriting, readOtherWriting } from '../../relay/restore/other-writers.ts'
import { explainRestore, readRestoreProgress } from '../../relay/restore/restored.ts'
import type { OpenStore } from '../../store/open-store.ts'
import { findExposure } from '../../store/sqlite/private-files.ts'
import type { Marks } from '../../store/types.ts'
import { databaseFile } from '../with-store.ts'

export const recordsName = 'Records (KEYV_URL)'

/** Whether the Keyv backend with the bindings answers and keeps its records; while it is unreachable, turns wait. */
export const checkRecords = async (
  store: OpenStore,
  { store: { keyvUrl } }: Config,
): Promise<readonly Finding[]> => {
  if (keyvUrl === undefined) return []
  // The rest of the address may hold a password.
  const [backend = ''] = keyvUrl.split(':')
  try {
    await store.keyv('check').get('check')
    // Some services answer everything but this.
    const info = await store.keyvInfo?.().catch(() => undefined)
    return [judge(backend, readInfo(info ?? ''))]
  } catch {
    const detail = `${backend} does not answer: turns and replies wait until it does; check the address and that it lets the connector in`
    return [{ name: recordsName, ok: false, detail }]
  }
}

const lost =
  'The connector makes bindings anew from its database, but a Slack workspace whose installation is lost has to install the app again'

const filesName = 'Database files'

/** Whether other users of this machine can read or replace what guests wrote. */
export const checkFiles = (config: Config): readonly Finding[] => {
  const path = databaseFile(config)
  const exposure = path === undefined ? undefined : findExposure(path)
  if (exposure === undefined) return []
  const { files, folder, folderIs } = exposure
  if (files.length > 0) {
    const detail = `other users of this machine can read what guests wrote: chmod 600 ${files.join(' ')} (serve does it at its start, where they belong to its user)`
    return [{ name: filesName, ok: false, detail }]
  }
  if (folderIs === 'writable') {
    const detail = `${folder} is shared: other users can put files in the database's place. Give the database a folder of its own (DATABASE_URL); serve makes it`
    return [{ name: filesName, ok: false, detail }]
  }
  const listed = `; other users can see their names: if nothing else in ${folder} is shared, chmod 700 it`
  return [
    {
      name: filesName,
      ok: true,
      detail: `only their owner can read them${folderIs === 'listed' ? listed : ''}`,
    },
  ]
}

/** Whether another connector was seen to write with a property's access token. `atMews`: the time there. */
export const checkOtherWriters = async (
  { key, name }: Pick<Config['properties'][number], 'key' | 'name'>,
  marks: Marks,
  atMews: number,
): Promise<readonly Finding[]> => {
  const seen = await readOtherWriting(key, marks, atMews)
  if (seen === undefined) return []
  return [{ name: `Other connector (${name})`, ok: false, detail: explainOtherWriting(seen) }]
}

/** Whether a backup was put back, and what of it is not resolved yet. That resolves by itself. */
export const checkRestored = async (
  { admin: { figures }, marks, threads }: OpenStore,
  { properties }: Config,
  now: number,
): Promise<readonly Finding[]> => {
  const keys = properties.map(({ key }) => key)
  const progress = await readRestoreProgress(keys, { figures, marks, threads }, now)
  return progress === undefined ? [] : [{ name: 'Backup', ok: true, detail: explainRestore(progress) }]
}

/** Records never expire, so that the policies `volatile-…` take none of them. */
function judge(backend: string, info: ReadonlyMap<string, string>): Finding {
  const policy = info.get('maxmemory_policy') ?? ''
  if (policy.startsWith('allkeys-') && info.get('maxmemory') !== '0') {
    const detail = `${backend} throws records away when its memory is full (maxmemory-policy ${policy}): set maxmemory-policy noeviction, or give the connector a ${backend} of its own. ${lost}`
    return { name: recordsName, ok: false, detail }
  }
  const forgets = info.get('aof_enabled') === '0'
  const note = `; without appendonly yes it loses its last writes when it is restarted. ${lost}`
  return { name: recordsName, ok: true, detail: `${backend}, reached${forgets ? note : ''}` }
}

/** `INFO`'s lines `name:value`. */
function readInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const [field = '', ...value] = line.split(':')
      return value.length === 0 ? [] : [[field, value.join(':')] as const]
    }),
  )
}

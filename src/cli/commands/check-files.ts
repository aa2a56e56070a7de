import type { Config } from '../../config/config.ts'
import type { Finding } from '../../port.ts'
import { findExposure } from '../../store/sqlite/private-files.ts'
import { databaseFile } from '../with-store.ts'

const name = 'Database files'

/** Whether other users of this machine can read or replace what guests wrote. */
export const checkFiles = (config: Config): readonly Finding[] => {
  const path = databaseFile(config)
  const exposure = path === undefined ? undefined : findExposure(path)
  if (exposure === undefined) return []
  const { files, folder, folderIs } = exposure
  if (files.length > 0) {
    const detail = `other users of this machine can read what guests wrote: chmod 600 ${files.join(' ')} (serve does it at its start, where they belong to its user)`
    return [{ name, ok: false, detail }]
  }
  if (folderIs === 'writable') {
    const detail = `${folder} is shared: other users can put files in the database's place. Give the database a folder of its own (DATABASE_URL); serve makes it`
    return [{ name, ok: false, detail }]
  }
  const listed = `; other users can see their names: if nothing else in ${folder} is shared, chmod 700 it`
  return [{ name, ok: true, detail: `only their owner can read them${folderIs === 'listed' ? listed : ''}` }]
}

import type { Config } from '../../config/config.ts'
import type { Finding } from '../../port.ts'
import type { OpenStore } from '../../store/open.ts'

const name = 'Records (KEYV_URL)'

/** Whether another Keyv backend answers, which holds who writes where, and whether it keeps what it is given: without it turns wait. */
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
    return [{ name, ok: false, detail }]
  }
}

const lost =
  'The connector makes bindings anew from its database, but a Slack workspace whose installation is lost has to install the app again'

/** Records never expire, so that the policies `volatile-…` take none of them. */
function judge(backend: string, info: ReadonlyMap<string, string>): Finding {
  const policy = info.get('maxmemory_policy') ?? ''
  if (policy.startsWith('allkeys-') && info.get('maxmemory') !== '0') {
    const detail = `${backend} throws records away when its memory is full (maxmemory-policy ${policy}): set maxmemory-policy noeviction, or give the connector a ${backend} of its own. ${lost}`
    return { name, ok: false, detail }
  }
  const forgets = info.get('aof_enabled') === '0'
  const note = `; without appendonly yes it loses its last writes when it is restarted. ${lost}`
  return { name, ok: true, detail: `${backend}, reached${forgets ? note : ''}` }
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

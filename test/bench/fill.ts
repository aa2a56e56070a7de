import { DatabaseSync } from 'node:sqlite'

/** How full a database is made. */
export interface Filling {
  readonly conversations: number
  readonly turnsEach: number
}

/**
 * Fills a connector's database, made by itself, as years of work would: conversations bound to threads and named, each with turns that
 * were delivered. Rows are written in the order of their keys, without waiting for the disk.
 */
export const fill = (path: string, { conversations, turnsEach }: Filling, now: number): void => {
  const database = new DatabaseSync(path, { defensive: false })
  for (const pragma of [
    'journal_mode = off',
    'synchronous = off',
    'secure_delete = off',
    'cache_size = -400000',
  ])
    database.exec(`pragma ${pragma}`)
  const id = `printf('D1%07d', n)`
  const thread = `printf('00000009-0000-4000-8000-%012d', n)`
  const numbers = `with recursive c(n) as (select 1 union all select n + 1 from c where n < ${conversations})`
  const turns = `${numbers}, t(p) as (select 1 union all select p + 1 from t where p < ${turnsEach})`
  const at = `${now - 86_400_000 * 20} + n * 100 + p`
  const text = `'It is message ' || p || ' of guest ' || n || ': is there a parking space for a small van?'`
  database.exec(`
    insert into lane (id, grp, head, tail) ${numbers}
      select 'turn:slack:' || ${id}, 'turn:default', ${turnsEach}, ${turnsEach} from c;
    insert into entry (lane, pos, kind, payload, at) ${turns}
      select 'turn:slack:' || ${id}, p, 'event', '{"type":"event_callback","event":{"text":"' || ${text} || '"}}', ${at} from c, t;
    insert into seen (key, lane, pos) ${turns}
      select 'slack:message:' || ${id} || ':' || p, 'turn:slack:' || ${id}, p from c, t;
    insert into delivery (lane, pos, part, state, text, target, author, started_at, native_id, possibly_twice, reason, at) ${turns}
      select 'turn:slack:' || ${id}, p, 0, 'sent', ${text}, ${thread}, 'Guest ' || n, ${at},
        printf('m%08d%02d', n, p), 0, null, ${at} from c, t;
    insert into thread (reference, conversation, property, subject, sender, started_at, thread_id, bound, active_at) ${numbers}
      select 'R' || n, 'slack:' || ${id}, 'default', 'Hello', 'Guest ' || n, ${now - 86_400_000 * 60} + n, ${thread}, 1, ${now - 86_400_000 * 40} from c;
    insert into keyv (space, key, value) ${numbers}
      select 'bindings', 'bindings:thread:' || ${thread}, json_object('value', 'slack:' || ${id}) from c;
    insert into keyv (space, key, value) ${numbers}
      select 'bindings', printf('bindings:conversation:%043d', n), json_object('value', json_object('v', 1, 'conversation', 'slack:' || ${id})) from c;
    insert into conversation (id, platform, property, guest, search, last_at) ${numbers}
      select 'slack:' || ${id}, 'slack', 'default', 'Guest ' || n, ' guest ' || n || ' d1' || printf('%07d', n), ${now - 86_400_000 * 20} + n * 100 from c;
    insert into conversation_word (word, id) select word, 'slack:' || ${id} from (
      ${numbers} select n, 'guest' as word from c union all select n, cast(n as text) from c union all select n, lower(${id}) from c);
    insert into mark (name, value) values ('conversations:seen', '${now}') on conflict (name) do update set value = excluded.value;
    insert into mark (name, value) values ('synced:default:active', '${now}'), ('synced:default:all', '${now}')
      on conflict (name) do update set value = excluded.value;
  `)
  database.close()
}

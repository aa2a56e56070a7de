/** Fills an empty database, by its own statements, with one conversation of guest and hotel in turn, delivered; each message has a kilobyte. */
export const fillConversation = async (
  run: (statement: string) => Promise<void> | void,
  { conversation, messages }: { readonly conversation: string; readonly messages: number },
): Promise<void> => {
  const each = messages / 2
  const numbers = `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${each})`
  for (const [direction, kind, author, delay] of [
    ['turn', 'event', 'Penelope', 0],
    ['reply', 'reply', '', 1],
  ] as const) {
    const lane = `'${direction}:${conversation}'`
    const text = `'${direction} ' || i || ' ' || '${'<&"é '.repeat(200)}'`
    await run(
      `insert into lane (id, grp, head, tail, next_at) values (${lane}, '${direction}:hotel', ${each}, ${each}, 1)`,
    )
    await run(`insert into entry (lane, pos, kind, payload, at)
      ${numbers} select ${lane}, i, '${kind}', '', i * 2000 + ${delay} from n`)
    await run(`insert into delivery (lane, pos, part, state, text, target, author, started_at, native_id, possibly_twice, reason, at)
      ${numbers} select ${lane}, i, 0, 'sent', ${text}, 'thread', '${author}', i, '${direction}' || i, 0, null, i from n`)
  }
  await run(`insert into conversation (id, platform, property, guest, search, last_at)
    values ('${conversation}', 'slack', 'hotel', 'Penelope', '', 1)`)
}

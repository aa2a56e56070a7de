/** SQL of any database that fills an empty one with conversations: one turn each, delivered, every 1000th failed. */
export const fillStatements = (conversations: number): readonly string[] => {
  const numbers = `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${conversations})`
  const id = `'slack:C' || i || ':1790000000.000100'`
  const name = `'Guest' || (i % 977) || ' Family' || (i % 7919)`
  return [
    `insert into lane (id, grp, head, tail, next_at)
      ${numbers} select 'turn:' || ${id}, 'turn:hotel' || (i % 3), 1, 1, i from n`,
    `insert into entry (lane, pos, kind, payload, at) ${numbers} select 'turn:' || ${id}, 1, 'event', '{}', i from n`,
    `insert into delivery (lane, pos, part, state, text, target, author, started_at, native_id, possibly_twice, reason, at)
      ${numbers} select 'turn:' || ${id}, 1, 0, case when i % 1000 = 0 then 'failed' else 'sent' end, 'Good evening',
        'thread' || i, ${name}, i, 'native' || i, 0, null, i from n`,
    `insert into thread (reference, conversation, property, subject, sender, started_at, thread_id, bound, active_at)
      ${numbers} select 'R' || i, ${id}, 'hotel' || (i % 3), 'Good evening', ${name}, i, 'thread' || i, 1, i from n`,
    `insert into conversation (id, platform, property, guest, search, last_at)
      ${numbers} select ${id}, case when i % 2 = 0 then 'slack' else 'channex' end, 'hotel' || (i % 3), ${name},
        ' ' || lower(${name}) || ' c' || i || ' 1790000000.000100', i from n`,
    ...[`'guest' || (i % 977)`, `'family' || (i % 7919)`, `'c' || i`, `'1790000000.000100'`].map(
      (word) => `insert into conversation_word (word, id) ${numbers} select ${word}, ${id} from n`,
    ),
    `insert into mark (name, value) values ('conversations:seen', '${conversations}')`,
  ]
}

/** A mechanism that is broken on purpose: in this file, each of these texts is replaced by the other. */
export interface Mutation {
  readonly name: string
  /** Below the project's root. */
  readonly file: string
  readonly changes: readonly (readonly [from: string, to: string])[]
}

const change = (name: string, file: string, from: string, to: string): Mutation => ({
  name,
  file,
  changes: [[from, to]],
})

const toStore: readonly Mutation[] = [
  change(
    'an event that comes again is recorded again',
    'src/store/lanes/append.ts',
    'if (earlier === undefined) fresh.push({ entry, place })',
    'fresh.push({ entry, place })',
  ),
  change(
    'an event is acknowledged before it is recorded',
    'src/relay/adapter-services/inbox.ts',
    'await laneLog.record(toEntries(arrivals))',
    'void laneLog.record(toEntries(arrivals)).catch(() => {})',
  ),
  change(
    'an event that could not be recorded is acknowledged',
    'src/relay/adapter-services/inbox.ts',
    'await laneLog.record(toEntries(arrivals))',
    'await laneLog.record(toEntries(arrivals)).catch(() => {})',
  ),
  change(
    'only the first key of an event is kept',
    'src/relay/adapter-services/inbox.ts',
    'keys: keys.map((key) => eventKey(platform, key)),\n      payload',
    'keys: keys.slice(0, 1).map((key) => eventKey(platform, key)),\n      payload',
  ),
  change(
    'the spool is emptied before its entries are in their lanes',
    'src/store/sqlite/spool.ts',
    'const refused = await place(entries)\n      file.remove(rows, refused.length === 0 ? undefined : toSpoolText(refused))',
    'file.remove(rows)\n      await place(entries)',
  ),
  change(
    'the spool is drained newest first',
    'src/store/sqlite/spool.ts',
    'where before < ? and bytes_before < ${bytesPerDrain} order by spool.id`)',
    'where before < ? and bytes_before < ${bytesPerDrain} order by spool.id desc`)',
  ),
  change(
    'the spool stays without write-through',
    'src/store/sqlite/spool.ts',
    "} finally {\n            database.exec('pragma synchronous = full')",
    "} finally {\n            database.exec('pragma synchronous = normal')",
  ),
  {
    name: 'no commit is written through',
    file: 'src/store/sqlite/file.ts',
    changes: [
      ["database.exec('pragma synchronous = full')", "database.exec('pragma synchronous = normal')"],
      ['if (writesThrough(database)) return database', 'return database'],
    ],
  },
  change(
    'a lane that is held is claimed',
    'src/store/lanes/claim.ts',
    'and tail > head and lease_until <= ${now}',
    'and tail > head',
  ),
  change(
    'a run is read backwards',
    'src/store/lanes/claim.ts',
    'order by entry.lane, entry.pos`',
    'order by entry.lane, entry.pos desc`',
  ),
  change(
    'the cursor moves one entry too far',
    'src/store/lanes/settle.ts',
    '...healthy, head: doneThrough }',
    '...healthy, head: Math.min(doneThrough + 1, noted.tail) }',
  ),
  change(
    'what failed is put off for an hour',
    'src/store/lanes/settle.ts',
    'next_at: nextStep.at,\n        attempts',
    'next_at: nextStep.at + 3_600_000,\n        attempts',
  ),
  change(
    'a backup that was put back is not noticed',
    'src/store/take-up.ts',
    'if (stamp === undefined) return\n',
    'return\n',
  ),
]

const toHotel: readonly Mutation[] = [
  change(
    'messages are sent without a recorded intent',
    'src/relay/to-hotel/send-batch.ts',
    'deliveries,\n            note,',
    'note,',
  ),
  change(
    'an unknown outcome in Mews is not looked up',
    'src/relay/to-hotel/confirm-messages.ts',
    'const pairs = matchParts(unsure.filter(isAsked), ours, (part) => earliestMatch(part, mews.clock))',
    'const pairs = matchParts([], ours, (part) => earliestMatch(part, mews.clock))',
  ),
  change(
    'a message counts as absent at once',
    'src/relay/to-hotel/confirm-messages.ts',
    'else if (askedAt >= part.at + times.confirmMs) {',
    'else if (askedAt >= part.at) {',
  ),
  change(
    'a message of another part is taken for this one',
    'src/relay/to-hotel/confirm-messages.ts',
    "sender === 'Application' && !isKnown(id))",
    "sender === 'Application' && !(isKnown(id) && id === ''))",
  ),
  change(
    'one message is taken for two parts',
    'src/relay/to-hotel/confirm-messages.ts',
    'const [message] = at < 0 ? [] : same.splice(at, 1)',
    'const message = same[at]',
  ),
  change(
    'an answer of Mews that says nothing counts as not sent',
    'src/mews/request.ts',
    'mayHaveAdded: call.adds,',
    'mayHaveAdded: false,',
  ),
  change(
    'a request to Mews without an answer counts as not sent',
    'src/mews/request.ts',
    'const { operation, adds: mayHaveAdded } = call',
    'const { operation } = call\n    const mayHaveAdded = false',
  ),
  change(
    'the ids that Mews gives are not kept',
    'src/relay/to-hotel/add-messages.ts',
    'nativeId: item?.id ?? null }',
    'nativeId: null }',
  ),
  change(
    'a batch goes into the thread of its first message',
    'src/relay/to-hotel/add-messages.ts',
    'threadId: delivery.target,',
    'threadId: named[0]?.delivery.target ?? delivery.target,',
  ),
  change(
    'a thread is opened again without a look',
    'src/relay/threads/open-thread.ts',
    'const found = await findOpened(intent, { since, certainAt }, draining)',
    'const found = (await findOpened(intent, { since, certainAt }, draining))?.slice(0, 0) || undefined',
  ),
  change(
    'a thread counts as absent at once',
    'src/relay/threads/open-thread.ts',
    'if (askedAt >= certainAt) return undefined',
    'if (askedAt >= certainAt - 1e9) return undefined',
  ),
  change(
    'what was written at different times is sent backwards',
    'src/relay/to-hotel/prepare.ts',
    '...fresh.toSorted(byTime)]',
    '...fresh.toSorted(byTime).toReversed()]',
  ),
  change(
    'what comes late is not marked',
    'src/relay/turns/compose.ts',
    "const text = late ? texts.say('late', { text: said }) : said",
    'const text = said',
  ),
  change(
    'requests to Mews have no budget',
    'src/mews/budget.ts',
    'const isFull = over.length + underWay >= requests',
    'const isFull = over.length + underWay >= Infinity',
  ),
  change(
    'words are in the log',
    'src/relay/adapter-services/inbox.ts',
    "for (const { keys } of arrivals) log.debug({ platform, event: keys[0] }, 'event recorded')",
    "for (const { payload } of arrivals) log.info({ platform, payload }, 'event recorded')",
  ),
]

const toGuest: readonly Mutation[] = [
  change(
    'pages of Mews are not turned round',
    'src/mews/client.ts',
    '(await readPages(call, filter, read, signal)).toReversed()',
    'await readPages(call, filter, read, signal)',
  ),
  change(
    'a reply has no key',
    'src/relay/entries/reply.ts',
    'keys: [messageKey(id)],',
    'keys: [`${messageKey(id)}-${at}`],',
  ),
  change(
    'replies are found by webhooks alone',
    'src/relay/from-hotel/reply-finder.ts',
    'if (waitMs <= 0) await syncRegularly(draining)',
    'if (waitMs <= -Infinity && nextSync > 0) await syncRegularly(draining)',
  ),
  change(
    'a reply is sent without a recorded intent',
    'src/relay/to-guest/send-part.ts',
    'if (!(await intend(sending))) return undefined',
    'if (sending.text === undefined) return undefined',
  ),
  change(
    'a reply whose outcome is unknown is sent again',
    'src/relay/to-guest/send-part.ts',
    "if (outcome.outcome === 'unknown') return later({ ...delivery, reason, at }, reason, undefined)",
    "if (outcome.outcome === 'unknown') return later({ ...delivery, state: 'waiting', reason, at }, reason, undefined)",
  ),
  change(
    'an unknown outcome is tried again at once',
    'src/relay/to-guest/send-part.ts',
    "if (outcome.outcome === 'retry' && outcome.afterMs === undefined)",
    "if (outcome.outcome === 'unknown' || (outcome.outcome === 'retry' && outcome.afterMs === undefined))",
  ),
  change(
    'a reply counts as absent at once',
    'src/relay/to-guest/send-part.ts',
    'return now < certainAt\n',
    'return now < certainAt - 1e9\n',
  ),
  change(
    'a reply that was found is sent again',
    'src/relay/to-guest/send-part.ts',
    'return { result: sent(delivery, confirmation.id, now) }',
    'return { again: delivery }',
  ),
  change(
    'where nobody can be asked a reply counts as sent',
    'src/relay/to-guest/send-part.ts',
    '? { again: { ...delivery, possiblyTwice: true } }',
    '? { result: sent(delivery, undefined, now) }',
  ),
  change(
    'later replies overtake one that failed',
    'src/relay/to-guest/reply-deliverer.ts',
    'if (!goesOn || last) return',
    'if (last) return',
  ),
  change(
    'doubt about what a backup does not know is left out',
    'src/relay/restore/doubt.ts',
    'if (span === undefined) return undefined\n  const isOld',
    'if (span === undefined || canAsk !== undefined) return undefined\n  const isOld',
  ),
  change(
    'every failure of the network counts as not sent',
    'src/util/failure.ts',
    'neverSent.has(failureCode(error))',
    "failureCode(error) !== ''",
  ),
  change(
    'an unknown outcome at Channex counts as not sent',
    'adapters/channex/api/error.ts',
    "case 'unknown':\n      return { outcome: 'unknown', reason }",
    "case 'unknown':\n      return { outcome: 'retry', reason }",
  ),
  change(
    'a message of another part is taken for this one at Channex',
    'adapters/channex/send/confirm.ts',
    'const free = same.filter(({ id }) => !known.has(id))',
    'const free = same.filter(({ id }) => known.size >= 0 || !known.has(id))',
  ),
  change(
    'Slack is asked without metadata',
    'adapters/slack/send/confirm.ts',
    'include_all_metadata: true,',
    'include_all_metadata: false,',
  ),
  change(
    'Slack is asked about too late a time',
    'adapters/slack/send/confirm.ts',
    'return isCertain ? since - clockToleranceMs :',
    'return isCertain ? since + clockToleranceMs :',
  ),
]

/** Every mutation, by the way that it concerns. */
export const mutations: readonly Mutation[] = [...toStore, ...toHotel, ...toGuest]

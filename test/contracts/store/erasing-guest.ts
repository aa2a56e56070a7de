import { expect, test } from 'vitest'
import { noticeForStaff, readNotice } from '../../../src/relay/entries/notice.ts'
import { waitingPart } from '../../../src/relay/turns/plan.ts'
import { createTexts } from '../../../src/relay/wording.ts'
import type { OpenStore } from '../../../src/store/open-store.ts'
import type { Delivery } from '../../../src/store/lanes/types.ts'
import { claim, type CreateTestDatabase, delivery, entry, useStore } from './harness.ts'

/** Removing one guest from where others have written, too, on any database. */
export const describeErasingGuest = (create: CreateTestDatabase): void => {
  const fixture = useStore(create)
  const admin = () => (fixture().store as OpenStore).admin

  const lobby = 'slack:C0LOBBY:1'
  const turns = `turn:${lobby}`
  const replies = `reply:${lobby}`
  const ann = { author: 'Persephone Quill', authorId: 'U0ANN' }
  const bob = { author: 'Bob Marsh', authorId: 'U0BOB' }
  const group = { turns: 'turn:hotel', replies: 'reply:slack' }

  const write = (lane: string, payload: object, rest: object = {}) =>
    fixture().store.log.append([
      entry(lane, JSON.stringify(payload), {
        group: lane === turns ? group.turns : group.replies,
        ...rest,
      }),
    ])

  const settle = async (which: string, parts: readonly Partial<Delivery>[], doneThrough?: number) => {
    const [run] = await claim(fixture().store, { group: which })
    const deliveries = parts.map((part, index) => delivery(index + 1, part))
    await fixture().store.log.settle({
      lane: run?.lane ?? '',
      token: run?.token ?? 0,
      deliveries,
      ...(doneThrough === undefined ? {} : { doneThrough }),
      nextStep: { next: 'release' },
    })
  }

  const notice = noticeForStaff({
    lane: replies,
    property: 'hotel',
    platform: 'Slack',
    parts: [waitingPart({ pos: 1, part: 0, text: 'My flight is late', target: '', author: '', at: 1 })],
    mayHaveArrived: false,
    reason: 'refused',
    texts: createTexts(),
    at: 3,
  })

  const fill = async () => {
    await fixture().store.threads.intend({
      conversation: lobby,
      property: 'hotel',
      reference: 'R',
      subject: 'My flight is late (ref R)',
      sender: ann.author,
      startedAt: 1,
    })
    await fixture().store.threads.opened({ conversation: lobby, reference: 'R' }, 'thread-R', 1)
    await write(turns, { user: 'U0ANN', text: 'My flight is late', at: 1 }, { at: 1 })
    await write(turns, { user: 'U0BOB', text: 'So is mine, <@U0ANN>. Will Persephone be there?' }, { at: 2 })
    await fixture().store.log.append([notice])
    await write(
      turns,
      { user: 'U0BOB', text: '> My flight is late\nWhen?', name: 'Pers\u0065phone' },
      { at: 4 },
    )
    await settle(
      group.turns,
      [
        { text: 'My flight is late', ...ann },
        { text: 'So is mine, @Persephone Quill. Will Persephone be there?', ...bob },
        { text: readNotice(notice.payload).text, author: '' },
        { text: '> My flight is late\nWhen?', ...bob },
      ],
      4,
    )
    await write(replies, { text: 'Dear Ms Quill, take your time. Dear Mr Marsh, we wait.' }, { at: 5 })
    await settle(
      group.replies,
      [{ text: 'Dear Ms Quill, take your time. Dear Mr Marsh, we wait.', author: '' }],
      1,
    )
    await admin().conversations.refresh()
  }

  const everything = async () => {
    const { entries } = await admin().transcript(lobby, 100)
    return JSON.stringify([
      entries,
      await admin().conversations.find(lobby),
      await fixture().store.threads.latest(lobby),
    ])
  }

  test.each(['Persephone Quill', 'persephone quill', 'U0ANN'])(
    '%s is found, and gone from what the others wrote',
    async (nameOrId) => {
      await fill()
      expect(await admin().erasure.findGuest(nameOrId)).toEqual([{ conversation: lobby, shared: true }])
      const erased = await admin().erasure.eraseGuest(lobby, nameOrId)
      expect(erased).toMatchObject({ threads: 1, givenUp: 0, left: 0 })
      await admin().erasure.purge(true)
      const left = await everything()
      for (const trace of ['Persephone', 'persephone', 'Quill', 'U0ANN', 'flight'])
        expect(left).not.toContain(trace)
      for (const kept of [
        'So is mine, @[erased]. Will [erased] be there?',
        'When?',
        'Dear Mr Marsh, we wait.',
        'Bob Marsh',
        'U0BOB',
      ])
        expect(left).toContain(kept)
      expect(await admin().erasure.findGuest(nameOrId)).toEqual([])
      expect(await admin().erasure.findGuest('Bob Marsh')).toEqual([{ conversation: lobby, shared: false }])
    },
  )

  test('what the guest has waiting is given up; what others have waiting is sent as they wrote it, and counted', async () => {
    await fill()
    await write(turns, { user: 'U0ANN', text: 'Hello?' })
    await write(turns, { user: 'U0BOB', text: 'Persephone is here' })
    await settle(group.turns, [])
    const [run] = await claim(fixture().store, { group: group.turns })
    await fixture().store.log.settle({
      lane: turns,
      token: run?.token ?? 0,
      deliveries: [
        delivery(5, { state: 'waiting', text: 'Hello?', nativeId: null, ...ann }),
        delivery(6, { state: 'waiting', text: 'Persephone is here', nativeId: null, ...bob }),
      ],
      nextStep: { next: 'hold' },
    })
    expect(await admin().erasure.eraseGuest(lobby, 'U0ANN')).toMatchObject({ givenUp: 1, left: 1 })
    const late = {
      lane: turns,
      token: run?.token ?? 0,
      doneThrough: 6,
      nextStep: { next: 'release' },
    } as const
    expect(await fixture().store.log.settle(late)).toBe(false)
    const [again] = await claim(fixture().store, { group: group.turns })
    expect(
      again?.entries.map(({ pos, payload, deliveries }) => [
        pos,
        payload === '',
        deliveries[0]?.state,
        deliveries[0]?.text,
      ]),
    ).toEqual([
      [5, true, 'failed', ''],
      [6, false, 'waiting', 'Persephone is here'],
    ])
    await fixture().store.log.settle({ ...late, token: again?.token ?? 0 })
    expect(await admin().erasure.eraseGuest(lobby, 'U0ANN')).toMatchObject({ givenUp: 0, left: 0 })
  })

  test('what was put aside goes where it carries a trace of the guest; what others wrote stays', async () => {
    await fill()
    const aside = [
      { user: 'U0ANN', text: 'Hello?' },
      { user: 'U0BOB', text: 'Anybody?' },
    ]
    const kind = null as unknown as string
    await fixture().store.log.record(aside.map((it) => entry(turns, JSON.stringify(it), { kind })))
    await fixture().store.log.record([
      entry('turn:slack:D0', JSON.stringify(aside[0]), { kind, keys: ['other'] }),
    ])
    await fixture().store.log.drain(100)
    expect(await admin().erasure.eraseGuest(lobby, 'Persephone Quill')).toMatchObject({ givenUp: 1, left: 0 })
    expect(await admin().figures.spooled()).toEqual({ waiting: 0, refused: 2 })
    expect(await admin().erasure.eraseGuest(lobby, 'Bob Marsh')).toMatchObject({ givenUp: 1 })
    expect(await admin().figures.spooled()).toEqual({ waiting: 0, refused: 1 })
  })
}

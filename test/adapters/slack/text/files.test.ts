import { describe, expect, it } from 'vitest'
import { readAttachments, readFileWords } from '../../../../adapters/slack/text/files.ts'
import { createSay, createWording } from '../../../../src/relay/wording.ts'

const say = createSay(createWording())

describe('readAttachments', () => {
  it('gives names, sizes and the page in Slack, and no link that wants a token', () => {
    const files = [
      {
        name: 'bill\u202E.pdf',
        size: 120,
        url_private: 'https://files.slack.com/x',
        permalink: 'https://guests.slack.com/files/U1/F1/bill.pdf?pub_secret=1#here',
      },
      { name: 'plan', permalink: 'https://slack.com.evil.example/files/U1/F1' },
      { name: 'plan', permalink: 'https://ines:word@guests.slack.com/files/U1/F1' },
      { title: 'Photo', size: -1 },
      { id: 'F1', mode: 'file_access', file_access: 'check_file_info' },
      { id: 'F2', mode: 'tombstone' },
    ]
    expect(readAttachments(files)).toEqual([
      { name: 'bill.pdf', size: 120, url: 'https://guests.slack.com/files/U1/F1/bill.pdf' },
      { name: 'plan' },
      { name: 'plan' },
      { name: 'Photo' },
      { name: 'file' },
    ])
  })

  it.each([
    ['https://drive.example/plan?usp=sharing', 'external', 'https://drive.example/plan?usp=sharing'],
    ['https://drive.example/\u202Efdp', 'external', 'https://drive.example/%E2%80%AEfdp'],
    ['https://drive.example/plan', 'hosted', undefined],
    ['https://files.slack.com/files-pri/T1-F1/plan', 'external', undefined],
    ['https://slack-files.com/T1-F1', 'external', undefined],
    ['https://ines:word@drive.example/plan', 'external', undefined],
    ['http://drive.example/plan', 'external', undefined],
    ['javascript:alert(1)', 'external', undefined],
    [7, 'external', undefined],
  ])('of a file at %s that is %s gives the link %s', (link, mode, url) => {
    const [file] = readAttachments([{ name: 'plan', size: 0, mode, url_private: link }])
    expect(file).toEqual(url === undefined ? { name: 'plan' } : { name: 'plan', url })
  })
})

describe('the name of a file', () => {
  it.each([
    [{ name: 'Untitled', title: 'Wi-Fi notes' }, 'Wi-Fi notes'],
    [{ name: 'Untitled.txt', title: 'Wi-Fi notes' }, 'Wi-Fi notes'],
    [{ name: '-.txt', title: 'Wi-Fi notes' }, 'Wi-Fi notes'],
    [{ name: 'Untitled', title: 'Untitled' }, 'Untitled'],
    [{ name: 'Untitled' }, 'Untitled'],
    [{ name: null, title: 'Packing list', filetype: 'quip', mode: 'quip' }, 'Packing list'],
    [{ name: 'New_Canvas', title: 'Packing list', filetype: 'canvas' }, 'Packing list'],
    [{ name: 'Guests', title: 'All guests', mode: 'list' }, 'All guests'],
    [{ name: 'untitled scan.pdf', title: 'Scan' }, 'untitled scan.pdf'],
    [{ name: 'IMG_1.jpg', title: 'IMG_1' }, 'IMG_1.jpg'],
    [{ id: 'F1', mode: 'hidden_by_limit' }, 'file'],
  ])('%j is %s', (file, name) => {
    expect(readAttachments([file])).toEqual([{ name }])
  })
})

describe('readFileWords', () => {
  it.each([
    [
      { name: 'wifi.txt', mode: 'snippet', preview: 'one <b>\ntwo & \u202Ethree', lines: 2, lines_more: 0 },
      'Text of wifi.txt:\n> one <b>\n> two & three',
    ],
    [{ name: 'a.txt', mode: 'snippet', preview: 'one', lines_more: 12 }, 'Text of a.txt:\n> one …'],
    [
      { name: 'a.txt', mode: 'snippet', preview: 'x'.repeat(8001) },
      `Text of a.txt:\n> ${'x'.repeat(8000)} …`,
    ],
    [{ title: 'Plan', mode: 'post', preview: 'Day one' }, 'Text of Plan:\n> Day one'],
    [
      { name: 'Re: stay', mode: 'email', subject: 'Re: stay', preview_plain_text: 'Dear all' },
      'Text of Re: stay:\n> Re: stay\n> Dear all',
    ],
    [
      {
        name: 'audio_message.m4a',
        subtype: 'slack_audio',
        mode: 'hosted',
        transcription: { status: 'complete', preview: { content: 'Could we come at ten?', has_more: false } },
      },
      'Transcript of audio_message.m4a by Slack:\n> Could we come at ten?',
    ],
    [
      { name: 'v.mp4', transcription: { status: 'complete', preview: { content: 'Well', has_more: true } } },
      'Transcript of v.mp4 by Slack:\n> Well …',
    ],
  ])('tells what Slack says of the content of %j', (file, words) => {
    expect(readFileWords([file], say)).toEqual([words])
  })

  it.each([
    { name: 'a.m4a', transcription: { status: 'processing' } },
    { name: 'a.m4a', transcription: { status: 'complete', preview: { content: ' ' } } },
    { name: 'a.m4a', transcription: 'none' },
    { name: 'a.pdf', mode: 'hosted', preview: 'binary' },
    { name: 'a.txt', mode: 'snippet', preview: 7 },
    { name: 'a.txt', mode: 'snippet' },
    { name: 'a.txt', mode: 'tombstone', preview: 'gone' },
  ])('tells nothing of the content of %j', (file) => {
    expect(readFileWords([file], say)).toEqual([])
  })
})

import type { Line } from './lines.ts'

const names = { guest: 'Guest', hotel: 'Hotel', connector: 'Connector' } as const

/** Who wrote a line, for people. */
export const writerOf = ({ author, from }: Line): string => (author === '' ? names[from] : author)

/** What a line says, or why it says nothing. */
export const textOf = ({ text, from, erased, state }: Line): string => {
  if (text !== '') return text
  if (erased) return '[erased]'
  if (state === 'recorded') return '[recorded, not read yet]'
  return from === 'guest' ? '[never read]' : '[without text]'
}

const readers = { turn: 'the hotel', reply: 'the guest' } as const

/** What became of a line, for people. */
export const stateOf = ({ state, direction, reason, possiblyTwice, nativeId }: Line): string => {
  const to = readers[direction]
  const why = reason === null ? '' : `: ${reason}`
  const twice = possiblyTwice ? ', possibly twice' : ''
  switch (state) {
    case 'recorded':
      return 'recorded'
    case 'waiting':
      return `waiting for ${to}${why}`
    case 'sending':
      return `on its way to ${to}${twice}${why}`
    case 'delivered':
      if (reason !== null) return `done${why}`
      return `delivered to ${to}${twice}${nativeId === null ? '' : ` as ${nativeId}`}`
    case 'failed':
      return `failed${twice}${why}`
    default:
      return state satisfies never
  }
}

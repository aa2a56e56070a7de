import type { Attachment } from '../../../src/port.ts'
import { cleanName } from '../../../src/util/text.ts'
import type { Media } from './media.ts'
import { isHtmlCopy, type ActivityAttachment } from '../wire.ts'

/**
 * The attachments of an activity, and behind them what only its HTML copy has: outside of personal chats Teams tells bots of pictures and files there
 * alone. By name and size only: the links that Teams gives open for a short while, for anybody, or never for the hotel.
 */
export const toAttachments = (
  attachments: readonly ActivityAttachment[],
  media: readonly Media[],
): readonly Attachment[] => {
  const listed = attachments.filter(({ contentType }) => !isHtmlCopy(contentType))
  const pictures = listed.filter(isPicture).length
  // The copy shows what is listed over again, pictures without a name of their own.
  const files = without(media, isFile, listed.length - pictures)
  const missing = without(files, isPlain, pictures)
  const left = pictures - (files.length - missing.length)
  return [
    ...listed.map(toAttachment),
    ...without(missing, (one) => !isFile(one), left).map(({ name }) => ({ name })),
  ]
}

function isFile({ kind }: Media): boolean {
  return kind === 'file'
}

function isPlain({ kind }: Media): boolean {
  return kind === 'image'
}

function isPicture({ contentType }: ActivityAttachment): boolean {
  return contentType.startsWith('image/')
}

/** The list without the first `count` of those that match. */
function without(media: readonly Media[], matches: (one: Media) => boolean, count: number): readonly Media[] {
  let left = count
  return media.filter((one) => {
    if (left <= 0 || !matches(one)) return true
    left -= 1
    return false
  })
}

function toAttachment({ contentType, name = '', size }: ActivityAttachment): Attachment {
  return {
    name: cleanName(name) || cleanName(toKind(contentType)) || 'attachment',
    ...(size === undefined ? {} : { size }),
  }
}

function toKind(contentType: string): string {
  if (/^(?:image|video|audio)\//.test(contentType)) return contentType.slice(0, 5)
  return contentType.includes('.card.') ? 'card' : contentType || 'attachment'
}

/**
 * Text that no terminal obeys: every control character but tab and the end of a line, and every one that turns the direction of
 * writing, stands as its escape `\u001b`. JSON stays the same JSON.
 */
export const printable = (text: string): string =>
  text.replaceAll(
    /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** An id as it was recorded, from how it was printed. */
export const unprinted = (text: string): string =>
  text.replaceAll(/\\u([\da-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

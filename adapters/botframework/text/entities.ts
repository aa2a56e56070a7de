const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u{a0}',
}

const toCharacter = (code: number): string =>
  Number.isInteger(code) && code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    ? String.fromCodePoint(code)
    : '\u{fffd}'

/** Numbered entities and the six names that Teams writes. */
export const decodeEntities = (text: string): string =>
  text.replaceAll(
    /&(?:#x([\da-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos|nbsp));/gi,
    (_all, ...groups: unknown[]) => {
      const [hex, decimal, name] = groups
      if (typeof hex === 'string') return toCharacter(Number.parseInt(hex, 16))
      if (typeof decimal === 'string') return toCharacter(Number(decimal))
      return named[String(name).toLowerCase()] ?? ''
    },
  )

/** Done in no time. */
const few = 1_000

/** Tells how far something is, at every tenth of it, where it takes more than one step. */
export const createProgress = (warn: (text: string) => void): ((done: number, of: number) => void) => {
  let told = 0
  return (done, of) => {
    if (of > 1 && of < few) return
    const tenth = Math.floor((10 * done) / Math.max(of, 1))
    if (tenth <= told || (told === 0 && done >= of)) return
    told = tenth
    warn(`${Math.min(100, tenth * 10)} %`)
  }
}

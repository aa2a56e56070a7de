import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { mutations } from './mutations.ts'

const root = new URL('../../../', import.meta.url)

/** The source of a file with the changes of a mutation; throws where it does not have each text exactly once. */
export const mutate = (name: string): { readonly url: string; readonly source: string } => {
  const mutation = mutations.find((each) => each.name === name)
  if (mutation === undefined) throw new RangeError(`there is no mutation “${name}”`)
  const url = new URL(mutation.file, root).href
  let source = readFileSync(new URL(url), 'utf8')
  for (const [from, to] of mutation.changes) {
    const parts = source.split(from)
    if (parts.length !== 2) throw new RangeError(`${mutation.file} has “${from}” ${parts.length - 1} times`)
    source = parts.join(to)
  }
  return { url, source }
}

/** Lets this process load the mutated source; before it loads any of it. */
export const applyMutation = (name: string): void => {
  const { url, source } = mutate(name)
  registerHooks({
    load: (asked, context, nextLoad) =>
      asked === url ? { format: 'module-typescript', source, shortCircuit: true } : nextLoad(asked, context),
  })
}

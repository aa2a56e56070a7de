import { availableParallelism, cpus, totalmem } from 'node:os'

/** What one benchmark found. */
export interface Report {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** What has to be known to read it. */
  readonly notes: readonly string[]
  /** Counts that must hold whatever the machine: for the smoke test. */
  readonly counts: Readonly<Record<string, number>>
}

/** How much is done: `quick` is once and little, to see that it works. */
interface Scale {
  readonly quick: boolean
}

/** One benchmark: `npm run bench -- <name>`. */
export interface Benchmark {
  readonly name: string
  run(scale: Scale): Promise<Report>
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

export const toMarkdown = ({ title, columns, rows, notes }: Report): string =>
  [
    `### ${title}`,
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map(line),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
  ].join('\n')

/** The machine that everything was measured on. */
export const describeMachine = (): string =>
  `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB, ` +
  `${process.platform} ${process.arch}, Node.js ${process.versions.node}`

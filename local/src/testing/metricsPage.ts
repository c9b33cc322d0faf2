import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../process/tools.ts'

/** The labels of each metric in docs/metrics.md. A metric may have several rows. */
function documentedLabels(): Map<string, Set<string>> {
  const page = readFileSync(join(root, 'docs/metrics.md'), 'utf8')
  const labels = new Map<string, Set<string>>()
  for (const [, name = '', type, of = ''] of page.matchAll(/^\| `(\w+)` \| (\w+) \| [^|]* \| ([^|]*) \|/gm)) {
    const own = [...of.matchAll(/\w+/g)].map(([label]) => label)
    const suffixes = type === 'histogram' ? ['', '_bucket', '_sum', '_count'] : ['']
    for (const suffix of suffixes) {
      const known = labels.get(name + suffix) ?? []
      labels.set(name + suffix, new Set([...known, ...own, ...(suffix === '_bucket' ? ['le'] : [])]))
    }
  }
  return labels
}

/**
 * What docs/metrics.md lacks of the metrics that a process exports: names, and labels as `name{label}`.
 * @param exposition in Prometheus' text format
 */
export function undocumented(exposition: string): string[] {
  const documented = documentedLabels()
  const missing = new Set<string>()
  for (const [, comment, line, labels = ''] of exposition.matchAll(/^(?:# TYPE (\w+) .*|(\w+)(?:\{(.*)\})? \S+)$/gm)) {
    const name = comment ?? line ?? ''
    const known = documented.get(name)
    if (!known) missing.add(name)
    for (const [, label = ''] of labels.matchAll(/(?:^|,)(\w+)="(?:[^"\\]|\\.)*"/g)) {
      if (known && !known.has(label)) missing.add(`${name}{${label}}`)
    }
  }
  return [...missing].sort()
}

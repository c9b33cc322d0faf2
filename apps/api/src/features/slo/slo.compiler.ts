import { createHash } from 'node:crypto'
import type { StoredSlo } from '@tickwatch/db'
import { compileSlo, countRules, type Definition, platformTenant, type RuleGroup, ruleFile } from '@tickwatch/slo'
import { namespaceName } from './slo.rules.ts'

/** A rule groups namespace as it should be. */
export type WantedNamespace = { name: string; yaml: string; sha256: string; rules: number }
/** An SLO whose rules can't be compiled any more, with the reason. */
export type Uncompiled = { id: string; namespace: number; why: string }

export type Compiler = ReturnType<typeof createCompiler>

type Compiled = { version: number; group: RuleGroup; bytes: number }

/** Compiles SLOs to rules. What did not change since the last time is not compiled again. */
export function createCompiler(stepSeconds: number) {
  const kept = new Map<string, Compiled>()
  const files = new Map<string, { of: string; file: WantedNamespace }>()

  function compile(definition: Definition): Omit<Compiled, 'version'> {
    const group = compileSlo(definition, platformTenant, stepSeconds)
    return { group, bytes: Buffer.byteLength(ruleFile([group])) }
  }

  function compiled({ id, version, definition }: StoredSlo): Compiled {
    const known = kept.get(id)
    if (known?.version === version) return known
    const made = { version, ...compile(definition) }
    kept.set(id, made)
    return made
  }

  return {
    /** The bytes and the number of the rules of a definition that is not saved yet. */
    measure(definition: Definition): { bytes: number; rules: number } {
      const { group, bytes } = compile(definition)
      return { bytes, rules: countRules([group]) }
    },
    /** The bytes and rules of saved ones. One that can't be compiled has none. */
    measureAll(slos: readonly StoredSlo[]): { id: string; namespace: number; bytes: number; rules: number }[] {
      return slos.map((slo) => {
        const { id, namespace } = slo
        const made = orFault(() => compiled(slo))
        return made instanceof Error
          ? { id, namespace, bytes: 0, rules: 0 }
          : { id, namespace, bytes: made.bytes, rules: countRules([made.group]) }
      })
    },
    /** The rules of one SLO, as they run. */
    groupOf: (slo: StoredSlo): RuleGroup => compiled(slo).group,
    /** All namespaces that hold these SLOs, without those of an SLO that can't be compiled. */
    namespaces(slos: readonly StoredSlo[]): { wanted: WantedNamespace[]; uncompiled: Uncompiled[] } {
      const uncompiled: Uncompiled[] = []
      const byNamespace = new Map<number, StoredSlo[]>()
      for (const slo of slos) {
        byNamespace.set(slo.namespace, [...(byNamespace.get(slo.namespace) ?? []), slo])
        const made = orFault(() => compiled(slo))
        if (made instanceof Error) uncompiled.push({ id: slo.id, namespace: slo.namespace, why: made.message })
      }
      const whole = [...byNamespace].filter(([number]) => !uncompiled.some(({ namespace }) => namespace === number))
      const wanted = whole.map(([namespace, members]) => {
        const name = namespaceName(namespace)
        const of = members.map(({ id, version }) => `${id}@${version}`).join()
        const known = files.get(name)
        if (known?.of === of) return known.file
        const groups = members.map((slo) => compiled(slo).group)
        const yaml = ruleFile(groups)
        const file = { name, yaml, sha256: sha256Of(yaml), rules: countRules(groups) }
        files.set(name, { of, file })
        return file
      })
      return { wanted, uncompiled }
    },
  }
}

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A newer release may read PromQL more strictly than the one that saved a definition. */
function orFault<T>(work: () => T): T | Error {
  try {
    return work()
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause))
  }
}

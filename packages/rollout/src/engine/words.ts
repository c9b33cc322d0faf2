import type { Wave } from '../plan/plan.ts'
import { plural } from '../words.ts'

/** All of a wave run the candidate. @param silent instances that report nothing, and are not among `count` */
export function completeWords(
  { name, bakeSeconds }: Pick<Wave, 'name' | 'bakeSeconds'>,
  count: number,
  silent: number,
) {
  const bakes = bakeSeconds === 0 ? 'It does not bake.' : `It bakes for ${bakeSeconds} s.`
  const run = `${count === 1 ? 'runs' : 'run'} the candidate`
  if (count === 0) return `The wave ${name} has no instances. ${bakes}`
  if (silent > 0) {
    const others = `${silent} more ${silent === 1 ? 'reports' : 'report'} nothing`
    return `${plural(count, 'instance')} of the wave ${name} ${run}; ${others}. ${bakes}`
  }
  return `${count === 1 ? 'The only instance' : `All ${plural(count, 'instance')}`} of the wave ${name} ${run}. ${bakes}`
}

/** All waves of a plan run the candidate. */
export function succeededWords(waves: readonly Pick<Wave, 'judge'>[]): string {
  const all = waves.length
  const judged = waves.filter(({ judge }) => judge !== null).length
  const run = all === 1 ? 'The wave runs the candidate' : `All ${all} waves run the candidate`
  if (judged === 0) return `${run}. Nobody judged ${all === 1 ? 'it' : 'them'}.`
  if (judged === all) return `${run}, and the judge passed ${all === 1 ? 'it' : 'each'}.`
  const others = all - judged === 1 ? 'the other' : `the other ${all - judged}`
  return `${run}. The judge passed ${judged}, and nobody judged ${others}.`
}

/** For so long nothing got better. */
export function stuckWords(seconds: number, ready: number, all: number, version: 'candidate' | 'previous version') {
  const run = ready === 1 ? `runs the ${version} and is ready` : `run the ${version} and are ready`
  return `For ${seconds} s no further instance got ready: ${ready} of ${all} ${run}.`
}

/** @param silent instances that report nothing: nobody knows what they run */
export function rolledBackWords({ waves, silent }: { waves: number; silent: number }): string {
  if (waves === 0) return 'No wave had begun, so nothing had to go back.'
  if (silent === 0) return 'Every instance runs the previous version.'
  return `Every instance that reports runs the previous version; ${silent} ${silent === 1 ? 'reports' : 'report'} nothing.`
}

/** @param waves that had begun @param candidates of `all` their instances in groups that could be read */
export function abortedWords(about: { waves: number; candidates: number; all: number; unread: readonly string[] }) {
  const { waves, candidates, all, unread } = about
  if (waves === 0) return 'Aborted before a wave began: nothing was changed.'
  const rest = unread.length === 0 ? '' : ` ${unread.join(', ')} could not be read.`
  const begun = waves === 1 ? 'the begun wave' : `the ${waves} begun waves`
  const run = candidates === 1 ? 'runs' : 'run'
  return `Aborted where it was: ${candidates} of ${plural(all, 'instance')} of ${begun} ${run} the candidate.${rest}`
}

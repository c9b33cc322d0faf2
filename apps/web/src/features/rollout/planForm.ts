import { formatDuration, formatInteger, plural } from '../../lib/format.ts'
import { readWholeNumber } from '../../lib/numberInput.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { either } from '../../lib/words.ts'
import type { Plan, PlannedWave } from './waves.ts'

/** The API reads the file of targets again when it changes. */
export const targetsEveryMs = 5_000

/** The images to choose from: the newest that are registered. A link may name an older one. */
export const choosableInput = { pageSize: 50 }

export type Draft = Outputs['rollout']['draft']
export type Target = Outputs['rollout']['targets']['targets'][number]

/** Who judges a wave: the canary is compared with the baseline, only the hard limits count, or nobody does. */
export const judges = ['compares', 'limits', 'nobody'] as const
export type Judge = (typeof judges)[number]

/** The numbers of a wave that a person can edit, by their path in the wave. */
export const waveNumbers = {
  minHealthyPercent: { label: 'Minimum healthy', unit: '%', words: 'Never fewer in service.' },
  maxHealthyPercent: { label: 'Maximum healthy', unit: '%', words: 'Never more at a time.' },
  checkpointSeconds: { label: 'Wait at each checkpoint', unit: 's', words: null },
  bakeSeconds: { label: 'Bake', unit: 's', words: null },
  'judge.intervalSeconds': { label: 'Interval of the judge', unit: 's', words: 'One comparison each.' },
  'judge.warmUpSeconds': { label: 'Warm-up left out', unit: 's', words: null },
  'judge.passPointsMin': { label: 'Intervals to pass', unit: 'intervals', words: 'It can pass from so many on.' },
} as const
export type NumberField = keyof typeof waveNumbers
const numberFields = Object.keys(waveNumbers) as NumberField[]
export const judgeFields = numberFields.filter((field) => field.startsWith('judge.'))

/** What a person typed for a wave. */
export type WaveTexts = Record<NumberField, string> & { checkpoints: string; judge: Judge }
export type WaveField = NumberField | 'checkpoints' | 'judge'
/** Faults of a wave's fields, a sentence each. `other` is about what can't be edited here. */
export type WaveFaults = Partial<Record<WaveField | 'other', string>>

/** A wave of the form: its groups and what can't be edited, and what a person typed. */
export type EditedWave = { wave: PlannedWave; texts: WaveTexts }

export const editedOf = (plan: Plan): EditedWave[] => plan.waves.map((wave) => ({ wave, texts: textsOf(wave) }))

function textsOf(wave: PlannedWave): WaveTexts {
  const { judge } = wave
  return {
    minHealthyPercent: formatInteger(wave.minHealthyPercent),
    maxHealthyPercent: formatInteger(wave.maxHealthyPercent),
    checkpoints: wave.checkpointPercents.join(', '),
    checkpointSeconds: formatInteger(wave.checkpointSeconds),
    bakeSeconds: formatInteger(wave.bakeSeconds),
    judge: judge === null ? 'nobody' : judge.compares ? 'compares' : 'limits',
    'judge.intervalSeconds': judge ? formatInteger(judge.intervalSeconds) : '',
    'judge.warmUpSeconds': judge ? formatInteger(judge.warmUpSeconds) : '',
    'judge.passPointsMin': judge ? formatInteger(judge.passPointsMin) : '',
  }
}

/** How a number field was read; null if it can't be. */
export function readNumber(field: NumberField, text: string): { value: number | null; fault: string | null } {
  const { value, fault } = readWholeNumber(text, waveNumbers[field].unit)
  return value === null ? { value: null, fault } : { value: Number(value), fault: null }
}

/** What stands above a field: what it is for, or how long its seconds are: `= 30 min`. */
export function describeField(field: NumberField, value: number | null): string {
  const { words } = waveNumbers[field]
  return words ?? (value === null ? 'In seconds.' : `= ${secondsWords(value)}`)
}

/** `0 s`, `45 s`, `30 min`. */
export const secondsWords = (seconds: number): string =>
  seconds < 60 ? `${formatInteger(seconds)} s` : formatDuration(seconds * 1_000)

/** The plan with what was typed. Null while a text is not a number; whether the numbers are allowed, the API says. */
export function readPlan(plan: Plan, edited: readonly EditedWave[]): { plan: Plan | null; faults: WaveFaults[] } {
  const read = edited.map(readWave)
  const waves = read.flatMap(({ wave }) => wave ?? [])
  return {
    plan: waves.length === edited.length ? { ...plan, waves } : null,
    faults: read.map(({ faults }) => faults),
  }
}

function readWave({ wave, texts }: EditedWave): { wave: PlannedWave | null; faults: WaveFaults } {
  const faults: WaveFaults = {}
  const number = (field: NumberField): number => {
    const { value, fault } = readNumber(field, texts[field])
    if (fault !== null) faults[field] = fault
    return value ?? 0
  }
  const checkpointPercents = readCheckpoints(texts.checkpoints)
  if (checkpointPercents === null)
    faults.checkpoints = 'Enter whole percentages with commas between them, such as 25, 100.'
  const edited = {
    minHealthyPercent: number('minHealthyPercent'),
    maxHealthyPercent: number('maxHealthyPercent'),
    checkpointPercents: checkpointPercents ?? [],
    checkpointSeconds: number('checkpointSeconds'),
    bakeSeconds: number('bakeSeconds'),
    judge: texts.judge === 'nobody' ? null : readJudge(wave, texts.judge === 'compares', number),
  }
  return { wave: Object.keys(faults).length > 0 ? null : { ...wave, ...edited }, faults }
}

/** What can't be edited here stays as it is in the plan. A wave that nobody judges in the plan gets no judge here. */
function readJudge({ judge }: PlannedWave, compares: boolean, number: (field: NumberField) => number) {
  if (judge === null) return null
  return {
    ...{ ...judge, compares },
    intervalSeconds: number('judge.intervalSeconds'),
    warmUpSeconds: number('judge.warmUpSeconds'),
    passPointsMin: number('judge.passPointsMin'),
  }
}

/** `25, 50, 100` → [25, 50, 100]. Null if it is something else. */
function readCheckpoints(text: string): number[] | null {
  const parts = text.split(/[\s,;%]+/).filter((part) => part !== '')
  return parts.every((part) => /^\d{1,3}$/.test(part)) ? parts.map(Number) : null
}

/** Faults of a plan, a sentence each: of its waves by name, of where its groups are by group, and all others. */
export type PlanFaults = {
  waves: Readonly<Record<string, WaveFaults>>
  groups: Readonly<Record<string, string>>
  others: string[]
}

/** The faults that the API found. */
export function faultsOf({ faults, plan }: Pick<Draft, 'faults' | 'plan'>): PlanFaults {
  const waves: Record<string, WaveFaults> = {}
  const groups: Record<string, string> = {}
  const others: string[] = []
  for (const { path, message } of faults) {
    const [first, index, ...rest] = path
    const wave = first === 'waves' && typeof index === 'number' ? plan.waves[index] : undefined
    const group = rest[0] === 'groups' && typeof rest[1] === 'number' ? wave?.groups[rest[1]] : undefined
    if (!wave) others.push(message)
    else if (group !== undefined) groups[group] ??= message
    else {
      const found = waves[wave.name] ?? {}
      found[fieldOf(rest)] ??= message
      waves[wave.name] = found
    }
  }
  return { waves, groups, others: [...new Set(others)] }
}

function fieldOf(path: readonly (string | number)[]): WaveField | 'other' {
  if (path[0] === 'checkpointPercents') return 'checkpoints'
  const name = path.join('.')
  if (name === 'judge' || name === 'judge.compares') return 'judge'
  return numberFields.find((field) => field === name) ?? 'other'
}

/** The environments in which an image may run, in the order of their names. */
export const environmentsOf = (targets: readonly Target[], image: string): string[] =>
  [...new Set(targets.filter((target) => target.image === image).map(({ environment }) => environment))].sort()

/** How long the whole plan takes, in words. */
export function lengthWords(preview: Draft['preview']): string {
  const seconds = preview.reduce((sum, { secondsAtLeast }) => sum + secondsAtLeast, 0)
  return `It takes at least ${secondsWords(seconds)}.`
}

/** In how many steps a group is replaced. Only the last may be smaller: `3 steps of 2 instances, the last of 1`. */
export function stepWords({
  steps,
  stopsAfter,
}: {
  steps: readonly { replaced: number }[]
  stopsAfter: readonly number[]
}): string {
  const [first, last] = [steps[0]?.replaced ?? 0, steps.at(-1)?.replaced ?? 0]
  const each = steps.length > 1 && first === last ? ' each' : ''
  const rest = first === last ? '' : `, the last of ${formatInteger(last)}`
  const of = `${plural(steps.length, 'step')} of ${plural(first, 'instance')}${each}${rest}`
  if (stopsAfter.length === 0) return `${of}.`
  const stops = either(stopsAfter.map(formatInteger), 'and')
  return `${of}; it waits after ${stops} ${stops === '1' ? 'instance' : 'instances'}.`
}

/** How many instances are replaced and how many stay. */
export function replacedWords(preview: Draft['preview']): string {
  const groups = preview.flatMap((wave) => wave.groups)
  const replaced = groups.reduce((sum, { replaces }) => sum + replaces.length, 0)
  const kept = groups.reduce((sum, { keeps }) => sum + keeps.length, 0)
  const instances = `${replaced} ${replaced === 1 ? 'instance is' : 'instances are'} replaced`
  return kept === 0 ? `${instances}.` : `${instances}, and ${kept} ${kept === 1 ? 'is' : 'are'} not.`
}

/** The instances of a list by zone: `eu-central-1a: i-1, i-2`. */
export function byZone(instances: readonly { id: string; zone: string }[]): { zone: string; ids: string[] }[] {
  const zones = [...new Set(instances.map(({ zone }) => zone))].sort()
  return zones.map((zone) => ({
    zone,
    ids: instances.filter((each) => each.zone === zone).map(({ id }) => id),
  }))
}

type Choosable = { id: string; name: string; version: string; ready: boolean }

/**
 * What the URL chooses of the images that may roll out and of the environments. If there is only one to choose, it is chosen.
 * `refused` is true if the URL names an image that can't be chosen.
 */
export function chosenOf<I extends Choosable>(
  { images, targets }: { images: readonly I[]; targets: readonly Target[] },
  get: (key: string) => string | null,
) {
  const offered = images.filter(({ name, ready }) => ready && targets.some(({ image }) => image === name))
  const wanted = get('image')
  const image =
    offered.find(({ id }) => id === wanted) ?? (wanted === null && offered.length === 1 ? offered[0] : undefined)
  const environments = image ? environmentsOf(targets, image.name) : []
  const environment =
    environments.find((name) => name === get('environment')) ??
    (environments.length === 1 ? environments[0] : undefined)
  return { offered, image, environments, environment: environment ?? null, refused: wanted !== null && !image }
}

import type { EditedWave } from './planForm.ts'

/** Where a group can go: into a wave with this index, or into a new one of its own, which then has this index. */
export type Place = { kind: 'in' | 'new'; index: number }

/** The value of a place in a list to choose from, and back. */
export const placeValue = ({ kind, index }: Place): string => `${kind} ${index}`
export function readPlace(value: string): Place {
  const [kind, index] = value.split(' ')
  return { kind: kind === 'new' ? 'new' : 'in', index: Number(index) }
}

/** The index of the wave that a group is in. -1 if none has it. */
export const waveOf = (waves: readonly EditedWave[], group: string): number =>
  waves.findIndex(({ wave }) => wave.groups.includes(group))

/** All places, for a list to choose from. */
export function placesOf(waves: readonly EditedWave[]) {
  const named = waves.map(({ wave }, i) => `${i + 1}: ${wave.name}`)
  const item = (place: Place, label: string) => ({ value: placeValue(place), label })
  return [
    { group: 'In the wave', items: named.map((label, index) => item({ kind: 'in', index }, label)) },
    {
      group: 'In a new wave of its own',
      items: [
        item({ kind: 'new', index: 0 }, 'before all others'),
        ...named.map((label, i) => item({ kind: 'new', index: i + 1 }, `after ${label}`)),
      ],
    },
  ]
}

/** The waves with a group somewhere else. A new wave goes as the one that the group was in; a group that was alone takes its wave along. */
export function moveGroup(waves: readonly EditedWave[], group: string, { kind, index }: Place): EditedWave[] {
  const from = waveOf(waves, group)
  const source = waves[from]
  if (!source || (kind === 'in' && index === from)) return [...waves]
  const left = withGroups(source, (groups) => groups.filter((each) => each !== group))
  if (kind === 'in') {
    const target = (each: EditedWave) => withGroups(each, (groups) => [...groups, group])
    return lastAlone(waves.map((each, i) => (i === from ? left : i === index ? target(each) : each)))
  }
  const isAlone = left.wave.groups.length === 0
  const own = isAlone ? source : { ...source, wave: { ...source.wave, name: newName(waves, group), groups: [group] } }
  const rest = waves.flatMap((each, i) => (i !== from ? [each] : isAlone ? [] : [left]))
  return lastAlone(rest.toSpliced(index - (isAlone && from < index ? 1 : 0), 0, own))
}

export const removeWave = (waves: readonly EditedWave[], index: number): EditedWave[] =>
  lastAlone(waves.toSpliced(index, 1))

const withGroups = ({ wave, texts }: EditedWave, change: (groups: string[]) => string[]): EditedWave => ({
  wave: { ...wave, groups: change(wave.groups) },
  texts,
})

/** After the last wave no group is left to compare with. */
const lastAlone = (waves: EditedWave[]): EditedWave[] =>
  waves.map(({ wave, texts }, i) =>
    i === waves.length - 1 && texts.judge === 'compares'
      ? { wave, texts: { ...texts, judge: 'limits' } }
      : { wave, texts },
  )

/** A wave's name may have 64 characters, a group's 255. */
const nameCharactersMax = 60

function newName(waves: readonly EditedWave[], group: string): string {
  const name = [...group].slice(0, nameCharactersMax).join('')
  const isTaken = (text: string) => waves.some(({ wave }) => wave.name === text)
  let free = name
  for (let i = 2; isTaken(free); i++) free = `${name} ${i}`
  return free
}

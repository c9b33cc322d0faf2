'use client'

import { NativeSelect } from '@mantine/core'
import { Section } from '../../components/Section.tsx'
import { Words } from '../../components/Words.tsx'
import type { EditedWave, PlanFaults } from './planForm.ts'
import { type Place, placesOf, placeValue, readPlace, waveOf } from './planWaves.ts'
import classes from './Rollout.module.css'
import type { Plan } from './waves.ts'

/** Which wave each group is in. The list keeps its order, so that a person who uses the keyboard stays where they are. */
export function GroupPlaces({
  targets,
  waves,
  faults,
  onMove,
}: {
  targets: Plan['targets']
  waves: readonly EditedWave[]
  faults: PlanFaults['groups']
  onMove: (group: string, place: Place) => void
}) {
  const places = placesOf(waves)
  return (
    <Section title="Groups" sentence="Each group gets the image in its wave, one wave after the other.">
      <div className={classes.numbers}>
        {targets.map(({ group, ring, zones }) => (
          <NativeSelect
            key={group}
            label={
              <>
                Wave of <Words text={group} long="cut" />
              </>
            }
            description={`ring ${ring}, ${zones.join(', ')}`}
            data={places}
            value={placeValue({ kind: 'in', index: waveOf(waves, group) })}
            onChange={(event) => onMove(group, readPlace(event.currentTarget.value))}
            error={faults[group] ?? null}
          />
        ))}
      </div>
    </Section>
  )
}

import { Section } from '../../components/Section.tsx'
import { Words } from '../../components/Words.tsx'
import { byZone, type Draft, lengthWords, replacedWords, secondsWords, stepWords } from './planForm.ts'
import classes from './Rollout.module.css'

type WavePreview = Draft['preview'][number]
type GroupPreview = WavePreview['groups'][number]

/** What the plan will do, wave by wave and instance by instance. */
export function PlanPreview({ preview }: { preview: Draft['preview'] }) {
  if (preview.length === 0) return null
  return (
    <Section title="What this will do" sentence={`${replacedWords(preview)} ${lengthWords(preview)}`}>
      {preview.map((wave) => (
        <div key={wave.wave} className={classes.previewWave}>
          <p className={classes.strong}>
            <Words text={wave.wave} long="cut" />: at least {secondsWords(wave.secondsAtLeast)}
          </p>
          {wave.groups.map((group) => (
            <GroupLines key={group.group} group={group} />
          ))}
        </div>
      ))}
    </Section>
  )
}

function GroupLines({ group: { group, replaces, keeps, steps, stopsAfter, words } }: { group: GroupPreview }) {
  return (
    <div className={classes.group}>
      <p className={classes.groupName}>
        <Words text={group} long="cut" />
      </p>
      {words.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      {steps.length > 0 && <p className={classes.dim}>{stepWords({ steps, stopsAfter })}</p>}
      {byZone(replaces).map(({ zone, ids }) => (
        <p key={zone}>
          {zone}: replaces{' '}
          {ids.map((id) => (
            <span key={id} className={classes.id}>
              {id}
            </span>
          ))}
        </p>
      ))}
      {keeps.map(({ id, zone, why }) => (
        <p key={id} className={classes.dim}>
          {zone}: keeps <span className={classes.id}>{id}</span> {why}
        </p>
      ))}
    </div>
  )
}

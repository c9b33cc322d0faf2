'use client'

import { Id } from '../../components/Id.tsx'
import { Section } from '../../components/Section.tsx'
import { Status } from '../../components/Status.tsx'
import { Term } from '../../components/Term.tsx'
import { Time } from '../../components/Time.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { serverNow, useNow } from '../../lib/now.ts'
import classes from './Rollout.module.css'
import { isOver, observation, type Rollout } from './rollouts.ts'
import {
  type Group,
  groupSentence,
  instanceState,
  type PlannedWave,
  readyRatio,
  readyWords,
  type WaveView,
  waveRules,
  waveState,
  zonesOf,
} from './waves.ts'

/** The waves of a rollout in their order, each with its instances as Auto Scaling described them last. */
export function Waves({ rollout }: { rollout: Rollout }) {
  const { waves, groups, plan, wave: current } = rollout
  return (
    <Section
      title="Waves"
      sentence={
        <>
          <Observed rollout={rollout} />{' '}
          {rollout.observedAt !== null && (
            <>
              Instances run the <Term name="candidate" /> or the version before.
            </>
          )}
        </>
      }
    >
      {rollout.unread.map((sentence) => (
        <p key={sentence} className={classes.unread}>
          <Status kind="warning">
            <Words text={sentence} />
          </Status>
        </p>
      ))}
      <ol className={classes.waves} aria-label="Waves">
        {waves.map((wave, i) => (
          <li
            key={wave.name}
            className={classes.wave}
            aria-current={current?.index === i && !isOver(rollout) ? 'step' : undefined}
          >
            <Wave
              wave={wave}
              isRolloutOver={isOver(rollout)}
              planned={plan.waves[i]}
              groups={wave.groups.map((name) => ({ name, seen: groups.find(({ group }) => group === name) }))}
            />
          </li>
        ))}
      </ol>
    </Section>
  )
}

/** How old what is shown of AWS is. */
function Observed({ rollout }: { rollout: Rollout }) {
  const now = useNow(5_000) || serverNow()
  const { observedAt } = rollout
  if (observedAt === null) return 'The instances are not known yet: Auto Scaling was not read for this rollout.'
  switch (observation(rollout, now)) {
    case 'old':
      return (
        <Status kind="warning">
          AWS has not answered since <Time at={observedAt} exact />. The instances are shown as they were then,{' '}
          <Time at={observedAt} />.
        </Status>
      )
    case 'then':
      return (
        <>
          The instances as they were when the rollout ended: Auto Scaling was read <Time at={observedAt} />.
        </>
      )
    default:
      return (
        <>
          Auto Scaling was read <Time at={observedAt} />.
        </>
      )
  }
}

function Wave({
  wave,
  isRolloutOver,
  planned,
  groups,
}: {
  wave: WaveView
  isRolloutOver: boolean
  planned: PlannedWave | undefined
  groups: { name: string; seen: Group | undefined }[]
}) {
  const { kind, words } = waveState(wave, isRolloutOver)
  return (
    <>
      <div className={classes.waveHead}>
        <h3 className={classes.waveName}>
          <Words text={wave.name} long="cut" />
        </h3>
        <Status kind={kind}>{words}</Status>
      </div>
      <div className={classes.bar} aria-hidden="true">
        <span style={{ width: `${readyRatio(wave) * 100}%` }} />
      </div>
      <p className={classes.text}>
        {readyWords(wave)}
        {wave.state === 'baking' && wave.bakeEndsAt !== null && (
          <>
            ; it <Term name="bake">bakes</Term> until <Time at={wave.bakeEndsAt} exact />
          </>
        )}
      </p>
      {groups.map(({ name, seen }) => (
        <div key={name} className={classes.group}>
          <h4 className={classes.groupName}>
            <Words text={name} long="cut" />
          </h4>
          {seen ? (
            <Instances group={seen} isAlone={groups.length === 1} />
          ) : (
            <p className={text.quiet}>Auto Scaling did not describe it yet.</p>
          )}
        </div>
      ))}
      {planned && (
        <ul className={classes.rules} aria-label={`How ${wave.name} goes`}>
          {waveRules(planned).map((rule) => (
            <li key={rule}>{rule}</li>
          ))}
        </ul>
      )}
    </>
  )
}

/** @param isAlone if it is the only group of its wave, the wave says how far it is */
function Instances({ group, isAlone }: { group: Group; isAlone: boolean }) {
  return (
    <>
      <p className={text.quiet}>
        {group.region}, ring {group.ring}
        {!isAlone && `: ${groupSentence(group)}`}
      </p>
      {zonesOf(group).map(({ zone, instances }) => (
        <div key={zone}>
          <p className={classes.zone}>{zone}</p>
          {instances.length === 0 ? (
            <p className={text.quiet}>no instance</p>
          ) : (
            <ul className={classes.instances} aria-label={`Instances of ${group.group} in ${zone}`}>
              {instances.map((instance) => {
                const { kind, words } = instanceState(instance)
                return (
                  <li key={instance.id}>
                    <Id value={instance.id} keep={12} label="instance" />
                    <Status kind={kind}>{words}</Status>
                  </li>
                )
              })}
            </ul>
          )}
        </div>
      ))}
    </>
  )
}

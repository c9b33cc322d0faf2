import { Link } from '../../components/Link.tsx'
import { Words } from '../../components/Words.tsx'
import { imageWords, rolloutHref } from '../rollout/rollouts.ts'
import classes from './Approvals.module.css'
import type { ChangeRequestDetail } from './request.ts'

/** The rollout that is asked for: which image replaces what, wave by wave. Its page has the plan and the instances. */
export function RolloutImpact({
  rollout: { number, image, environment, waves, sha256 },
  isPending,
}: {
  rollout: NonNullable<ChangeRequestDetail['rollout']>
  isPending: boolean
}) {
  return (
    <section>
      <h3 className={classes.heading}>{isPending ? 'What it would replace' : 'What was asked for'}</h3>
      <dl className={classes.facts}>
        <div>
          <dt>Image</dt>
          <dd>
            <Link href={`/images/${image.id}`}>{imageWords(image)}</Link>
          </dd>
        </div>
        <div>
          <dt>Environment</dt>
          <dd>
            <Words text={environment} />
          </dd>
        </div>
        {waves.map(({ name, groups }, i) => (
          <div key={name}>
            <dt>
              Wave {i + 1}: <Words text={name} long="cut" />
            </dt>
            <dd>
              <Words text={groups.join(', ')} />
            </dd>
          </div>
        ))}
      </dl>
      <p className={classes.dim}>
        Exactly this plan is approved: a changed one is another request. SHA-256 of the request: <Words text={sha256} />
      </p>
      <Link href={rolloutHref(number)}>Rollout {number}: its plan, its instances and what the judge compares</Link>
    </section>
  )
}

import { Facts } from '../../components/Facts.tsx'
import { Id } from '../../components/Id.tsx'
import { LimitChanges } from '../../components/LimitChanges.tsx'
import { Link } from '../../components/Link.tsx'
import { Words } from '../../components/Words.tsx'
import { formatBytes, formatDuration, plural } from '../../lib/format.ts'
import { Propagation, VersionPropagation } from '../policy/Propagation.tsx'
import { RollBack } from '../rollback/RollBack.tsx'
import { CauseSentence } from './CauseSentence.tsx'
import { VersionContent } from './VersionContent.tsx'
import classes from './VersionDetail.module.css'
import type { PolicyVersion } from './versions.ts'

/** An unfolded version: its steps, the time at each gateway, its causes with the limits before and after, its size and its hash. */
export function VersionDetail({ version }: { version: PolicyVersion }) {
  return (
    <div className={classes.detail}>
      <VersionPropagation version={version.version}>
        {(propagation) => (
          <>
            <Propagation propagation={propagation} />
            <Facts
              facts={propagation.gateways.map(({ gatewayId, ring, enforcedMs }) => ({
                key: gatewayId,
                label: (
                  <>
                    <Link href={`/gateways/${gatewayId}`} className={classes.link}>
                      {gatewayId}
                    </Link>{' '}
                    ({ring})
                  </>
                ),
                value: enforcedMs === null ? 'not yet' : `after ${formatDuration(enforcedMs)}`,
              }))}
            />
          </>
        )}
      </VersionPropagation>
      {version.causes.length > 0 && (
        <ul className={classes.causes}>
          {version.causes.map((cause) => (
            <li key={`${cause.kind} ${cause.tenantId} ${cause.revision} ${cause.reason}`}>
              <CauseSentence cause={cause} />
              {cause.reason && (
                <span className={classes.reason}>
                  <Words text={cause.reason} quoted />
                </span>
              )}
              {cause.changes && <LimitChanges changes={cause.changes} />}
            </li>
          ))}
          {version.moreCauses > 0 && <li>and {plural(version.moreCauses, 'more change')}</li>}
        </ul>
      )}
      <p className={classes.facts}>
        {plural(version.tenants, 'tenant')} in {formatBytes(version.bytes)}, SHA-256{' '}
        <Id value={version.sha256} keep={12} label="SHA-256" />
      </p>
      <VersionContent version={version} />
      <RollBack version={version.version} />
    </div>
  )
}

import { LimitChanges } from '../../components/LimitChanges.tsx'
import { Status } from '../../components/Status.tsx'
import { Term } from '../../components/Term.tsx'
import { Time } from '../../components/Time.tsx'
import { formatInteger, plural } from '../../lib/format.ts'
import { outsideSentence, type Preview, staysSentences } from './preview.ts'
import classes from './RollBack.module.css'

/** What a rollback would change, tenant by tenant, and what it would not bring back. */
export function PreviewView({ preview }: { preview: Preview }) {
  const { version, createdAt, changed } = preview
  if (changed.total === 0) {
    return <p className={classes.text}>Every tenant already has the limits of v{version}. Nothing would change.</p>
  }
  return (
    <>
      <p className={classes.text}>
        Every tenant gets back the limits that it had in v{version}, compiled <Time at={createdAt} />. They become a new{' '}
        <Term name="policy version" />, which reaches the gateways ring by ring.
      </p>
      <section aria-label="What changes">
        <h3 className={classes.title}>The limits of {plural(changed.total, 'tenant')} change</h3>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls needs the keyboard's focus */}
        <ul className={classes.tenants} tabIndex={0} aria-label="Changes by tenant">
          {changed.items.map((of) => {
            const outside = outsideSentence(of)
            return (
              <li key={of.tenantId}>
                <strong>{of.tenantId}</strong>
                <LimitChanges changes={of.changes} />
                {outside && <Status kind="warning">{outside}</Status>}
              </li>
            )
          })}
          {changed.total > changed.items.length && (
            <li>and {formatInteger(changed.total - changed.items.length)} more tenants</li>
          )}
        </ul>
      </section>
      <section aria-label="What stays as it is">
        <h3 className={classes.title}>What stays as it is now</h3>
        <ul className={classes.stays}>
          <li>Tokens, certificates and roles: what was revoked or removed stays so.</li>
          <li>Envelopes, and which tenants are suspended.</li>
          <li>
            A <Term name="boost" /> that was running in v{version} does not come back. Its limit gets the value from
            before it.
          </li>
          {staysSentences(preview).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </section>
    </>
  )
}

import { Link } from '../../components/Link.tsx'
import { Words } from '../../components/Words.tsx'
import classes from './PolicyVersions.module.css'
import { causeText, type PolicyVersion } from './versions.ts'

/** Who caused a version and with what, and who approved it: *Ada changed acme’s quota, approved by Pat*. */
export function CauseSentence({ cause }: { cause: PolicyVersion['causes'][number] }) {
  const { before, tenantId, after, href } = causeText(cause)
  return (
    <>
      <Words text={cause.by.name} /> {before}{' '}
      <Link href={href} className={classes.tenant}>
        {tenantId}
      </Link>
      {after}
      {cause.approvedBy && (
        <>
          , approved by <Words text={cause.approvedBy.name} />
        </>
      )}
    </>
  )
}

import { Alert } from '@mantine/core'
import { IconGitMerge } from '../../components/icons.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import classes from './Notifications.module.css'
import { type Receiver, type RoutesVersion, routeSentence } from './notifications.ts'

/** Somebody else set the routes meanwhile: shows theirs, so that the person decides with both in view. */
export function RoutesConflict({
  version,
  receivers,
  again,
}: {
  version: RoutesVersion
  receivers: readonly Receiver[]
  /** The label of the button that makes the change in their version. */
  again: string
}) {
  return (
    <Alert color="yellow" role="alert" icon={<IconGitMerge size={18} />} title="Someone else changed the routes">
      <p className={text.text}>
        Your change was not made. <Words text={version.by?.name ?? 'Somebody'} /> set version {version.version}
        {version.reason && (
          <>
            {': '}
            <Words text={version.reason} quoted />
          </>
        )}
        . The routes are now:
      </p>
      <ul className={classes.tried}>
        {version.routes.map((route) => (
          <li key={route.name}>
            <Words text={`${route.name} · ${routeSentence(route, receivers)}`} />
          </li>
        ))}
      </ul>
      <p className={text.text}>“{again}” makes your change in this version. Close to keep it as it is.</p>
    </Alert>
  )
}

import { Copyable } from './Copyable.tsx'
import { Status } from './Status.tsx'
import classes from './text.module.css'

/** A new token, which only this answer has. */
export function SecretOnce({ token }: { token: string }) {
  return (
    <>
      <p className={classes.text} role="alert">
        <Status kind="warning">
          Copy the token now. Only its hash is kept, so it is never shown again. Treat it like a password.
        </Status>
      </p>
      <Copyable label="Token" text={token} />
    </>
  )
}

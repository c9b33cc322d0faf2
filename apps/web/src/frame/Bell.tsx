'use client'

import { ActionIcon } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { IconBell } from '../components/icons.tsx'
import { Link } from '../components/Link.tsx'
import { Panel } from '../components/Panel.tsx'
import { Time } from '../components/Time.tsx'
import { Words } from '../components/Words.tsx'
import { useTRPC } from '../lib/trpc/client.ts'
import classes from './Bell.module.css'

/** A new notice is shown at once by `FollowChanges`. */
const askEveryMs = 60_000

/** What happened that this person should know. Opening it marks all as seen. */
export function Bell() {
  const trpc = useTRPC()
  const client = useQueryClient()
  const { data, error } = useQuery(trpc.notice.list.queryOptions(undefined, { refetchInterval: askEveryMs }))
  const seen = useMutation(
    trpc.notice.seen.mutationOptions({
      onSuccess: () => client.invalidateQueries({ queryKey: trpc.notice.list.queryKey() }),
    }),
  )
  const items = data?.items ?? []
  const newCount = data?.newCount ?? 0
  const newest = items[0]
  const markSeen = () => {
    if (newest && newCount > 0) seen.mutate({ throughId: newest.id })
  }
  return (
    <Panel
      label="Notices"
      width={340}
      align="end"
      trigger={({ onClick, ...props }) => (
        <ActionIcon
          variant="subtle"
          color="gray"
          size={30}
          className={classes.bell}
          aria-label={newCount > 0 ? `Notices, ${newCount} new` : 'Notices'}
          onClick={() => {
            onClick()
            markSeen()
          }}
          {...props}
        >
          <IconBell size={17} />
          {newCount > 0 && (
            <span className={classes.count} aria-hidden="true">
              {newCount}
            </span>
          )}
        </ActionIcon>
      )}
    >
      {(close) =>
        items.length > 0 ? (
          <ul className={classes.list} aria-label="Notices">
            {items.map(({ id, title, text, path, createdAt }) => (
              <li key={id}>
                <Link href={path} onClick={close}>
                  <Words text={title} />
                </Link>
                <div className={classes.text}>
                  <Words text={text} />
                </div>
                <div className={classes.text}>
                  <Time at={createdAt} />
                </div>
              </li>
            ))}
          </ul>
        ) : (
          <p className={classes.text}>{error ? 'The notices can’t be read now.' : 'There are no notices.'}</p>
        )
      }
    </Panel>
  )
}

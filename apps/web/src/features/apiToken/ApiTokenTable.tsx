'use client'

import { Button, VisuallyHidden } from '@mantine/core'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import classes from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { serverNow, useNow } from '../../lib/now.ts'
import { either } from '../../lib/words.ts'
import { type ApiToken, scopeText, tokenState } from './apiTokens.ts'

/** Tokens, without the tokens themselves. @param onRevoke null if none of them can be revoked here. */
export function TokenTable({
  label,
  tokens,
  onRevoke,
  urlPrefix = '',
}: {
  label: string
  tokens: readonly ApiToken[]
  onRevoke: ((token: ApiToken) => void) | null
  urlPrefix?: string
}) {
  const now = useNow(10_000)
  const columns: Column<ApiToken>[] = [
    {
      key: 'name',
      title: 'Name',
      cell: ({ name }) => (
        <span className={classes.name}>
          <Words text={name} />
        </span>
      ),
      sort: ({ name }) => name,
    },
    {
      key: 'state',
      title: 'State',
      cell: (token) => {
        const { kind, text } = tokenState(token, now || serverNow())
        return <Status kind={kind}>{text}</Status>
      },
    },
    { key: 'scopes', title: 'May', cell: ({ scopes }) => either(scopes.map(scopeText), 'and') },
    {
      key: 'createdAt',
      title: 'Created',
      cell: ({ createdAt, by }) => (
        <>
          <Time at={createdAt} />{' '}
          <span className={classes.dimmed}>
            by <Words text={by.name} />
          </span>
        </>
      ),
      sort: ({ createdAt }) => createdAt,
    },
    {
      key: 'lastUsedAt',
      title: 'Last used',
      cell: ({ lastUsedAt }) => (lastUsedAt ? <Time at={lastUsedAt} /> : 'not used yet'),
    },
    {
      key: 'ends',
      title: 'Ends',
      cell: ({ revoked, expiresAt }) =>
        revoked ? (
          <>
            revoked <Time at={revoked.at} />{' '}
            <span className={classes.dimmed}>
              by <Words text={revoked.by.name} />
            </span>
          </>
        ) : (
          <>
            {Date.parse(expiresAt) <= (now || serverNow()) ? 'expired' : 'expires'} <Time at={expiresAt} />
          </>
        ),
      sort: ({ expiresAt }) => expiresAt,
    },
    ...(onRevoke
      ? [
          {
            key: 'revoke',
            title: <VisuallyHidden>Revoke</VisuallyHidden>,
            label: '',
            cell: (token: ApiToken) => (
              <Button
                size="compact-xs"
                variant="default"
                aria-label={`Revoke ${token.name}`}
                onClick={() => onRevoke(token)}
              >
                Revoke…
              </Button>
            ),
          },
        ]
      : []),
  ]
  return (
    <DataTable
      label={label}
      columns={columns}
      rows={tokens}
      rowKey={({ id }) => id}
      findBy={({ name }) => name}
      defaultSort="-createdAt"
      urlPrefix={urlPrefix}
    />
  )
}

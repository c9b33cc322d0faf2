'use client'

import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ErrorState } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Term } from '../../components/Term.tsx'
import { Time } from '../../components/Time.tsx'
import { formatInteger } from '../../lib/format.ts'
import { type Outputs, useTRPC, useTRPCClient } from '../../lib/trpc/client.ts'
import classes from './Audit.module.css'

/** The chain's state in one line: *verified up to #12,345, 2 min ago*. A button verifies it again. */
export function ChainLine() {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const input = { now: false }
  const chain = useQuery(
    trpc.audit.verify.queryOptions(input, { refetchInterval: 30_000, trpc: { context: { alone: true } } }),
  )
  const verify = useMutation({
    mutationFn: () => client.audit.verify.query({ now: true }, { context: { alone: true } }),
    onSuccess: (view) => queryClient.setQueryData(trpc.audit.verify.queryKey(input), view),
  })
  const error = verify.error ?? (chain.data ? null : chain.error)
  return (
    <div className={classes.chain}>
      <span role="status">
        {chain.data === undefined ? (
          !error && <Status kind="quiet">verifying the chain</Status>
        ) : chain.data.intact ? (
          <Status kind="good">
            <Term name="chain">Chain</Term> verified up to #{formatInteger(chain.data.verifiedUpTo)},{' '}
            <Time at={chain.data.verifiedAt} />
            <Checkpoints held={chain.data.checkpoints} />
          </Status>
        ) : (
          <Status kind="bad">
            <Term name="chain">Chain</Term> broken
            {chain.data.broken && ` at #${formatInteger(chain.data.broken.seq)}: ${chain.data.broken.what}`}, verified
            up to #{formatInteger(chain.data.verifiedUpTo)}, <Time at={chain.data.verifiedAt} />
          </Status>
        )}
      </span>
      <Button size="compact-xs" variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
        Verify the chain now
      </Button>
      {error && <ErrorState error={error} what="Could not verify the chain" />}
    </div>
  )
}

/** Whether the checkpoints, which are stored outside the database, agree with the chain. */
function Checkpoints({ held }: { held: Outputs['audit']['verify']['checkpoints'] }) {
  const term = (words: string) => <Term name="checkpoint">{words}</Term>
  if (!held) return <>; not compared with its {term('checkpoints')}: their S3 bucket can’t be read now</>
  if (!held.newest) return <>; no {term('checkpoint')} yet: one is written every 5 min</>
  return (
    <>
      ; {formatInteger(held.agree)} {term(held.agree === 1 ? 'checkpoint' : 'checkpoints')}{' '}
      {held.agree === 1 ? 'agrees' : 'agree'}, the newest at #{formatInteger(held.newest.seq)},{' '}
      <Time at={held.newest.storedAt} />
    </>
  )
}

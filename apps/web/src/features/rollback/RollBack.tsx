'use client'

import { Button } from '@mantine/core'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { IconArrowBackUp } from '../../components/icons.tsx'
import { Locked } from '../../components/Locked.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import { useCan } from '../../lib/me.tsx'
import type { Because } from './RollBackDialog.tsx'

// The dialog loads its code when it is first opened.
const RollBackDialog = dynamic(() => import('./RollBackDialog.tsx').then((m) => m.RollBackDialog), { ssr: false })

/** Opens the dialog that rolls the whole fleet back to a policy version. */
export function RollBack({ version, because = null }: { version: number; because?: Because | null }) {
  const [open, setOpen] = useState(false)
  if (!useCan('policy:roll-back')) {
    return (
      <Locked>
        To roll the fleet back to v{version} you need the role platform admin.
        <RoleHolders permission="policy:roll-back" />
      </Locked>
    )
  }
  return (
    <div>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconArrowBackUp size={15} />}
        onClick={() => setOpen(true)}
      >
        Roll the fleet back to v{version}…
      </Button>
      {open && <RollBackDialog version={version} because={because} onClose={() => setOpen(false)} />}
    </div>
  )
}

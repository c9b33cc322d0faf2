'use client'

import { Drawer } from '@mantine/core'
import type { Outputs } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { EditForm } from './EditForm.tsx'
import classes from './EditQuota.module.css'
import { editorClosed, readEditState } from './editLink.ts'
import type { UsageNow } from './usage.ts'

/** The drawer that edits a tenant's limits. The URL says what is edited. Escape closes it and keeps the draft. */
export function EditQuota({ quota, usage }: { quota: Outputs['quota']['current']; usage: UsageNow | undefined }) {
  const { get, set } = useUrlParams()
  const edit = readEditState(get)
  const close = () => set(editorClosed)
  return (
    <Drawer
      opened={edit !== null}
      onClose={close}
      onExitTransitionEnd={focusPage}
      position="right"
      size={480}
      // The chart beside the form stays readable: a person looks at it while editing.
      overlayProps={{ backgroundOpacity: 0.15 }}
      title={`Edit quota of ${quota.tenant.id}`}
      closeButtonProps={{ 'aria-label': 'Close, keep what was entered' }}
      classNames={{ title: classes.title }}
    >
      {edit && (
        <EditForm
          key={`${quota.tenant.id} ${edit.limits[0]} ${edit.revertOf}`}
          quota={quota}
          usage={usage}
          edit={edit}
          onAddLimit={(limit) => set({ edit: [...edit.limits, limit].join(',') }, { replace: true })}
          onClose={close}
          onDone={(result) =>
            set({
              ...editorClosed,
              follow: result.outcome === 'applied' ? String(result.revision) : null,
              asked: result.outcome === 'requested' ? result.changeRequestId : null,
            })
          }
        />
      )}
    </Drawer>
  )
}

/**
 * If a link or the search opened the drawer, no button gets the focus back: so the next Tab starts in the page's
 * content.
 */
function focusPage() {
  if (document.activeElement === document.body) document.getElementById('content')?.focus({ preventScroll: true })
}

'use client'

import { Button } from '@mantine/core'
import { type LimitName, limitDefinitions } from '@tickwatch/policy'
import { IconPlus } from '../../components/icons.tsx'
import { Panel } from '../../components/Panel.tsx'
import { limitGroups } from '../../lib/limitGroups.ts'
import classes from './EditQuota.module.css'

/** Adds another limit to the same change: a rate and its burst often change together. */
export function AnotherLimit({ edited, onAdd }: { edited: readonly LimitName[]; onAdd: (limit: LimitName) => void }) {
  const groups = limitGroups
    .map(({ title, limits }) => ({ title, limits: limits.filter((limit) => !edited.includes(limit)) }))
    .filter(({ limits }) => limits.length > 0)
  if (groups.length === 0) return null
  return (
    <div>
      <Panel
        label="Change another limit"
        width={240}
        trigger={(props) => (
          <Button size="compact-xs" variant="subtle" leftSection={<IconPlus size={14} />} {...props}>
            Change another limit with it
          </Button>
        )}
      >
        {(close) =>
          groups.map(({ title, limits }) => (
            <div key={title}>
              <p className={classes.groupTitle}>{title}</p>
              {limits.map((limit) => (
                <Button
                  key={limit}
                  variant="subtle"
                  color="gray"
                  size="compact-sm"
                  fullWidth
                  justify="flex-start"
                  onClick={() => {
                    close()
                    onAdd(limit)
                  }}
                >
                  {limitDefinitions[limit].title}
                </Button>
              ))}
            </div>
          ))
        }
      </Panel>
    </div>
  )
}

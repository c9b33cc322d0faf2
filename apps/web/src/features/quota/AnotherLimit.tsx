'use client'

import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { type LimitName, limitDefinitions, limitNames } from '@tickwatch/policy'
import { Panel } from '../../components/Panel.tsx'

/** Takes one more limit into the same change: a rate and its burst often move together. */
export function AnotherLimit({ edited, onAdd }: { edited: readonly LimitName[]; onAdd: (limit: LimitName) => void }) {
  const others = limitNames.filter((limit) => !edited.includes(limit))
  if (others.length === 0) return null
  return (
    <div>
      <Panel
        label="Change another limit"
        width={240}
        trigger={(props) => (
          <Button size="compact-xs" variant="subtle" leftSection={<IconPlus size={14} aria-hidden />} {...props}>
            Change another limit with it
          </Button>
        )}
      >
        {(close) =>
          others.map((limit) => (
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
          ))
        }
      </Panel>
    </div>
  )
}

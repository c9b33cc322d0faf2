'use client'

import { useLocalStorage } from '@mantine/hooks'
import { useSyncExternalStore } from 'react'
import type { Zone } from './format.ts'

const never = () => () => {}

/**
 * The time zone for exact times, kept in this browser. The switch is in the account menu. While hydrating it is UTC, as
 * on the server, which does not know the person's zone.
 */
export function useZone(): [Zone, (zone: Zone) => void] {
  const [zone, setZone] = useLocalStorage<Zone>({ key: 'tickwatch-zone', defaultValue: 'local' })
  const hydrated = useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
  return [hydrated ? zone : 'UTC', setZone]
}

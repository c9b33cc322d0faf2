'use client'

import { useLocalStorage } from '@mantine/hooks'
import { useSyncExternalStore } from 'react'
import type { Zone } from './format.ts'

const never = () => () => {}

/**
 * The zone in which exact times are written, kept in this browser; the switch is in the person's menu. While hydrating it
 * is UTC, as on the server, which knows no one's zone.
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

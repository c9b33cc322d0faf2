'use client'

import { useLocalStorage } from '@mantine/hooks'
import type { Zone } from './format.ts'

/** The zone in which exact times are written, kept in this browser; the switch is in the person's menu. */
export function useZone(): [Zone, (zone: Zone) => void] {
  const [zone, setZone] = useLocalStorage<Zone>({ key: 'tickwatch-zone', defaultValue: 'local' })
  return [zone, setZone]
}

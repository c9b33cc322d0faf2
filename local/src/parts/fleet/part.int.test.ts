import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { FleetState } from '../../fleet/fleetState.ts'
import type { FleetInstance, Refresh } from '../../fleet/model.ts'
import { fleetOf } from '../../fleet/testing/states.ts'
import { isFleetComplete } from './part.ts'
import { writeFleetState } from './stateFile.ts'

const instance = (changes: Partial<FleetInstance> = {}): FleetInstance => ({
  ...{ id: 'i-1', zone: 'a', templateVersion: '1', isReady: true, isProtected: false, launchedMs: 0 },
  lifecycle: 'InService',
  ...changes,
})
const refresh = (status: Refresh['status']) => ({ status }) as Refresh
const starting = instance({ lifecycle: 'Pending', isReady: false })

it.each<[string, boolean, FleetState | null]>([
  ['is not complete before its first start', false, null],
  ['is not complete before anything is launched', false, fleetOf({ canary: 1, rest: 1 })],
  ['is complete if all instances are in service', true, fleetOf({ canary: 1, rest: 1 }, { instances: [instance()] })],
  ['is not complete if one starts', false, fleetOf({ canary: 2 }, { instances: [instance(), starting] })],
  ['is not complete if one is not ready', false, fleetOf({ canary: 1 }, { instances: [instance({ isReady: false })] })],
  [
    'does not wait for the instances of a rollout under way, which may never get ready',
    true,
    fleetOf({ canary: 1 }, { instances: [starting], refreshes: [refresh('InProgress')] }),
  ],
  [
    'waits for those of one that is over',
    false,
    fleetOf({ canary: 1 }, { instances: [starting], refreshes: [refresh('Successful')] }),
  ],
])('a fleet %s', (_case, isComplete, state) => {
  const dir = mkdtempSync(join(tmpdir(), 'tickwatch-fleet-part-'))
  if (state) writeFleetState(dir, state)
  expect(isFleetComplete(dir)).toBe(isComplete)
  rmSync(dir, { recursive: true })
})

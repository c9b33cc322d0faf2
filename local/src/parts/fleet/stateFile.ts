import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FleetState } from '../../fleet/fleetState.ts'
import { writeJson } from '../../process/writeJson.ts'

const fileOf = (stateDir: string) => join(stateDir, 'fleet', 'state.json')

/** What the fleet of this platform stored. Null before its first start. */
export const readFleetState = (stateDir: string): FleetState | null =>
  existsSync(fileOf(stateDir)) ? (JSON.parse(readFileSync(fileOf(stateDir), 'utf8')) as FleetState) : null

export const writeFleetState = (stateDir: string, state: FleetState): void => writeJson(fileOf(stateDir), state)

/** Apart from the other adapters, so that a gateway does not load the client of EC2. */
export { type AlarmState, type Alarms, createAlarms } from './alarms.ts'
export { createRolloutGroups, type ReadGroups, type RolloutGroups } from './rolloutGroups.ts'

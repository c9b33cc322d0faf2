import { paginateDescribeInstanceRefreshes } from '@aws-sdk/client-auto-scaling'
import { expect } from 'vitest'
import { until } from '../../process/until.ts'
import type { Calls, Case, Preferences } from './calls.ts'

const newVersion = (calls: Calls, what: string) => calls.newVersion(`contract-${what}-${Date.now()}`)
const versions = async (calls: Calls) => [...(await calls.serving()).values()].sort()

/** Starts a refresh that brings a new version to one of the two instances and then waits at its checkpoint. */
async function atCheckpoint(calls: Calls, what: string) {
  const before = await calls.version()
  const other = await newVersion(calls, what)
  const id = await calls.start(other, { CheckpointPercentages: [50, 100], CheckpointDelay: 7_200, AutoRollback: true })
  await calls.comesTo(id, { Status: 'InProgress', PercentageComplete: 50, InstancesToUpdate: 1 })
  return { before, other, id }
}

/** Refreshes, and what they leave. */
export const refreshCases: readonly Case[] = [
  {
    name: 'a refresh to the version that all have replaces none, if matching ones are skipped',
    async show(calls) {
      const before = await calls.serving()
      await calls.comesTo(await calls.start(await calls.version(), { SkipMatching: true }), { Status: 'Successful' })
      expect(await calls.serving()).toEqual(before)
    },
  },
  {
    name: 'a refresh that waits at a checkpoint keeps another from starting until it is cancelled, and leaves what it replaced, which the next skips',
    async show(calls) {
      const { before, other, id } = await atCheckpoint(calls, 'checkpoint')
      await expect(calls.start(other)).rejects.toMatchObject({ name: 'InstanceRefreshInProgressFault' })
      expect(await calls.cancel()).toBe(id)
      await calls.comesTo(id, { Status: 'Cancelled' })
      const cancelled = await calls.refresh(id)
      expect(cancelled).toMatchObject({ PercentageComplete: 50, InstancesToUpdate: 1, EndTime: expect.any(Date) })
      expect(await calls.version()).toBe(before)
      await calls.settle()
      expect(await versions(calls)).toEqual([before, other].sort())
      const replaced = [...(await calls.serving())].find(([, version]) => version === other)?.[0]
      await calls.comesTo(await calls.start(other, { SkipMatching: true }), { Status: 'Successful' })
      await calls.settle()
      expect([...(await calls.serving()).keys()]).toContain(replaced)
      expect(await versions(calls)).toEqual([other, other])
      expect(await calls.version()).toBe(other)
    },
  },
  {
    name: 'a refresh without a desired configuration can’t be rolled back, and ends if it is cancelled without waiting',
    async show(calls) {
      const id = await calls.start(null, { SkipMatching: true, BakeTime: 3_600 })
      await expect(calls.rollBack()).rejects.toMatchObject({ name: 'IrreversibleInstanceRefreshFault' })
      await calls.cancel(false)
      await calls.comesTo(id, { Status: 'Cancelled' })
      expect((await calls.refresh(id))?.DesiredConfiguration).toBeUndefined()
    },
  },
  {
    name: 'a refresh that bakes is rolled back: instances and group have the version before',
    async show(calls) {
      const before = await calls.version()
      const id = await calls.start(await newVersion(calls, 'back'), { BakeTime: 7_200 })
      await calls.comesTo(id, { Status: 'Baking' })
      expect(await calls.version()).toBe(before)
      expect(await calls.rollBack()).toBe(id)
      await calls.comesTo(id, { Status: 'RollbackSuccessful' })
      expect(await calls.refresh(id)).toMatchObject({
        PercentageComplete: 0,
        InstancesToUpdate: 0,
        RollbackDetails: { PercentageCompleteOnRollback: 100, InstancesToUpdateOnRollback: 0 },
      })
      await calls.settle()
      expect(await calls.version()).toBe(before)
      expect(await versions(calls)).toEqual([before, before])
    },
  },
  {
    name: 'a rollback says how far the refresh was, and can be cancelled too',
    async show(calls) {
      const { before, id } = await atCheckpoint(calls, 'cancelled')
      await calls.at.whileNothingGetsReady(async () => {
        expect(await calls.rollBack()).toBe(id)
        expect(await calls.refresh(id)).toMatchObject({
          Status: 'RollbackInProgress',
          InstancesToUpdate: 1,
          RollbackDetails: {
            RollbackReason: expect.any(String),
            RollbackStartTime: expect.any(Date),
            PercentageCompleteOnRollback: 50,
            InstancesToUpdateOnRollback: 1,
          },
        })
        expect(await calls.cancel()).toBe(id)
      })
      await calls.comesTo(id, { Status: 'Cancelled' })
      expect(await calls.version()).toBe(before)
      // Back, because a cancelled rollback leaves what it had not replaced yet.
      await calls.comesTo(await calls.start(before, { SkipMatching: true }), { Status: 'Successful' })
      await calls.settle()
      expect(await versions(calls)).toEqual([before, before])
    },
  },
  {
    name: 'an image that never gets ready leaves the others in service, and is rolled back',
    notAt: { AWS: 'every instance of a public image gets ready for EC2’s health check' },
    async show(calls) {
      const before = await calls.version()
      const id = await calls.at.whileNothingGetsReady(async () => {
        const started = await calls.start(await newVersion(calls, 'bad'))
        await calls.comesTo(started, { Status: 'InProgress', PercentageComplete: 0 })
        await until('it says what it waits for', async () =>
          /ready/.test((await calls.refresh(started))?.StatusReason ?? ''),
        )
        expect((await versions(calls))[0]).toBe(before)
        return started
      })
      await calls.rollBack()
      await calls.comesTo(id, { Status: 'RollbackSuccessful' })
      await calls.settle()
      expect(await versions(calls)).toEqual([before, before])
    },
  },
  {
    name: 'an alarm that fires while it bakes rolls it back, and keeps another from starting until it is OK',
    async show(calls) {
      const { alarm } = calls.at
      const before = await calls.version()
      const other = await newVersion(calls, 'alarm')
      const preferences = { AlarmSpecification: { Alarms: [alarm.name] }, AutoRollback: true, BakeTime: 7_200 }
      for (const state of ['INSUFFICIENT_DATA', 'ALARM'] as const) {
        await alarm.become(state)
        await expect(calls.start(other, preferences)).rejects.toMatchObject({ name: 'ValidationError' })
      }
      await alarm.become('OK')
      const id = await calls.start(other, preferences)
      await calls.comesTo(id, { Status: 'Baking' })
      await alarm.become('ALARM')
      await calls.comesTo(id, { Status: 'RollbackSuccessful' })
      expect(await calls.refresh(id)).toMatchObject({ RollbackDetails: { RollbackReason: expect.any(String) } })
      await calls.settle()
      expect(await calls.version()).toBe(before)
      expect(await versions(calls)).toEqual([before, before])
    },
  },
  {
    name: 'a refresh that succeeds changes the group’s own template, and only then, and says what it was asked for',
    async show(calls) {
      const before = await calls.version()
      const other = await newVersion(calls, 'good')
      const preferences: Preferences = {
        ...{ MinHealthyPercentage: 50, MaxHealthyPercentage: 150, BakeTime: 1 },
        ...{ CheckpointPercentages: [50, 100], CheckpointDelay: 0, AutoRollback: true, SkipMatching: false },
        ...{ ScaleInProtectedInstances: 'Ignore', StandbyInstances: 'Terminate' },
      }
      const id = await calls.start(other, preferences)
      expect(await calls.version()).toBe(before)
      await calls.comesTo(id, { Status: 'Successful' })
      expect(await calls.refresh(id)).toMatchObject({
        PercentageComplete: 100,
        InstancesToUpdate: 0,
        StartTime: expect.any(Date),
        EndTime: expect.any(Date),
        DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: await calls.template(), Version: other } },
        Preferences: preferences,
      })
      expect(await calls.version()).toBe(other)
      await calls.settle()
      expect(await versions(calls)).toEqual([other, other])
    },
  },
  {
    name: 'refreshes come page by page, the newest first',
    async show(calls) {
      const all = (await calls.refreshes()).map(({ InstanceRefreshId }) => InstanceRefreshId)
      const startOf = await Promise.all(
        all.map(async (id = '') => (await calls.refresh(id))?.StartTime?.getTime() ?? 0),
      )
      expect(startOf).toEqual(startOf.toSorted((a, b) => b - a))
      const found: (string | undefined)[] = []
      const pages = paginateDescribeInstanceRefreshes(
        { client: calls.at.autoScaling, pageSize: 2 },
        { AutoScalingGroupName: calls.at.group },
      )
      for await (const { InstanceRefreshes = [] } of pages) {
        expect(InstanceRefreshes.length).toBeLessThanOrEqual(2)
        found.push(...InstanceRefreshes.map(({ InstanceRefreshId }) => InstanceRefreshId))
      }
      expect(all.length).toBeGreaterThan(2)
      expect(found).toEqual(all)
    },
  },
]

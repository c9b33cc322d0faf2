import type { Block } from '@tickwatch/rollout'
import { DomainError } from '../../shared/errors.ts'
import type { PlanFault } from './rollout.rules.ts'

export const planInvalid = (faults: readonly PlanFault[]) =>
  new DomainError('invalid', 'rollout-invalid', faults.map(({ message }) => message).join(' '), { details: faults })

export const rolloutBlocked = (blocks: readonly Block[]) =>
  new DomainError('conflict', 'rollout-blocked', blocks.map(({ reason, remedy }) => `${reason} ${remedy}`).join(' '), {
    details: blocks,
  })

export const targetBusy = () =>
  new DomainError(
    'conflict',
    'rollout-target-busy',
    'Another rollout has one of these targets and is not over. Wait until it has ended, or abort it.',
  )

export const actRefused = (sentence: string) => new DomainError('conflict', 'rollout-refused', sentence)

export const changedMeanwhile = () =>
  new DomainError('conflict', 'rollout-changed', 'The rollout changed at the same moment. Try again.')

export const unreadable = () =>
  new DomainError('conflict', 'rollout-unreadable', 'Another release made this rollout, and this one can’t read it.')

export const chartsMissing = (sentence: string, cause: unknown) =>
  new DomainError('unavailable', 'rollout-charts-missing', sentence, { cause })

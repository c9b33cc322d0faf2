// One noun in three files: the versions, their progress, and the policy that each ring must enforce.
export * from './policyProgress.repository.ts'
export * from './policyVersion.repository.ts'
export * from './ring.repository.ts'

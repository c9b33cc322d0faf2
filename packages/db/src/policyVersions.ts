// One noun, three files: the versions, how far each is, and what each ring is told.
export * from './policyProgress.repository.ts'
export * from './policyVersion.repository.ts'
export * from './ring.repository.ts'

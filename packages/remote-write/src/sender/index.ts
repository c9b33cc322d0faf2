export * from './encoder.ts'
export * from './sender.ts'

export * from './encoder.ts'
export * from './exponentialHistogram.ts'
export * from './sender.ts'

export * from './families.ts'
export * from './protobuf.ts'
export * from './text.ts'

import { defineConfig } from 'vitest/config'

const everywhere = ['packages/*', 'apps/*', 'local', 'e2e', 'scripts']
const ignored = ['**/node_modules/**', '**/.next*/**']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: everywhere.map((room) => `${room}/**/*.test.{ts,tsx}`),
          exclude: [...ignored, '**/*.int.test.ts'],
          // On a busy machine a property test takes seconds.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: everywhere.map((room) => `${room}/**/*.int.test.ts`),
          exclude: ignored,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          globalSetup: ['local/src/testing/globalSetup.ts'],
        },
      },
    ],
  },
})

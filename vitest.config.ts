import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const everywhere = ['packages/*', 'apps/*', 'agents/*', 'local', 'e2e', 'packer', 'scripts']
const keycloak = 'local/src/keycloak/*.test.ts'
const senders = 'local/src/senders/{senders,defaultLimits}.test.ts'
const signing = 'local/src/release/*.test.ts'
const images = 'packer/src/images/*.test.ts'
const long = '**/*.long.int.test.ts'
const aws = 'local/src/fleet/contract/aws/contract.test.ts'
const properties = 'local/src/testing/properties.ts'
const ignored = ['**/node_modules/**', '**/.next*/**']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: everywhere.map((room) => `${room}/**/*.test.{ts,tsx}`),
          exclude: [...ignored, '**/*.int.test.ts', keycloak, senders, signing, images, aws],
          // On a busy machine a property test takes seconds.
          testTimeout: 30_000,
          // They keep no state in modules, and a module registry for each file would take two thirds of their time.
          isolate: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: everywhere.map((room) => `${room}/**/*.int.test.ts`),
          exclude: [...ignored, long],
          // It ends a test that hangs. On a machine that is busy with other work, a test takes four times as long.
          testTimeout: 240_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          // As the unit tests: it saves a third of their processor time. A file undoes what it sets in the environment.
          isolate: false,
          setupFiles: properties,
          globalSetup: ['local/src/testing/globalSetup.ts'],
        },
      },
      {
        // `npm run test:long`: proofs that take long, each with a short form in the project above.
        test: {
          name: 'long',
          include: everywhere.map((room) => `${room}/${long}`),
          exclude: ignored,
          testTimeout: 240_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          setupFiles: properties,
          globalSetup: ['local/src/testing/globalSetup.ts'],
        },
      },
      {
        // `npm run test:keycloak`: not part of `npm test`, because it needs Java and fetches 150 MB.
        test: {
          name: 'keycloak',
          include: [keycloak],
          testTimeout: 60_000,
          hookTimeout: 480_000,
          globalSetup: ['local/src/testing/globalSetup.ts'],
        },
      },
      {
        // `npm run test:senders`: not part of `npm test`, because it needs Go and builds for 15 min.
        test: {
          name: 'senders',
          include: [senders],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // `npm run test:signing`: not part of `npm test`, because it needs Go and builds for 5 to 20 min.
        test: {
          name: 'signing',
          include: [signing],
          testTimeout: 240_000,
          hookTimeout: 600_000,
          globalSetup: ['local/src/testing/globalSetup.ts'],
        },
      },
      {
        // `npm run test:aws`, which sets up what it needs: an Auto Scaling group in AWS, for which somebody pays.
        test: {
          name: 'aws',
          include: [aws],
          testTimeout: 7_200_000,
          hookTimeout: 3_600_000,
        },
      },
      {
        // `npm run test:images`: not part of `npm test`, because it needs root, and makes and boots root filesystems.
        test: {
          name: 'images',
          include: [images],
          testTimeout: 600_000,
          hookTimeout: 1_800_000,
          // They would wait for each other's disk.
          fileParallelism: false,
        },
      },
      {
        // `npm run test:slo`: the integration tests of packages/slo again, longer and with Prometheus 3, which Go builds.
        test: {
          name: 'slo',
          include: ['packages/slo/src/*.int.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          setupFiles: properties,
          env: { SLO_PROMETHEUS: join(import.meta.dirname, '.cache/tools/prometheus3/prometheus'), SLO_RUNS: '100' },
        },
      },
    ],
  },
})

/** The whole platform on one machine, for `npm start` and for tests; each part can be started alone too. */
export { registerAmi } from './images/amis.ts'
export { type Build, buildImage } from './images/buildImage.ts'
export { openImageSigning } from './images/imageKey.ts'
export { type Amp, startAmp } from './parts/amp/amp.ts'
export { callMiniStack, prepareAws } from './parts/aws/awsBootstrap.ts'
export { startMiniStack } from './parts/aws/ministack.ts'
export { startEnvoy } from './parts/envoy/envoy.ts'
export { type Issuer, startIssuer } from './parts/issuer/issuer.ts'
export type { Person } from './parts/issuer/people.ts'
export { openCertificateAuthority } from './parts/pki.ts'
export { startPostgres } from './parts/postgres/postgres.ts'
export { startAgent, startNodeExporter, startPrometheus } from './parts/prometheus/prometheus.ts'
export { peerCertificate } from './platform/layout.ts'
export {
  type CertificateFiles,
  type GatewayAddress,
  type LocalState,
  readLocalState,
  stateDirOf,
} from './platform/localState.ts'
export type { Part } from './platform/part.ts'
export { CannotStart, mustNotRun, type Platform, type PlatformOptions, startPlatform } from './platform/platform.ts'
export { freePort } from './process/ports.ts'
export { answers, until } from './process/until.ts'
export { createProducer, type Producer } from './producers/producer.ts'
export { writeToGateway } from './producers/socketWriter.ts'
export { freeze } from './testing/freeze.ts'
export { type Noise, type NoiseAnswers, prepareNoise } from './testing/noise/noise.ts'
export { gaugeBody, writerOf } from './testing/noise/writer.ts'
export { signedIn } from './testing/signedIn.ts'

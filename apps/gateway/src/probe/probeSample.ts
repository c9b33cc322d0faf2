import { probeBytesMax, probeMetric, probeTenant } from '@tickwatch/policy'
import {
  decodeSnappy,
  encodeSeriesLabels,
  encodeSnappy,
  MalformedRequest,
  MalformedSnappy,
  type RemoteWriteVersion,
  RequestTooLarge,
  Scratch,
  type Sliced,
  WriteRequestReader,
  WriteRequestWriter,
} from '@tickwatch/remote-write'
import { windowAt } from '../write/timeWindow.ts'
import { malformed, WriteRefused } from '../write/writeRefused.ts'

/** Makes the request to the storage of a probe's write: its sample, in the series that this probe has for this tenant. */
export class ProbeSample {
  readonly #decompressed = new Scratch(probeBytesMax)
  readonly #compressed = new Scratch(probeBytesMax)
  readonly #reader = new WriteRequestReader()
  readonly #writer = new WriteRequestWriter();

  /**
   * @param body null if it is too large
   * @param name of the probe, which becomes a label: one probe can't write the series of another
   * @returns a compressed request of remote write 1.0
   * @throws WriteRefused for anything but one sample of the probe's metric, in the time that AMP accepts.
   */
  // biome-ignore lint/correctness/useYield: a probe's write is smaller than a slice.
  *make(
    body: Buffer | null,
    version: RemoteWriteVersion,
    tenantId: string,
    name: string,
    epochMs: number,
  ): Sliced<Buffer> {
    if (body === null) throw notAProbes(`the request has more than ${probeBytesMax} bytes`)
    this.#read(body, version)
    const { block } = encodeSeriesLabels(['__name__', probeMetric, 'probe', name], 'tenant', probeTenant(tenantId))
    const writer = this.#writer
    writer.begin()
    writer.appendSeries(this.#reader, 0, block, windowAt(epochMs))
    const { older, newer } = writer.leftOut
    if (older > 0) throw notAProbes('the sample is older than AMP accepts')
    if (newer > 0) throw notAProbes('the sample is in the future')
    return Buffer.from(encodeSnappy(writer.finish(), this.#compressed))
  }

  #read(body: Buffer, version: RemoteWriteVersion): void {
    const reader = this.#reader
    try {
      reader.parse(decodeSnappy(body, this.#decompressed, probeBytesMax), version)
    } catch (cause) {
      if (cause instanceof RequestTooLarge) throw notAProbes(cause.message)
      if (cause instanceof MalformedSnappy || cause instanceof MalformedRequest) throw malformed(cause.message)
      throw cause
    }
    const { seriesCount, sampleCount, histogramCount, classicSampleCount, exemplarCount, metadataCount } = reader
    const { badHistogramCount, badExemplarCount, badMetadataCount } = reader
    const others = histogramCount + classicSampleCount + exemplarCount + badHistogramCount + badExemplarCount
    const isOneSample = seriesCount === 1 && sampleCount === 1 && others + metadataCount + badMetadataCount === 0
    if (!isOneSample) throw notAProbes('the request has more or less than one sample')
    if (reader.isOdd(0) || reader.labels(0).join() !== `__name__,${probeMetric}`) {
      throw notAProbes(`the series is not ${probeMetric} without labels`)
    }
  }
}

const notAProbes = (detail: string) =>
  new WriteRefused(400, 'malformed', {
    detail,
    limit: `one sample of ${probeMetric}`,
    remedy: 'use the certificate of a writer to write other series',
  })

import { type Exemplar, ExponentialHistogram, type SeriesSink } from '@tickwatch/remote-write/sender'
import type { MetricName } from './metrics.ts'

export type Identity = {
  region: string
  az: string
  cluster: string
  shardId: string
  instance: string
  instanceType: string
  buildId: string
}

const ticksPerSecond = 30
const queues = ['casual', 'coop', 'custom', 'ranked']
const networks = ['cable', 'cellular', 'fibre', 'satellite']
/** The median time to an acknowledgement for each kind of network, in seconds. */
const networkSeconds = [0.038, 0.085, 0.022, 0.31]
/** Observations that represent all events of one interval: enough for a histogram's shape, and cheap. */
const draws = 8
/** The fraction of histograms that have an exemplar: the trace of the slowest event. */
const exemplarRatio = 0.05

/** One series: its labels, built once, and a function that reads its value. */
type Series = { metric: MetricName; labels: readonly string[]; read: () => number | Timing }

/** A histogram, and the slowest observation of the last interval for its exemplar. */
class Timing {
  readonly histogram = new ExponentialHistogram()
  slowestSeconds = 0

  /** Adds `events` of one interval, with log-normal durations. */
  observe(events: number, medianSeconds: number, spread: number): void {
    this.slowestSeconds = 0
    const times = Math.round(events / draws)
    if (times === 0) return
    for (let i = 0; i < draws; i++) {
      const seconds = medianSeconds * Math.exp(spread * gaussian())
      this.histogram.observe(seconds, times)
      if (seconds > this.slowestSeconds) this.slowestSeconds = seconds
    }
  }

  exemplar(): Exemplar | null {
    if (this.slowestSeconds === 0 || Math.random() >= exemplarRatio) return null
    const traceId = Math.floor(Math.random() * 2 ** 48).toString(16)
    return { labels: ['trace_id', traceId], value: this.slowestSeconds }
  }
}

/** A simulated game server: players come and go, and its metrics follow from them. */
export class GameServer {
  players = 0
  readonly series: Series[] = []
  private readonly tick = new Timing()
  private readonly acks: Timing[] = []
  private readonly actions: number[] = []
  private readonly waiting = queues.map(() => 0)
  private readonly totals = { ticks: 0, late: 0, started: 0, ended: 0, received: 0, sent: 0, cpu: 0 }
  private readonly slow: number

  /**
   * @param networkGroups the number of groups of players. Each group has a counter and a histogram.
   * @param slow the factor on its tick time; 1 for a healthy server.
   */
  constructor(identity: Identity, networkGroups = networks.length, slow = 1) {
    this.slow = slow
    const { totals } = this
    this.add(identity, 'game_players', [], () => this.players)
    this.add(identity, 'game_entities', [], () => 400 + this.players * 12)
    this.add(identity, 'game_ticks_total', [], () => totals.ticks)
    this.add(identity, 'game_ticks_late_total', [], () => totals.late)
    this.add(identity, 'game_tick_seconds', [], () => this.tick)
    this.add(identity, 'game_sessions_started_total', [], () => totals.started)
    this.add(identity, 'game_sessions_ended_total', [], () => totals.ended)
    this.add(identity, 'game_received_bytes_total', [], () => totals.received)
    this.add(identity, 'game_sent_bytes_total', [], () => totals.sent)
    this.add(identity, 'game_process_cpu_seconds_total', [], () => totals.cpu)
    this.add(identity, 'game_process_resident_memory_bytes', [], () => 900_000_000 + this.players * 1_500_000)
    for (const [i, queue] of queues.entries()) {
      this.add(identity, 'game_matchmaking_waiting_players', ['queue', queue], () => this.waiting[i] as number)
    }
    for (let i = 0; i < networkGroups; i++) {
      const network = networks[i % networks.length] as string
      const group = i < networks.length ? network : `${network}-${Math.floor(i / networks.length)}`
      const ack = new Timing()
      this.acks.push(ack)
      this.actions.push(0)
      this.add(identity, 'game_actions_total', ['asn_bucket', group], () => this.actions[i] as number)
      this.add(identity, 'game_action_ack_seconds', ['asn_bucket', group], () => ack)
    }
  }

  /** Simulates `seconds` with about `players` connected. */
  advance(seconds: number, players: number): void {
    const { totals } = this
    const next = Math.max(0, Math.round(players * (1 + 0.05 * gaussian())))
    const turnover = Math.round((next * seconds) / 900)
    totals.started += turnover + Math.max(0, next - this.players)
    totals.ended += turnover + Math.max(0, this.players - next)
    this.players = next
    const load = 0.4 + next / 250
    const ticks = ticksPerSecond * seconds
    this.tick.observe(ticks, 0.011 * load * this.slow, 0.35)
    totals.ticks += ticks
    if (this.tick.slowestSeconds > 1 / ticksPerSecond) totals.late += Math.round(ticks / draws)
    totals.received += next * seconds * 1_900
    totals.sent += next * seconds * 11_000
    totals.cpu += seconds * load * this.slow
    for (const i of queues.keys()) this.waiting[i] = Math.max(0, Math.round((next / 12) * (1 + 0.3 * gaussian())))
    const actions = (next * seconds * 4) / this.acks.length
    for (const [i, ack] of this.acks.entries()) {
      this.actions[i] = (this.actions[i] as number) + Math.round(actions)
      ack.observe(actions, (networkSeconds[i % networks.length] as number) * this.slow, 0.4)
    }
  }

  write(sink: SeriesSink<MetricName>): void {
    for (const { metric, labels, read } of this.series) {
      const value = read()
      if (typeof value === 'number') sink.value(metric, labels, value)
      else sink.histogram(metric, labels, value.histogram.snapshot(), value.exemplar())
    }
  }

  private add(identity: Identity, metric: MetricName, own: readonly [string, string] | [], read: Series['read']) {
    const labels: [string, string][] = [
      ['__name__', metric],
      ['az', identity.az],
      ['build_id', identity.buildId],
      ['cluster', identity.cluster],
      ['instance', identity.instance],
      ['instance_type', identity.instanceType],
      ['job', 'game-server'],
      ['region', identity.region],
      ['shard_id', identity.shardId],
    ]
    if (own.length > 0) labels.push(own as [string, string])
    labels.sort((a, b) => (a[0] < b[0] ? -1 : 1))
    this.series.push({ metric, labels: labels.flat(), read })
  }
}

/** A random number from the standard normal distribution (Box–Muller). */
function gaussian(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
}

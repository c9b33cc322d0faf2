import { GameServer } from './gameServer.ts'

/** How many hours a region's clock is ahead of UTC, so that its players come in its evening. */
const regionHours: Record<string, number> = {
  'us-east-1': -5,
  'us-west-2': -8,
  'eu-central-1': 1,
  'eu-west-1': 0,
  'ap-northeast-1': 9,
}
const instanceTypes = ['c7g.2xlarge', 'c7g.4xlarge', 'c7i.2xlarge']
const buildIds = ['1.48.2', '1.48.3']

/** Each server is measured once in this time. The servers take turns, so that traffic is even. */
export const measureEverySeconds = 5
/** Whose turn it is in this second, from 0. */
export const turnOf = (nowMs: number): number => Math.floor(nowMs / 1_000) % measureEverySeconds
export const seriesPerServer = new GameServer({
  region: '',
  az: '',
  cluster: '',
  shardId: '',
  instance: '',
  instanceType: '',
  buildId: '',
}).series.length

/** The noisy shard has more network groups, is this much slower, and crashes this often: a crash makes new series. */
const noisy = { networkGroups: 40, slow: 2.6, restartSeconds: 90 }

/** The game servers of one tenant in one region. */
export class Region {
  readonly name: string
  private readonly cluster: string
  private readonly servers: GameServer[] = []
  private readonly noisyTurn: number
  private noisyStartedMs = 0
  private restarts = 0

  /** @param noisyShard true if one of its servers misbehaves. */
  constructor(name: string, cluster: string, servers: number, noisyShard: boolean) {
    this.name = name
    this.cluster = cluster
    for (let i = 0; i < servers; i++) this.servers.push(new GameServer(this.identity(i, '')))
    this.noisyTurn = noisyShard ? 0 : -1
  }

  /** Returns the servers whose turn it is in this second, after advancing them to now. */
  turn(nowMs: number): GameServer[] {
    const now = turnOf(nowMs)
    if (now === this.noisyTurn && nowMs - this.noisyStartedMs >= noisy.restartSeconds * 1_000) {
      this.noisyStartedMs = nowMs
      this.restarts++
      // Replace the first server by one with another instance label: a server that restarts elsewhere has new series.
      this.servers[0] = new GameServer(this.identity(0, `-${this.restarts}`), noisy.networkGroups, noisy.slow)
    }
    const turn = this.servers.filter((_, i) => i % measureEverySeconds === now)
    const players = playersAt(nowMs, regionHours[this.name] ?? 0)
    for (const server of turn) server.advance(measureEverySeconds, players)
    return turn
  }

  private identity(index: number, suffix: string) {
    const zone = 'abc'[index % 3] as string
    const number = String(index).padStart(4, '0')
    return {
      region: this.name,
      az: `${this.name}${zone}`,
      cluster: this.cluster,
      shardId: `${this.name}-${number}`,
      instance: `gs-${this.name}-${this.cluster}-${number}${suffix}:9102`,
      instanceType: instanceTypes[index % instanceTypes.length] as string,
      buildId: buildIds[index % buildIds.length] as string,
    }
  }
}

/** The players of a server by its region's local time: fewest at 5:00, most at 17:00. */
export function playersAt(nowMs: number, hoursAheadOfUtc: number): number {
  const hour = (nowMs / 3_600_000 + hoursAheadOfUtc) % 24
  return 110 + 80 * Math.sin(((hour - 11) / 24) * 2 * Math.PI)
}

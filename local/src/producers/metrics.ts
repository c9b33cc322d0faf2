import type { MetricDescription } from '@tickwatch/remote-write/sender'

/** The metrics of a game server. */
export const metrics = {
  game_players: { type: 'gauge', help: 'Players connected now.', unit: '' },
  game_entities: { type: 'gauge', help: 'Entities simulated now.', unit: '' },
  game_ticks_total: { type: 'counter', help: 'Simulation ticks.', unit: '' },
  game_ticks_late_total: { type: 'counter', help: 'Ticks that took longer than their 33 ms.', unit: '' },
  game_tick_seconds: { type: 'histogram', help: 'Time that a simulation tick took.', unit: 'seconds' },
  game_actions_total: { type: 'counter', help: 'Actions received from players.', unit: '' },
  game_action_ack_seconds: {
    type: 'histogram',
    help: 'Time from a player’s action to its acknowledgement.',
    unit: 'seconds',
  },
  game_sessions_started_total: { type: 'counter', help: 'Sessions that began.', unit: '' },
  game_sessions_ended_total: { type: 'counter', help: 'Sessions that ended.', unit: '' },
  game_matchmaking_waiting_players: { type: 'gauge', help: 'Players who wait for a match.', unit: '' },
  game_received_bytes_total: { type: 'counter', help: 'Bytes received from players.', unit: 'bytes' },
  game_sent_bytes_total: { type: 'counter', help: 'Bytes sent to players.', unit: 'bytes' },
  game_process_cpu_seconds_total: { type: 'counter', help: 'Processor time used.', unit: 'seconds' },
  game_process_resident_memory_bytes: { type: 'gauge', help: 'Memory in use.', unit: 'bytes' },
} as const satisfies Record<`game_${string}`, MetricDescription>

export type MetricName = keyof typeof metrics

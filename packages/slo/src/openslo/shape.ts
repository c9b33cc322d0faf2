import { z } from 'zod'

// OpenSLO v1: github.com/OpenSLO/OpenSLO, README and pkg/openslo/v1. What it has no field for is in annotations. Its alert
// conditions have one window, so ours are written as lookbackWindow (the long one) and alertAfter (the short one).

export const annotations = {
  runbookUrl: 'tickwatch/runbook-url',
  groupBy: 'tickwatch/group-by',
  badEventsMin: 'tickwatch/bad-events-min',
  causeLabel: 'tickwatch/cause-label',
} as const

const free = z.record(z.string(), z.unknown())
const metric = z.strictObject({
  metricSource: z.strictObject({
    type: z
      .string()
      .regex(/^prometheus$/i, 'Only metrics of Prometheus can be imported.')
      .optional(),
    spec: z.strictObject({ query: z.string(), nativeSchema: z.number().optional() }),
  }),
})
const durationText = z.string().regex(/^[1-9]\d{0,4}[mhdw]$/, 'Write a number and m, h, d or w, such as 30d.')
export const openSlo = z.strictObject({
  apiVersion: z.literal('openslo/v1', 'Only openslo/v1 can be imported.'),
  kind: z.literal('SLO', 'Only the kind SLO can be imported.'),
  metadata: z.strictObject({
    name: z.string(),
    displayName: z.string().optional(),
    labels: free.optional(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.strictObject({
    description: z.string().optional(),
    service: z.string(),
    indicator: z.strictObject({
      metadata: free.optional(),
      spec: z.strictObject({
        description: z.string().optional(),
        ratioMetric: z
          .strictObject({
            counter: z.literal(true, 'Only counters can be imported.').optional(),
            good: metric.optional(),
            bad: metric.optional(),
            total: metric,
          })
          .optional(),
        thresholdMetric: metric.optional(),
      }),
    }),
    timeWindow: z
      .array(
        z.strictObject({
          duration: z.string().regex(/^[1-9]\d{0,2}[dwMQ]$/, 'Write a number and d, w, M or Q, such as 30d.'),
          isRolling: z.boolean(),
          calendar: z.strictObject({ startTime: z.string(), timeZone: z.string() }).optional(),
        }),
      )
      .length(1, 'An SLO has exactly one time window.'),
    budgetingMethod: z.enum(['Occurrences', 'Timeslices'], 'Use Occurrences, or Timeslices for a condition.'),
    objectives: z
      .array(
        z.strictObject({
          displayName: z.string().optional(),
          op: z.enum(['lte', 'gt'], 'Use lte for a latency, and gt for a condition.').optional(),
          value: z.number().optional(),
          target: z.number(),
          timeSliceWindow: z.literal('1m', 'A step is one minute.').optional(),
        }),
      )
      .length(1, 'An SLO has exactly one objective here. Make one SLO of each.'),
    alertPolicies: z
      .array(
        z.strictObject({
          apiVersion: z.string().optional(),
          kind: z.literal('AlertPolicy', 'Write the alert policy here: a reference can’t be followed.'),
          metadata: free.optional(),
          spec: z.strictObject({
            description: z.string().optional(),
            conditions: z
              .array(
                z.strictObject({
                  apiVersion: z.string().optional(),
                  kind: z.literal('AlertCondition', 'Write the condition here: a reference can’t be followed.'),
                  metadata: free.optional(),
                  spec: z.strictObject({
                    description: z.string().optional(),
                    severity: z.string(),
                    condition: z.strictObject({
                      kind: z.literal('burnrate', 'Only burnrate can be imported.'),
                      op: z.literal('gt', 'Use gt.').optional(),
                      threshold: z.number(),
                      lookbackWindow: durationText,
                      alertAfter: durationText,
                    }),
                  }),
                }),
              )
              .length(1, 'An alert policy has exactly one condition in OpenSLO v1.'),
          }),
        }),
      )
      .optional(),
  }),
})
export type OpenSlo = z.output<typeof openSlo>
export type OpenSloInput = z.input<typeof openSlo>

export type OpenSloMetric = z.output<typeof metric>

export const calendars = { '1w': 'week', '1M': 'month', '1Q': 'quarter' } as const

/** A Monday on which a month and a quarter begin. */
export const periodStart = '2024-01-01 00:00:00'

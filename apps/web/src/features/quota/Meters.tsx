'use client'

import { Skeleton } from '@mantine/core'
import { limitDefinitions, type MeteredLimit, meteredLimits } from '@tickwatch/policy'
import { Meter } from '../../components/Meter.tsx'
import { Status } from '../../components/Status.tsx'
import classes from './QuotasPage.module.css'
import { refusedUnitOf, type UsageNow } from './usage.ts'

/** The metered limits of a tenant, use against limit. Choosing one shows its chart. */
export function Meters({
  usage,
  chosen,
  onChoose,
}: {
  usage: UsageNow
  chosen?: MeteredLimit
  onChoose?: (limit: MeteredLimit) => void
}) {
  return (
    <>
      <div className={classes.meters}>
        {meteredLimits.map((limit) => {
          const meter = usage.meters.find((m) => m.limit === limit)
          if (!meter) return null
          const { title, unit } = limitDefinitions[limit]
          return (
            <Meter
              key={limit}
              title={title}
              unit={unit}
              used={meter.used}
              max={meter.max}
              refusedPerSecond={meter.refusedPerSecond}
              refusedUnit={refusedUnitOf(limit)}
              sparkline={meter.sparkline}
              selected={limit === chosen}
              {...(onChoose ? { onSelect: () => onChoose(limit) } : {})}
            />
          )
        })}
      </div>
      {usage.historyMissing && (
        <p className={classes.missing}>
          <Status kind="warning">{usage.historyMissing}</Status>
        </p>
      )}
    </>
  )
}

export const MetersSkeleton = () => (
  <div className={classes.meters}>
    {meteredLimits.map((limit) => (
      <Skeleton key={limit} height={164} animate={false} />
    ))}
  </div>
)

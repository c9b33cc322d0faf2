// What a person waits for, in the whole platform with 500 SLOs and their rules: the largest contentful paint of pages, and an
// alert.
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { until } from '@tickwatch/local'
import pg from 'pg'
import { ownerUrl } from '../../local/src/parts/postgres/postgres.ts'
import { portsAt } from '../../local/src/platform/ports.ts'
import { onPlatform, quantile, signedIn } from '../lib/platform.ts'
import { firstVisits, observe } from '../lib/visit.ts'
import { type AlertTimes, timeAlerts } from './alerts.ts'
import { copyHistory, saveSlos } from './data.ts'

const visits = 7
const pages = ['/slos', '/slos/bench-1']

/**
 * @param dataDir of a Prometheus with the history of the SLOs, that does not run
 * @returns for each page the median of its first visits, in ms, and the times of alerts
 */
export async function timePlatform(
  dataDir: string,
  step: (what: string) => void,
): Promise<{ paints: Record<string, number | null>; alerts: AlertTimes }> {
  return onPlatform(
    async (platform, browser) => {
      const connectionString = ownerUrl(portsAt(platform.state.portOffset).postgres)
      const admin = new pg.Client({ connectionString })
      await admin.connect()
      try {
        await saveSlos(admin)
      } finally {
        await admin.end()
      }
      const paints: Record<string, number | null> = {}
      const visit = async (page: Page, path: string) => {
        const seen = await firstVisits(page, `${platform.state.addresses.portal}${path}`, visits)
        paints[path] = quantile(
          seen.map(({ paintMs }) => paintMs),
          0.5,
        )
        step(`${path} paints in ${Math.round(paints[path] ?? Number.NaN)} ms`)
      }
      const page = await signedIn(browser, platform, 'guest@tickwatch.example', '/slos')
      await page.addInitScript(observe)
      await until('the list has its figures', async () => {
        await page.reload()
        const text = await page.getByRole('main').innerText()
        return text.includes('Of 500 SLOs') || text.includes('500 SLOs: no budget')
      })
      for (const path of pages) await visit(page, path)
      const { times, page: incidents, paths } = await timeAlerts(platform, browser, step)
      await incidents.addInitScript(observe)
      for (const path of paths) await visit(incidents, path)
      return { paints, alerts: times }
    },
    (stateDir) => copyHistory(dataDir, join(stateDir, 'prometheus', 'data')),
  )
}

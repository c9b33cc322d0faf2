import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, expect, it } from 'vitest'
import { learnServerClock } from '../../lib/now.ts'
import { PolicyState } from './PolicyState.tsx'

afterEach(() => learnServerClock(0, 0))

it('measures how long a gateway is away by the API’s clock, however far the browser’s clock is ahead', () => {
  const browser = Date.now()
  const api = browser - 600_000
  learnServerClock(api, browser)
  const markup = renderToStaticMarkup(<PolicyState state={{ state: 'away', sinceMs: api - 125_000 }} />)
  expect(markup).toContain('away for 2 min')
})

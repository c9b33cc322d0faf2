'use client'

import { Button } from '@mantine/core'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Link } from '../../components/Link.tsx'
import { Section } from '../../components/Section.tsx'
import { EmptyState, type QueryLike, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { useCan } from '../../lib/me.tsx'
import { useUrlParams } from '../../lib/urlState.ts'
import { either } from '../../lib/words.ts'
import classes from './Notifications.module.css'
import {
  kindsWithoutRoute,
  pluralOfKind,
  type Receiver,
  type Route,
  type RoutesVersion,
  routeSentence,
} from './notifications.ts'

const RouteForm = dynamic(() => import('./RouteForm.tsx').then((m) => m.RouteForm), { ssr: false })
const RemoveRoute = dynamic(() => import('./RemoveRoute.tsx').then((m) => m.RemoveRoute), { ssr: false })

/** Which notification goes where, each route as a sentence. */
export function Routes({
  query,
  receivers,
  mayManage,
}: {
  query: QueryLike<RoutesVersion>
  receivers: readonly Receiver[]
  mayManage: boolean
}) {
  const { get, set } = useUrlParams()
  const mayAudit = useCan('audit:read')
  const { data } = query
  const changed = useOpened(get('route'), data?.routes)
  const removed = useOpened(get('removeRoute'), data?.routes)
  const mayAdd = mayManage && receivers.length > 0
  return (
    <Section
      title="Routes"
      sentence={
        <>
          A notification goes to the receivers of every route that it fits, to each once.
          {data?.createdAt && data.by && (
            <>
              {' '}
              Version {data.version}, set <Time at={data.createdAt} /> by <Words text={data.by.name} />
              {data.reason && (
                <>
                  {': '}
                  <Words text={data.reason} quoted />
                </>
              )}
              {mayAudit && (
                <>
                  . <Link href="/audit?action=notificationRoutes.set">Earlier versions</Link> are in the audit log
                </>
              )}
              .
            </>
          )}
        </>
      }
      action={
        mayAdd && (
          <Button size="compact-sm" variant="default" onClick={() => set({ newRoute: '1' })}>
            Add a route
          </Button>
        )
      }
    >
      <QueryView query={query} what="the routes" skeleton={<SkeletonRows rows={3} />}>
        {({ routes }) => {
          const missing = kindsWithoutRoute(routes)
          return routes.length === 0 ? (
            <EmptyState title="No route">
              Without a route nothing is sent, whatever receivers there are. This list will show each route as a
              sentence.
              {receivers.length === 0 && ' Add a receiver first: a route names it.'}
            </EmptyState>
          ) : (
            <>
              <ul className={classes.routes} aria-label="Routes">
                {routes.map((route) => (
                  <li key={route.name} className={classes.route}>
                    <span className={classes.routeWords}>
                      <span className={classes.routeName}>
                        <Words text={route.name} />
                      </span>{' '}
                      · <Words text={routeSentence(route, receivers)} />
                    </span>
                    {mayManage && (
                      <span className={classes.buttons}>
                        <Button
                          size="compact-xs"
                          variant="default"
                          aria-label={`Change the route ${route.name}`}
                          onClick={() => set({ route: route.name })}
                        >
                          Change
                        </Button>
                        <Button
                          size="compact-xs"
                          variant="default"
                          aria-label={`Remove the route ${route.name}`}
                          onClick={() => set({ removeRoute: route.name })}
                        >
                          Remove…
                        </Button>
                      </span>
                    )}
                  </li>
                ))}
              </ul>
              {missing.length > 0 && (
                <p className={text.text} style={{ marginTop: 8 }}>
                  <Status kind="warning">
                    No route sends {either(missing.map(pluralOfKind))}
                    {missing.includes('notice') ? '; notices are still in the portal’s bell.' : '.'}
                  </Status>
                </p>
              )}
            </>
          )
        }}
      </QueryView>
      {mayAdd && data && (get('newRoute') || changed) && (
        <RouteForm
          key={changed?.name ?? ''}
          route={get('newRoute') ? null : changed}
          version={data}
          receivers={receivers}
          onClose={() => set({ route: null, newRoute: null })}
        />
      )}
      {mayManage && data && removed && (
        <RemoveRoute route={removed} version={data} receivers={receivers} onClose={() => set({ removeRoute: null })} />
      )}
    </Section>
  )
}

/** The route that a drawer was opened for. It stays, also if somebody else changes or removes it meanwhile. */
function useOpened(name: string | null, routes: readonly Route[] = []): Route | null {
  const [opened, setOpened] = useState<Route | null>(null)
  const wanted = name === null ? null : (routes.find((route) => route.name === name) ?? null)
  if (name === null && opened) setOpened(null)
  if (wanted && opened?.name !== name) setOpened(wanted)
  return opened?.name === name ? opened : wanted
}

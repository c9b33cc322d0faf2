import type { Notification } from './notification.types.ts'
import type { News } from './queue.ts'

/** An incident that opens and resolves, so that nobody has to close anything at the receiver. */
export function testNews(subject: string, by: string, at: Date): News[] {
  const notification: Notification = {
    ...{ kind: 'incident', severity: 'info', slo: null, tenantId: null },
    title: 'Test of this receiver',
    text: `${by} tests this receiver. Nothing is wrong, and nobody has to do anything.`,
    path: '/notifications',
    links: [],
    by,
    at: at.toISOString(),
  }
  return [
    { subject, event: 'opened', notification },
    { subject, event: 'resolved', notification },
  ]
}

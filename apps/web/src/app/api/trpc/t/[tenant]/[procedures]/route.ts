import type { NextRequest } from 'next/server'
import { relayToApi } from '../../../../../../lib/trpc/relay.ts'

export const dynamic = 'force-dynamic'

/** Calls about one tenant. The URL names it, and the API checks that the person may open it. */
async function handler(request: NextRequest, context: RouteContext<'/api/trpc/t/[tenant]/[procedures]'>) {
  const { procedures, tenant } = await context.params
  return relayToApi(request, procedures, tenant)
}

export { handler as GET, handler as POST }

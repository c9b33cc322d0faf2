import type { NextRequest } from 'next/server'
import { relayToApi } from '../../../../../lib/trpc/relay.ts'

export const dynamic = 'force-dynamic'

/** Calls about the whole platform, or about the person. */
async function handler(request: NextRequest, context: RouteContext<'/api/trpc/p/[procedures]'>) {
  const { procedures } = await context.params
  return relayToApi(request, procedures, null)
}

export { handler as GET, handler as POST }

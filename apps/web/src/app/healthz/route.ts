export const dynamic = 'force-dynamic'

/** Says that this process answers. The API has a health check of its own. */
export const GET = () => new Response('ok\n', { headers: { 'cache-control': 'no-store' } })

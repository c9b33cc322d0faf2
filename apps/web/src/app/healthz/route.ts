export const dynamic = 'force-dynamic'

/** The process answers; whether the API does is the API's own health. */
export const GET = () => new Response('ok\n', { headers: { 'cache-control': 'no-store' } })

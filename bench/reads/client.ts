// Calls the API like the portal's server: with one kept-alive connection, a bearer token, and the tenant in a header.
import { Agent, request } from 'node:http'
import { tenantHeader } from '@tickwatch/policy'

export type Client = {
  /** Calls a procedure. @throws Error if the status is not 200. */
  ask<T>(procedure: string, caller: Caller, input?: object): Promise<T>
  /** The text of a plain GET. */
  get(path: string): Promise<string>
}
export type Caller = { token: string; tenantId?: string }

export function createClient(apiUrl: string, stack: AsyncDisposableStack): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  stack.defer(() => agent.destroy())
  const get = (path: string, headers: Record<string, string> = {}) =>
    new Promise<string>((resolve, reject) => {
      const asked = request(`${apiUrl}${path}`, { agent, headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('error', reject)
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve(text)
          else reject(new Error(`${path} answered ${answer.statusCode}: ${text.slice(0, 1_000)}`))
        })
      })
      asked.on('error', reject).end()
    })
  return {
    get,
    async ask<T>(procedure: string, { token, tenantId }: Caller, input?: object) {
      const query = input ? `?input=${encodeURIComponent(JSON.stringify(input))}` : ''
      const headers = { authorization: `Bearer ${token}`, ...(tenantId ? { [tenantHeader]: tenantId } : {}) }
      const text = await get(`/trpc/${procedure}${query}`, headers)
      return (JSON.parse(text) as { result: { data: T } }).result.data
    },
  }
}

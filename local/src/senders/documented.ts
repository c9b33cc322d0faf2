import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../process/tools.ts'

/** What a test puts in the place of the examples in docs/senders.md. */
export type Places = {
  writeUrl: string
  caFile: string
  certFile: string
  keyFile: string
  /** `host:port` of what is scraped. */
  targets?: readonly string[]
  /** `host:port` on which the Collector receives. */
  receiver?: string
}

/** How a sender is configured. */
export type How = 'as documented' | 'with its default settings'
/** The configuration and the command line of a sender. */
export type Configured = { config: string; flags: string[] }

/**
 * The configuration and the command line of a sender as docs/senders.md has them, so that tests run what a person would
 * copy. @param sender its heading
 */
export function documentedSender(sender: string, places: Places): Configured {
  const page = readFileSync(join(root, 'docs/senders.md'), 'utf8')
  const section = page.split(/^## /m).find((part) => part.startsWith(`${sender}\n`))
  if (!section) throw new Error(`docs/senders.md has no section ${sender}`)
  const block = (language: string) =>
    new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(section)?.[1] ?? ''
  const replaced = Object.entries({
    'https://writers.tickwatch.example/api/v1/write': places.writeUrl,
    '/etc/tickwatch/ca.pem': places.caFile,
    '/etc/tickwatch/writer.pem': places.certFile,
    '/etc/tickwatch/writer.key': places.keyFile,
    "'game-server.example:9100'": places.targets?.map((target) => `'${target}'`).join(', '),
    '127.0.0.1:4318': places.receiver,
    'scrape_interval: 15s': 'scrape_interval: 200ms',
  })
  const here = (text: string) => replaced.reduce((all, [from, to]) => (to ? all.replaceAll(from, to) : all), text)
  return {
    config: here(block('yaml')),
    flags:
      here(block('text'))
        .match(/^ +-.*$/gm)
        ?.map((flag) => flag.trim()) ?? [],
  }
}

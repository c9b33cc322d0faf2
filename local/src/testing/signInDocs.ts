import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../process/tools.ts'

/** What docs/sign-in.md tells a person to set for one issuer. */
export type DocumentedIssuer = {
  /** Environment variables. */
  api: Record<string, string>
  portal: Record<string, string>
  /** The client to import, if there is a file for it. */
  client: Record<string, unknown> | null
}

/** Reads the section of an issuer, so that tests use what a person would type. @param issuer its heading */
export function documentedIssuer(issuer: string): DocumentedIssuer {
  const page = readFileSync(join(root, 'docs/sign-in.md'), 'utf8')
  const section = page.split(/^## /m).find((part) => part.startsWith(`${issuer}\n`))
  if (!section) throw new Error(`docs/sign-in.md has no section ${issuer}`)
  const block = (language: string) => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(section)?.[1]
  const [, api = '', portal = ''] = (block('env') ?? '').split(/^# (?:API|portal)\n/m)
  const json = block('json')
  return { api: variablesOf(api), portal: variablesOf(portal), client: json ? JSON.parse(json) : null }
}

const variablesOf = (lines: string) =>
  Object.fromEntries([...lines.matchAll(/^(\w+)="?(.*?)"?$/gm)].map(([, name = '', value = '']) => [name, value]))

import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const documents = ['*.md', 'docs/**/*.md', 'packer/*.md'].flatMap((pattern) => globSync(pattern, { cwd: root })).sort()
const textOf = (document: string) => readFileSync(join(root, document), 'utf8')
const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts

/** The commands that a document tells a person to type, from its code spans and its `sh` blocks. */
function commandsOf(document: string): string[] {
  const text = textOf(document)
  const blocks = [...text.matchAll(/^( *)```sh\n([\s\S]*?)^\1```/gm)].flatMap(([, , block = '']) => block.split('\n'))
  const spans = [...text.replace(/^( *)```[\s\S]*?^\1```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
  return [...blocks, ...spans]
    .map((line) =>
      line
        .replace(/\s#.*$/, '')
        .replace(/^(?:[A-Z_]+=\S+ )+/, '')
        .trim(),
    )
    .filter((line) => /^(?:npm|npx|node) \S/.test(line))
}

/** What is wrong with a command; null if everything that it names exists. */
function fault(command: string): string | null {
  const [program, ...words] = command.split(' ')
  if (program === 'node') return existsSync(join(root, words[0] ?? '')) ? null : `there is no ${words[0]}`
  const room = words.indexOf('-w') >= 0 ? words[words.indexOf('-w') + 1] : undefined
  const known = room
    ? (JSON.parse(readFileSync(join(root, room, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
        .scripts
    : scripts
  const names = words.filter((word, i) => word !== '-w' && words[i - 1] !== '-w')
  const name = names[0] === 'run' ? names[1] : names[0]
  return name && Object.hasOwn(known, name) ? null : `there is no script ${name}`
}

describe.each(documents)('%s', (document) => {
  it('names only commands that exist', () => {
    const faults = commandsOf(document).flatMap((command) => fault(command) ?? [])
    expect(faults).toEqual([])
  })

  it('links only to files that exist', () => {
    const targets = [...textOf(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target = '']) => target)
    const missing = targets.filter((target) => !existsSync(join(root, dirname(document), target)))
    expect(missing).toEqual([])
  })
})

it('finds the commands of the documents, and what is wrong with a command', () => {
  expect(documents).toContain('docs/operating.md')
  expect(commandsOf('README.md')).toContain('npm run traffic -- --tenant acme --times 5')
  expect(commandsOf('docs/operating.md')).toContain('npm run -w packages/db migrate')
  expect(fault('npm run nothing')).toBe('there is no script nothing')
  expect(fault('node nowhere.ts')).toBe('there is no nowhere.ts')
  expect(fault('npm run -w packages/db nothing')).toBe('there is no script nothing')
})

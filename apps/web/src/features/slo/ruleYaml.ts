import type { SloView } from './words.ts'

type Group = SloView['rules']
type Rule = Group['rules'][number]

/** A Prometheus rule file as a person reads it: expressions as blocks of lines, everything else in quotes. */
export function ruleYaml({ name, interval, rules }: Group): string {
  return [
    'groups:',
    `  - name: ${quoted(name)}`,
    `    interval: ${interval}`,
    '    rules:',
    ...rules.flatMap(ruleLines),
    '',
  ].join('\n')
}

function ruleLines(rule: Rule): string[] {
  const isRecord = 'record' in rule
  return [
    `      - ${isRecord ? `record: ${quoted(rule.record)}` : `alert: ${quoted(rule.alert)}`}`,
    '        expr: |-',
    ...rule.expr.split('\n').map((line) => `          ${line}`),
    ...(!isRecord && rule.for !== undefined ? [`        for: ${rule.for}`] : []),
    ...mapLines('labels', rule.labels),
    ...(isRecord ? [] : mapLines('annotations', rule.annotations)),
  ]
}

const mapLines = (name: string, map: Readonly<Record<string, string>>) => [
  `        ${name}:`,
  ...Object.entries(map).map(([key, value]) => `          ${key}: ${quoted(value)}`),
]

/** A JSON string is a string of YAML. */
const quoted = (text: string) => JSON.stringify(text)

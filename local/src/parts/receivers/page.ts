import type { Kept } from './inbox.ts'
import type { PagerDutyIncident } from './pagerDuty.ts'
import type { SlackMessage } from './slack.ts'

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const html = (text: string) => text.replace(/[&<>"']/g, (character) => escapes[character] ?? character)

const style = `
:root{color-scheme:light dark;--page:#f4f6f9;--card:#fff;--text:#1a1d23;--quiet:#505866;--line:#c3cad6;--accent:#1c5fb8}
@media(prefers-color-scheme:dark){:root{--page:#12151a;--card:#1c2027;--text:#e8eaee;--quiet:#a9b1bd;--line:#444c5a;--accent:#86b6f6}}
body{margin:0 auto;max-width:1000px;padding:24px;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif}
h1{font-size:24px;margin:0}h2{font-size:18px;margin:32px 0 8px}
p{margin:4px 0;color:var(--quiet)}
article{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 16px;margin:0 0 8px;overflow-wrap:anywhere}
article article{margin:8px 0 0 16px}
b{font-weight:600}pre{margin:4px 0 0;white-space:pre-wrap;font:14px/1.45 ui-monospace,monospace}
button{font:inherit;border:1px solid var(--accent);border-radius:6px;background:none;color:var(--accent);cursor:pointer;padding:4px 12px}
a{color:var(--accent)}`

export type PageContent = {
  kept: readonly Kept[]
  incidents: readonly PagerDutyIncident[]
  slack: readonly SlackMessage[]
}

const shown = 100

/** What all receivers got, for a person who tries Tickwatch. It has no script: it reloads itself. */
export function receiversPage({ kept, incidents, slack }: PageContent): string {
  const roots = slack.filter(({ threadTs }) => threadTs === null).slice(-shown)
  const others = kept.filter(({ receiver }) => receiver === 'mail' || receiver === 'webhook').slice(-shown)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="refresh" content="3"><title>What the receivers got</title><style>${style}</style></head><body>
<h1>What the receivers got</h1>
<p>These stand in for PagerDuty, Slack, a mail server and a webhook. Nothing leaves this machine. The page reloads every 3 seconds.</p>
${section('PagerDuty', incidents.slice(-shown).toReversed().map(incident))}
${section(
  'Slack',
  roots.toReversed().map((root) => message(root, slack)),
)}
${section('Mail and webhook', others.toReversed().map(plain))}
</body></html>`
}

const section = (title: string, items: string[]) =>
  `<section><h2>${title}</h2>${items.length > 0 ? items.join('\n') : '<p>Nothing yet.</p>'}</section>`

function incident({ key, state, summary }: PagerDutyIncident): string {
  const button = (act: string, label: string) =>
    `<button name="act" value="${act}" aria-label="${label} ${html(summary)}">${label}</button>`
  const acts =
    state === 'resolved'
      ? ''
      : `<form method="post" action="/pagerduty/act"><input type="hidden" name="key" value="${html(key)}">${
          state === 'triggered' ? button('acknowledged', 'Acknowledge') : ''
        } ${button('resolved', 'Resolve')}</form>`
  return `<article><b>${html(summary)}</b><p>${state} · ${html(key)}</p>${acts}</article>`
}

const message = (root: SlackMessage, all: readonly SlackMessage[]): string => {
  const replies = all.filter(({ threadTs }) => threadTs === root.ts)
  const edits = root.edits > 0 ? `<p>edited ${root.edits} times</p>` : ''
  const thread = replies.map(({ text }) => `<article><pre>${html(text)}</pre></article>`).join('')
  return `<article><pre>${html(root.text)}</pre>${edits}${thread}</article>`
}

const plain = ({ receiver, what, title, text, at }: Kept) =>
  `<article><b>${html(title)}</b><p>${receiver} · ${html(what)} · ${html(at)}</p><pre>${html(text)}</pre></article>`

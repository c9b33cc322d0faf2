import { localPassword, type Person } from './people.ts'

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const html = (text: string) => text.replace(/[&<>"']/g, (character) => escapes[character] ?? character)

const style = `
:root{color-scheme:light dark;--page:#f4f6f9;--card:#fff;--text:#1a1d23;--quiet:#505866;--line:#c3cad6;--accent:#1c5fb8;--on-accent:#fff;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--page:#12151a;--card:#1c2027;--text:#e8eaee;--quiet:#a9b1bd;--line:#444c5a;--accent:#86b6f6;--on-accent:#0d1624;--bad:#ffb4ab}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{width:100%;max-width:420px;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:32px}
h1{margin:0 0 4px;font-size:24px;line-height:1.25}
p{margin:0 0 20px;color:var(--quiet)}
label{display:block;font-weight:600;margin:0 0 4px}
input{width:100%;font:inherit;color:inherit;background:transparent;border:1px solid var(--quiet);border-radius:8px;padding:10px 12px;margin:0 0 16px}
button{font:inherit;cursor:pointer}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.go{width:100%;border:0;border-radius:8px;padding:11px;background:var(--accent);color:var(--on-accent);font-weight:600}
.fault{color:var(--bad);font-weight:600}
h2{font-size:16px;margin:28px 0 4px}
ul{list-style:none;margin:0;padding:0}
li{border-top:1px solid var(--line);padding:8px 0;font-size:14px}
li button{border:0;background:none;color:var(--accent);padding:4px 0;display:block;text-align:left;text-decoration:underline}
code{font-size:15px}`

const fill = `
for (const button of document.querySelectorAll('[data-email]')) button.addEventListener('click', () => {
  document.getElementById('email').value = button.dataset.email
  document.getElementById('password').focus()
})`

const page = (title: string, body: string, nonce: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${html(title)}</title><style nonce="${nonce}">${style}</style></head><body><main>${body}</main></body></html>`

/** The sign-in form. `fault` says why the last attempt failed. */
export function signInPage(options: {
  uid: string
  people: readonly Person[]
  email: string
  fault: string | null
  nonce: string
}): string {
  const known = options.people
    .map(
      ({ email, does }) =>
        `<li><button type="button" data-email="${html(email)}">${html(email)}</button>${html(does)}</li>`,
    )
    .join('')
  const fault = options.fault ? `<p class="fault" role="alert">${html(options.fault)}</p>` : ''
  return page(
    'Sign in · Tickwatch local accounts',
    `<h1>Sign in</h1><p>Local accounts instead of your company's accounts.</p>${fault}
<form method="post" action="/interaction/${encodeURIComponent(options.uid)}">
<label for="email">Email</label>
<input id="email" name="email" type="email" autocomplete="username" required value="${html(options.email)}"${options.fault ? '' : ' autofocus'}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${options.fault ? ' autofocus' : ''}>
<button class="go">Sign in</button></form>
<h2>Accounts</h2><p>Everyone's password is <code>${html(localPassword)}</code>.</p><ul>${known}</ul>
<script nonce="${options.nonce}">${fill}</script>`,
    options.nonce,
  )
}

/** Shown when a sign-in can't continue, for example from a bookmark of an old one. */
export const faultPage = (text: string, nonce: string) =>
  page('Sign-in failed', `<h1>This sign-in can't continue</h1><p>${html(text)}</p><p>Open the portal again.</p>`, nonce)

/** The sign-out form of oidc-provider. It submits itself, because the person has already clicked "sign out". */
export const signOutPage = (form: string, nonce: string) =>
  page(
    'Signing out',
    `<h1>Signing out</h1>${form.replace('</form>', '<input type="hidden" name="logout" value="yes"><noscript><button class="go">Sign out</button></noscript></form>')}
<script nonce="${nonce}">document.forms[0].submit()</script>`,
    nonce,
  )

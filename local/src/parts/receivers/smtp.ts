import { createServer, type Socket } from 'node:net'
import type { Inbox } from './inbox.ts'

export type Mail = { from: string; to: string[]; headers: Record<string, string>; text: string }

const lineMax = 1_000
const mailBytesMax = 1_024 * 1_024
const ehlo = ['250-localhost', '250-8BITMIME', '250-SMTPUTF8', `250-SIZE ${mailBytesMax}`, '250 AUTH PLAIN'].join(
  '\r\n',
)

/**
 * A mail server on this machine that delivers nowhere. It checks the order of the commands, the sign-in, the length of
 * lines and the headers that RFC 5322 asks for.
 */
export async function startSmtp(inbox: Inbox, options: { port: number; user: string; pass: string }) {
  const mails: Mail[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // A client that ends in the middle is its own business.
    socket.on('error', () => {})
    session(socket)
  })
  const allowed = Buffer.from(`\0${options.user}\0${options.pass}`).toString('base64')

  function session(socket: Socket): void {
    let buffered = ''
    let greeted = false
    let signedIn = false
    let from: string | null = null
    let to: string[] = []
    let data: string[] | null = null
    const begin = () => {
      from = null
      to = []
    }

    /** @returns the reply; null if the connection breaks instead. */
    function finish(lines: string[]): string | null {
      data = null
      const fault = inbox.faultOf('mail')
      if (fault?.answer === 429) return '450 4.7.1 Too many messages, try again later'
      if (fault?.answer === 500) return '451 4.3.0 The server failed, try again later'
      const mail = { from: from ?? '', to, ...parsed(lines) }
      const missing = ['from', 'to', 'date', 'subject', 'message-id'].filter((name) => !mail.headers[name])
      const tooLong = lines.some((line) => Buffer.byteLength(line) > lineMax - 2)
      if (missing.length > 0 || tooLong) {
        inbox.refuse('mail', tooLong ? 'a line is too long' : `${missing.join(', ')} missing`)
        return '554 5.6.0 The message is malformed'
      }
      mails.push(mail)
      const { subject = '' } = mail.headers
      inbox.keep({ receiver: 'mail', what: `to ${to.join(', ')}`, title: subject, text: mail.text, body: mail.headers })
      begin()
      return fault?.answer === 'lost' ? null : '250 2.0.0 Accepted'
    }

    /** @returns the reply. */
    function answer(line: string): string {
      const [verb = ''] = line.toUpperCase().split(/[ :]/)
      if (verb === 'QUIT') return '221 2.0.0 Bye'
      if (verb === 'RSET') begin()
      if (verb === 'RSET' || verb === 'NOOP') return '250 2.0.0 OK'
      if (verb === 'HELO' || verb === 'EHLO') {
        greeted = true
        return verb === 'HELO' ? '250 localhost' : ehlo
      }
      if (verb === 'AUTH') {
        signedIn = line === `AUTH PLAIN ${allowed}`
        return signedIn ? '235 2.7.0 Signed in' : '535 5.7.8 Wrong user or password'
      }
      if (!greeted) return '503 5.5.1 Say EHLO first'
      if (!signedIn) return '530 5.7.0 Sign in first'
      if (verb === 'MAIL') {
        from = /^MAIL FROM:<([^<>\s]*)>/i.exec(line)?.[1] ?? null
        return from === null ? '501 5.5.4 Malformed sender' : '250 2.1.0 OK'
      }
      if (verb === 'RCPT') {
        const [, address] = /^RCPT TO:<([^<>\s]+@[^<>\s]+)>/i.exec(line) ?? []
        if (from === null) return '503 5.5.1 MAIL first'
        if (address === undefined) return '501 5.1.3 Malformed recipient'
        if (address.startsWith('nobody@')) return '550 5.1.1 There is no such mailbox'
        to.push(address)
        return '250 2.1.5 OK'
      }
      if (verb !== 'DATA') return '500 5.5.2 Unknown command'
      if (to.length === 0) return '503 5.5.1 RCPT first'
      data = []
      return '354 End with a line that is only a dot'
    }

    function reply(text: string | null): void {
      if (text === null) socket.destroy()
      else socket.write(`${text}\r\n`)
      if (text?.startsWith('221')) socket.end()
    }

    reply('220 localhost ESMTP Tickwatch')
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      buffered += chunk
      if (buffered.length > mailBytesMax) return socket.destroy()
      for (let end = buffered.indexOf('\r\n'); end >= 0; end = buffered.indexOf('\r\n')) {
        const line = buffered.slice(0, end)
        buffered = buffered.slice(end + 2)
        if (data === null) reply(answer(line))
        else if (line === '.') reply(finish(data))
        // RFC 5321, 4.5.2: the sender doubled the first dot of a line.
        else data.push(line.startsWith('.') ? line.slice(1) : line)
      }
    })
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', () => resolve())
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : options.port
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    async stop(): Promise<void> {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function parsed(lines: string[]): Pick<Mail, 'headers' | 'text'> {
  const blank = lines.indexOf('')
  const head = lines.slice(0, blank < 0 ? lines.length : blank).join('\r\n')
  const unfolded = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = Object.fromEntries(
    unfolded.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), decodedWords(line.slice(colon + 1).trim())]
    }),
  )
  const body = lines.slice(blank + 1)
  return { headers, text: decoded(body, headers['content-transfer-encoding']) }
}

function decoded(body: string[], encoding = ''): string {
  if (encoding === 'base64') return Buffer.from(body.join(''), 'base64').toString()
  if (encoding !== 'quoted-printable') return body.join('\n')
  return unquoted(body.join('\n').replace(/=\n/g, ''))
}

const unquoted = (text: string) =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString()

/** RFC 2047: `=?UTF-8?Q?…?=`. */
const decodedWords = (text: string) =>
  text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B' ? Buffer.from(word, 'base64').toString() : unquoted(word.replaceAll('_', ' ')),
    )

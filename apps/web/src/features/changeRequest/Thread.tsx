import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import type { ChangeRequest } from './request.ts'
import classes from './Thread.module.css'

const verbs = { question: 'asked', answer: 'answered' } as const

/** The questions about a request and their answers. A new one is announced, so it is on the page before the first. */
export function Thread({ messages }: { messages: ChangeRequest['messages'] }) {
  return (
    <div role="log" aria-label="Questions and answers">
      {messages.map(({ kind, by, at, text }) => (
        <div key={`${kind} ${at}`} className={classes.message}>
          <p className={classes.meta}>
            <Words text={by.name} /> {verbs[kind]} <Time at={at} />
          </p>
          <p className={classes.text}>
            <Words text={text} />
          </p>
        </div>
      ))}
    </div>
  )
}

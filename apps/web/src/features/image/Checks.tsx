'use client'

import { Section } from '../../components/Section.tsx'
import { Status } from '../../components/Status.tsx'
import { Words } from '../../components/Words.tsx'
import classes from './Image.module.css'
import { type Check, checkTitle } from './images.ts'

/** What was checked of an image, one by one: what each check shows, or why it refuses the image and what to do. */
export function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <Section
      title="Checks"
      sentence="Decided now, from what was registered, the allowed keys, EC2’s last answer and the exceptions."
    >
      <ul className={classes.checks} aria-label="Checks">
        {checks.map(({ name, proof, refusals }) => (
          <li key={name}>
            <Status kind={proof === null ? 'bad' : 'good'}>
              {checkTitle(name)}: {proof === null ? 'refused' : 'passed'}
            </Status>
            {proof !== null && (
              <p>
                <Words text={proof} />
              </p>
            )}
            {refusals.length > 0 && (
              <ul className={classes.reasons}>
                {refusals.map(({ code, reason, remedy }, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: two reasons may be the same text
                  <li key={`${code} ${i}`}>
                    <Words text={reason} />{' '}
                    <span className={classes.remedy}>
                      <Words text={remedy} />
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}

import Markdown from 'markdown-to-jsx/react'
import type { ReactNode } from 'react'
import { Link } from '../../components/Link.tsx'
import classes from './Note.module.css'

type WithChildren = { children?: ReactNode }

/** A page of the portal, a page of the web or an address of e-mail; for anything else the words without a link. */
function Anchor({ href, children }: WithChildren & { href?: string }) {
  if (href && /^\/(?!\/)/.test(href)) return <Link href={href}>{children}</Link>
  if (!href || !/^(https?:\/\/|mailto:)/i.test(href)) return <span>{children}</span>
  return (
    <a href={href} rel="noopener noreferrer nofollow">
      {children}
    </a>
  )
}

/** A link, because its server would learn who reads the note, and our content security policy forbids it. */
const Picture = ({ alt, src }: { alt?: string; src?: string }) => (
  <Anchor {...(src === undefined ? {} : { href: src })}>Picture{alt ? `: ${alt}` : ''}</Anchor>
)

/** The title of a note is below those of the page, whatever its level. */
const Title = ({ children }: WithChildren) => <h3 className={classes.title}>{children}</h3>

const Code = ({ children }: WithChildren) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls long lines
  <pre tabIndex={0}>{children}</pre>
)

const Table = ({ children }: WithChildren) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls wide tables
  <div className={classes.scroll} tabIndex={0}>
    <table>{children}</table>
  </div>
)

const Task = ({ checked }: { checked?: boolean }) => <span>{checked ? '☑' : '☐'}</span>

/** Without what would mean something outside of the note: landmarks, and ids that another note may have too. */
const Plain = ({ children }: WithChildren) => <div>{children}</div>
const Superscript = ({ children }: WithChildren) => <sup>{children}</sup>

const options = {
  disableParsingRawHTML: true,
  disableFrontmatter: true,
  forceBlock: true,
  wrapper: Plain,
  forceWrapper: true,
  overrides: {
    ...{ a: Anchor, img: Picture, pre: Code, table: Table, input: Task },
    ...{ h1: Title, h2: Title, h3: Title, h4: Title, h5: Title, h6: Title },
    ...{ header: Plain, footer: Plain, div: Plain, sup: Superscript },
  },
}

/** A note as Markdown. HTML in it is text. */
export const NoteMarkdown = ({ text }: { text: string }) => <Markdown options={options}>{text}</Markdown>

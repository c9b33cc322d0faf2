'use client'

import { usePathname } from 'next/navigation'
import { Link } from '../components/Link.tsx'
import classes from './Breadcrumb.module.css'
import { crumbsOf } from './navigation.ts'

/** The path to the open page. */
export function Breadcrumb() {
  const crumbs = crumbsOf(usePathname())
  return (
    <nav aria-label="Breadcrumb" className={classes.breadcrumb}>
      <ol className={classes.list}>
        {crumbs.map(({ label, href }) => (
          <li key={label} className={classes.crumb}>
            {href ? <Link href={href}>{label}</Link> : <span aria-current="page">{label}</span>}
          </li>
        ))}
      </ol>
    </nav>
  )
}

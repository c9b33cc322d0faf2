import { NotFound } from '../frame/NotFound.tsx'
import classes from '../frame/Standalone.module.css'

export default function Page() {
  return (
    <main className={classes.page}>
      <NotFound />
    </main>
  )
}

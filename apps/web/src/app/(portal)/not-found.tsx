import { NotFound } from '../../frame/NotFound.tsx'

export default function Page() {
  return <NotFound />
}

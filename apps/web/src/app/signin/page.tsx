import type { Metadata } from 'next'
import { SignIn } from '../../frame/SignIn.tsx'
import { endedOf } from '../../lib/auth/signInPath.ts'

export const metadata: Metadata = { title: 'Sign in' }

export default async function Page({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { callbackUrl, ended, error } = await searchParams
  return (
    <SignIn
      callbackUrl={typeof callbackUrl === 'string' ? callbackUrl : '/'}
      ended={endedOf(ended)}
      failed={error !== undefined}
    />
  )
}

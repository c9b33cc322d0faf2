import type { Metadata } from 'next'
import { SignIn } from '../../frame/SignIn.tsx'

export const metadata: Metadata = { title: 'Sign in' }

export default async function Page({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { callbackUrl, error } = await searchParams
  return <SignIn callbackUrl={typeof callbackUrl === 'string' ? callbackUrl : '/'} failed={error !== undefined} />
}

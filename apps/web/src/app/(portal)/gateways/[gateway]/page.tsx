import type { Metadata } from 'next'
import { GatewayPage } from '../../../../features/gateway/GatewayPage.tsx'

type Props = { params: Promise<{ gateway: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).gateway) }
}

export default async function Page({ params }: Props) {
  const { gateway } = await params
  return <GatewayPage gatewayId={decodeURIComponent(gateway)} />
}

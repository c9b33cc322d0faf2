import { fileURLToPath } from 'node:url'
import type { NextConfig } from 'next'

const config: NextConfig = {
  distDir: process.env.PORTAL_BUILD || '.next',
  poweredByHeader: false,
  reactStrictMode: true,
  transpilePackages: ['@tickwatch/policy'],
  turbopack: { root: fileURLToPath(new URL('../..', import.meta.url)) },
  experimental: { optimizePackageImports: ['@mantine/core', '@mantine/hooks'] },
  // Types are checked by `npm run typecheck`; `npm start` builds without waiting for them.
  typescript: { ignoreBuildErrors: true },
  // The content security policy carries a nonce and is set by src/proxy.ts.
  headers: async () => [
    {
      source: '/:path*',
      headers: [
        { key: 'x-content-type-options', value: 'nosniff' },
        { key: 'x-frame-options', value: 'DENY' },
        { key: 'referrer-policy', value: 'same-origin' },
        { key: 'permissions-policy', value: 'camera=(), microphone=(), geolocation=(), payment=()' },
        { key: 'cross-origin-opener-policy', value: 'same-origin' },
        { key: 'strict-transport-security', value: 'max-age=31536000; includeSubDomains' },
      ],
    },
  ],
}

export default config

'use client'

import NextLink from 'next/link'
import type { ComponentProps } from 'react'

/**
 * A link to a page of the portal. Next would ask for the pages of all links in sight: twenty requests for each page that a
 * person opens. Every page here is rendered for one person and this moment, so a click asks for it in any case.
 */
export const Link = (props: ComponentProps<typeof NextLink>) => <NextLink {...props} prefetch={false} />

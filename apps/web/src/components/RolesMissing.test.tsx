import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { MeProvider } from '../lib/me.tsx'
import type { Me } from '../lib/permissions.ts'
import { RolesMissing } from './RolesMissing.tsx'

const shownTo = (me: Pick<Me, 'unverifiedEmail' | 'groupsLeftOut'>) => {
  const nobody = {
    subject: 'lee',
    name: 'Lee',
    email: null,
    roles: [],
    rolesUnknown: false,
    platformPermissions: [],
    tenants: [],
  }
  return renderToStaticMarkup(
    <MeProvider me={{ ...nobody, ...me }}>
      <RolesMissing className="p" />
    </MeProvider>,
  )
}

it('a person whose groups were left out of the token, or whose address does not count, reads why', () => {
  expect(shownTo({ unverifiedEmail: null, groupsLeftOut: false })).toBe('')
  expect(shownTo({ unverifiedEmail: null, groupsLeftOut: true })).toMatch(
    /^<p class="p">Roles given to your groups do not apply/,
  )
  expect(shownTo({ unverifiedEmail: 'lee@acme.example', groupsLeftOut: false })).toMatch(
    /^<p class="p">Roles given to .*lee@acme.example.* do not apply/,
  )
})

import { readdir } from 'node:fs/promises'
import { createRuleGroups } from '@tickwatch/aws'
import { describe, expect, it, vi } from 'vitest'
import { region, type Signing, signedFor, useAmp, workspaceId } from './ampTestServer.ts'

const { prometheusUrl, rulesDir, send, signed, startSlow } = useAmp()

describe('the control plane', () => {
  const rules = (group: string, expression: string) =>
    JSON.stringify({ groups: [{ name: group, rules: [{ record: 'test:one', expr: expression }] }] })
  const named = (name: string) =>
    Buffer.from(JSON.stringify({ name, data: Buffer.from(rules('g', 'vector(1)')).toString('base64') }))
  const groups = async () => {
    const answer = await fetch(`${prometheusUrl()}/api/v1/rules`)
    const { data } = (await answer.json()) as { data: { groups: { name: string }[] } }
    return data.groups.map((group) => group.name)
  }

  const read = async (path: string) =>
    JSON.parse((await send(signed({ method: 'GET', path, body: Buffer.alloc(0), headers: {} }))).text) as Record<
      string,
      unknown
    >

  it('describes the workspace', async () => {
    const { workspace } = await read(`/workspaces/${workspaceId}`)
    expect(workspace).toMatchObject({
      workspaceId,
      arn: `arn:aws:aps:${region}:000000000000:workspace/${workspaceId}`,
      status: { statusCode: 'ACTIVE' },
    })
  })

  it('makes Prometheus evaluate the rules that our adapter puts, and replaces them', async () => {
    const alerts = createRuleGroups(workspaceId)
    await alerts.put('team/one', rules('first', 'vector(1)'))
    expect(await groups()).toEqual(['first'])
    await alerts.put('team/one', rules('second', 'vector(2)'))
    expect(await groups()).toEqual(['second'])
    const { ruleGroupsNamespaces } = await read(`/workspaces/${workspaceId}/rulegroupsnamespaces`)
    expect(ruleGroupsNamespaces).toMatchObject([{ name: 'team/one', status: { statusCode: 'ACTIVE' } }])
  })

  it.each([
    ['a wrong expression', rules('broken', 'sum(')],
    ['invalid YAML', '{'],
  ])('rejects rules with %s and keeps the previous rules', async (_case, yaml) => {
    const alerts = createRuleGroups(workspaceId)
    await alerts.put('kept', rules('kept', 'vector(1)'))
    await expect(alerts.put('kept', yaml)).rejects.toMatchObject({ code: 'ValidationException' })
    await expect(alerts.put('new', yaml)).rejects.toMatchObject({ code: 'ValidationException' })
    expect(await groups()).toContain('kept')
    expect(await groups()).not.toContain('broken')
    expect(await readdir(rulesDir())).not.toContain('new.rules.yaml')
  })

  it('keeps the other changes if one of several concurrent changes is rejected', async () => {
    const alerts = createRuleGroups(workspaceId)
    const puts = Array.from({ length: 16 }, (_, i) =>
      alerts.put(`many-${i}`, rules(`many-${i}`, i % 2 === 0 ? 'vector(1)' : 'sum(')),
    )
    const outcomes = await Promise.allSettled(puts)
    expect(outcomes.map((outcome) => outcome.status)).toEqual(
      puts.map((_, i) => (i % 2 === 0 ? 'fulfilled' : 'rejected')),
    )
    const evaluated = (await groups()).filter((group) => group.startsWith('many-'))
    expect(evaluated).toHaveLength(8)
  })

  it.each<[string, number, Partial<Signing>]>([
    ['creating a namespace that exists', 409, { method: 'POST', path: '' }],
    ['putting a namespace that does not exist', 404, { method: 'PUT', path: '/absent' }],
    ['describing a namespace that does not exist', 404, { method: 'GET', path: '/absent' }],
    ['creating one with a name of 129 characters', 400, { method: 'POST', path: '', body: named('n'.repeat(129)) }],
    ['creating one without data', 400, { method: 'POST', path: '', body: Buffer.from('{"name":"n"}') }],
    ['a body that is not JSON', 400, { method: 'POST', path: '', body: Buffer.from('{') }],
    ['deleting a namespace that does not exist', 404, { method: 'DELETE', path: '/absent' }],
    ['a call that the stand-in does not support', 404, { method: 'PATCH', path: '/kept' }],
  ])('%s answers %i', async (_case, status, { method, path, body: content = named('kept') }) => {
    await createRuleGroups(workspaceId).put('kept', rules('kept', 'vector(1)'))
    const full = `/workspaces/${workspaceId}/rulegroupsnamespaces${path}`
    const request = { method: method as string, path: full, body: method === 'GET' ? Buffer.alloc(0) : content }
    expect((await send(signed({ ...request, headers: {} }))).status).toBe(status)
  })

  it('stops evaluating the rules of a namespace that our adapter deletes', async () => {
    const adapter = createRuleGroups(workspaceId)
    await adapter.put('gone', rules('gone', 'vector(1)'))
    expect(await groups()).toContain('gone')
    await adapter.remove('gone')
    expect(await groups()).not.toContain('gone')
    expect(await adapter.get('gone')).toBeNull()
    await adapter.remove('gone')
  })

  it('refuses another change until the one before it is made', async () => {
    const slow = await startSlow()
    const ask = (method: string, path: string, content = named('slow')) => {
      const full = `/workspaces/${workspaceId}/rulegroupsnamespaces${path}`
      return send(signedFor(slow.url, { method, path: full, body: content, headers: {} }), slow.url)
    }
    expect((await ask('POST', '')).status).toBe(202)
    expect(await ask('PUT', '/slow')).toMatchObject({ status: 409, type: 'ConflictException' })
    expect((await ask('DELETE', '/slow')).status).toBe(409)
    const described = JSON.parse((await ask('GET', '/slow', Buffer.alloc(0))).text)
    expect(described.ruleGroupsNamespace.status).toEqual({ statusCode: 'CREATING' })
    await slow.stop()
  })

  it('refuses rules that are more than the workspace may have, and keeps those that it has', async () => {
    const adapter = createRuleGroups(workspaceId)
    await adapter.put('kept', rules('kept', 'vector(1)'))
    const group = (i: number) => ({ name: `g${i}`, rules: [{ record: 'test:one', expr: 'vector(1)' }] })
    const tooMany = JSON.stringify({ groups: Array.from({ length: 2_000 }, (_, i) => group(i)) })
    const refused = {
      code: 'ServiceQuotaExceededException',
      message: expect.stringMatching(/20\d\d rules, of at most 2000/),
    }
    await expect(adapter.put('many', tooMany)).rejects.toMatchObject(refused)
    expect(await groups()).toContain('kept')
  })

  it('checks the signature too', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong')
    await expect(createRuleGroups(workspaceId).put('a', rules('a', 'vector(1)'))).rejects.toMatchObject({
      code: 'InvalidSignatureException',
    })
  })
})

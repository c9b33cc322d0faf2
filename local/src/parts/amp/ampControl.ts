import { AmpFault } from './ampFault.ts'
import { type RuleFiles, type RuleNamespace, RulesRefused, TooManyRules } from './ampRules.ts'

type Answer = { status: number; json: object }
/** @param path the parts of the URL's path after the workspace, decoded */
type ControlPlane = (method: string, path: string[], query: URLSearchParams, body: Buffer) => Promise<Answer>

const accountId = '000000000000'
const nameCharactersMax = 128
const fileBytesMax = 1_048_576
const active = { statusCode: 'ACTIVE' }

/**
 * The control-plane calls of AMP that Tickwatch uses, in REST JSON. A change is answered before it is made: until
 * `settleMs` later the namespace is not active, and another change of it is refused.
 */
export function controlPlane({
  region,
  workspaceId,
  rules,
  settleMs,
}: {
  region: string
  workspaceId: string
  rules: RuleFiles
  settleMs: number
}): ControlPlane {
  /** The namespaces whose change is not made yet, with their status. */
  const changing = new Map<string, 'CREATING' | 'UPDATING' | 'DELETING'>()
  const arn = (resource: string) => `arn:aws:aps:${region}:${accountId}:${resource}`
  const namespaceArn = (name: string) => arn(`rulegroupsnamespace/${workspaceId}/${name}`)
  const summary = ({ name, modifiedAt }: RuleNamespace) => ({
    arn: namespaceArn(name),
    name,
    status: { statusCode: changing.get(name) ?? 'ACTIVE' },
    createdAt: modifiedAt,
    modifiedAt,
    tags: {},
  })

  /** Begins a change, which is made a while after its answer. */
  async function change(
    name: string,
    status: 'CREATING' | 'UPDATING' | 'DELETING',
    begin: () => Promise<void>,
    end: () => Promise<void>,
  ): Promise<void> {
    const underWay = changing.get(name)
    if (underWay) throw new AmpFault(409, 'ConflictException', `Rule groups namespace is ${underWay}. name: ${name}`)
    changing.set(name, status)
    try {
      await begin()
    } catch (cause) {
      changing.delete(name)
      throw cause
    }
    const made = () => void changing.delete(name)
    // If Prometheus is away, the rules stay, as if the change had not been asked for.
    setTimeout(() => void end().then(made, made), settleMs).unref()
  }

  async function save(name: string, data: unknown, status: 'CREATING' | 'UPDATING'): Promise<Answer> {
    if (name === '' || name.length > nameCharactersMax)
      throw validation(`name needs 1 to ${nameCharactersMax} characters`)
    if (typeof data !== 'string') throw validation('data is required')
    const file = Buffer.from(data, 'base64')
    if (file.length > fileBytesMax) throw validation(`data has more than ${fileBytesMax} bytes`)
    try {
      await change(
        name,
        status,
        () => rules.save(name, file),
        async () => {},
      )
    } catch (cause) {
      if (cause instanceof RulesRefused) throw validation(`the rule groups are not valid: ${cause.message}`)
      if (cause instanceof TooManyRules) throw new AmpFault(402, 'ServiceQuotaExceededException', cause.message)
      throw cause
    }
    return { status: 202, json: { name, arn: namespaceArn(name), status: { statusCode: status }, tags: {} } }
  }

  async function existing(name: string): Promise<RuleNamespace> {
    const found = await rules.find(name)
    if (found) return found
    throw new AmpFault(404, 'ResourceNotFoundException', `Rule groups namespace not found. name: ${name}`)
  }

  const workspace = (): Answer => ({
    status: 200,
    json: {
      workspace: {
        workspaceId,
        arn: arn(`workspace/${workspaceId}`),
        status: active,
        prometheusEndpoint: `https://aps-workspaces.${region}.amazonaws.com/workspaces/${workspaceId}/`,
        createdAt: 0,
        tags: {},
      },
    },
  })

  return async (method, path, query, body) => {
    const [resource, name] = path
    if (method === 'GET' && (resource === undefined || resource === '')) return workspace()
    if (resource !== 'rulegroupsnamespaces' || path.length > 2) throw unknownOperation()
    switch (`${method} ${name === undefined ? 'all' : 'one'}`) {
      case 'GET all': {
        const all = await rules.list()
        const prefix = query.get('name') ?? ''
        return {
          status: 200,
          json: { ruleGroupsNamespaces: all.filter((n) => n.name.startsWith(prefix)).map(summary) },
        }
      }
      case 'POST all': {
        const { name: newName, data } = parse(body)
        if (typeof newName !== 'string') throw validation('name is required')
        if (await rules.find(newName)) {
          throw new AmpFault(409, 'ConflictException', `Rule groups namespace already exists. name: ${newName}`)
        }
        return save(newName, data, 'CREATING')
      }
      case 'GET one': {
        const found = await existing(name as string)
        return {
          status: 200,
          json: { ruleGroupsNamespace: { ...summary(found), data: found.data.toString('base64') } },
        }
      }
      case 'PUT one': {
        const found = await existing(name as string)
        return save(found.name, parse(body).data, 'UPDATING')
      }
      case 'DELETE one': {
        const found = await existing(name as string)
        await change(
          found.name,
          'DELETING',
          async () => {},
          () => rules.remove(found.name),
        )
        return { status: 202, json: {} }
      }
      default:
        throw unknownOperation()
    }
  }
}

const validation = (message: string) => new AmpFault(400, 'ValidationException', message)
const unknownOperation = () => new AmpFault(404, 'UnknownOperationException', 'There is no such operation.')

function parse(body: Buffer): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(body.toString())
    if (typeof json === 'object' && json !== null) return { ...json }
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  }
  throw validation('the body is not a JSON object')
}

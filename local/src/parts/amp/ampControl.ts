import { AmpFault } from './ampFault.ts'
import { type RuleFiles, type RuleNamespace, RulesRefused } from './ampRules.ts'

type Answer = { status: number; json: object }
/** @param path the parts of the URL's path after the workspace, decoded */
type ControlPlane = (method: string, path: string[], query: URLSearchParams, body: Buffer) => Promise<Answer>

const accountId = '000000000000'
const nameCharactersMax = 128
const active = { statusCode: 'ACTIVE' }

/** The control-plane calls of AMP that Tickwatch uses, in REST JSON. When a change is answered, it has been applied. */
export function controlPlane({
  region,
  workspaceId,
  rules,
}: {
  region: string
  workspaceId: string
  rules: RuleFiles
}): ControlPlane {
  const arn = (resource: string) => `arn:aws:aps:${region}:${accountId}:${resource}`
  const namespaceArn = (name: string) => arn(`rulegroupsnamespace/${workspaceId}/${name}`)
  const summary = ({ name, modifiedAt }: RuleNamespace) => ({
    arn: namespaceArn(name),
    name,
    status: active,
    createdAt: modifiedAt,
    modifiedAt,
    tags: {},
  })

  async function save(name: string, data: unknown): Promise<Answer> {
    if (name === '' || name.length > nameCharactersMax)
      throw validation(`name needs 1 to ${nameCharactersMax} characters`)
    if (typeof data !== 'string') throw validation('data is required')
    try {
      await rules.save(name, Buffer.from(data, 'base64'))
    } catch (cause) {
      if (cause instanceof RulesRefused) throw validation(`the rule groups are not valid: ${cause.message}`)
      throw cause
    }
    return { status: 202, json: { name, arn: namespaceArn(name), status: active, tags: {} } }
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
        return save(newName, data)
      }
      case 'GET one': {
        const found = await existing(name as string)
        return {
          status: 200,
          json: { ruleGroupsNamespace: { ...summary(found), data: found.data.toString('base64') } },
        }
      }
      case 'PUT one': {
        await existing(name as string)
        return save(name as string, parse(body).data)
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

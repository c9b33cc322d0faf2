import { z } from 'zod'
import { heartbeatInput } from '../features/gateway/gateway.types.ts'
import { appRouter } from '../router.ts'
import type { ProcedureMeta } from '../trpc.ts'

export type Procedure = {
  path: string
  type: 'query' | 'mutation' | 'subscription'
  meta: ProcedureMeta | undefined
  /** Undefined if it takes no input. */
  input: z.core.$ZodType | undefined
}

type Definition = { type: Procedure['type']; meta?: ProcedureMeta; inputs: unknown[] }
const isProcedure = (value: unknown): value is { _def: Definition } => typeof value === 'function' && '_def' in value

/** Every procedure of the router. tRPC keeps them in one object, by their full path. */
export const procedures: Procedure[] = Object.entries(appRouter._def.procedures).flatMap(
  ([path, procedure]: [string, unknown]) => {
    if (!isProcedure(procedure)) return []
    const { type, meta, inputs } = procedure._def
    const [input] = inputs
    return [{ path, type, meta, input: input instanceof z.core.$ZodType ? input : undefined }]
  },
)

/** Each schema of what comes from outside: the procedures' inputs, and a gateway's heartbeat. */
export const inputSchemas: [string, z.core.$ZodType][] = [
  ...procedures.flatMap(({ path, input }): [string, z.core.$ZodType][] => (input ? [[path, input]] : [])),
  ['heartbeat', heartbeatInput],
]

/** The schemas that a schema is made of, one level down. */
export function partsOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'object':
      return Object.values(def.shape)
    case 'record':
      return [def.keyType, def.valueType]
    case 'union':
      return [...def.options]
    case 'array':
      return [def.element]
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
      return [def.innerType]
    case 'string':
    case 'number':
    case 'boolean':
    case 'enum':
    case 'literal':
      return []
    default:
      throw new TypeError(`an input has a schema of type ${def.type}, which the tests do not know yet`)
  }
}

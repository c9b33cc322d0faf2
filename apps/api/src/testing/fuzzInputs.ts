import fc from 'fast-check'
import { z } from 'zod'

export type Fuzz = {
  /** Texts that mean something here, such as the ids of rows. */
  known: readonly string[]
  /** Any text and any number. */
  text: fc.Arbitrary<string>
  number: fc.Arbitrary<number>
}

const anything = ({ text, number }: Fuzz) =>
  fc.oneof(
    text,
    number,
    fc.constantFrom(null, true, [], {}, [[]], { '': null }, '[Infinity]'),
    fc.jsonValue({ maxDepth: 3 }),
  )

/** JSON for a schema: each part mostly fits, and now and then is anything. */
export function inputOf(schema: z.core.$ZodType, fuzz: Fuzz): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: fitting(schema, fuzz) }, { weight: 1, arbitrary: anything(fuzz) })
}

function fitting(schema: z.core.$ZodType, fuzz: Fuzz): fc.Arbitrary<unknown> {
  const { def, bag } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'object': {
      const members = Object.entries(def.shape).map(([name, part]) => [name, inputOf(part, fuzz)] as const)
      const isOptional = (part: z.core.$ZodType) => part._zod.optin === 'optional'
      const requiredKeys = Object.keys(def.shape).filter((name) => !isOptional(def.shape[name] as z.core.$ZodType))
      const whole = fc.record(Object.fromEntries(members), { requiredKeys })
      const part = fc.record(Object.fromEntries(members), { requiredKeys: [] })
      return fc.oneof({ weight: 12, arbitrary: whole }, { weight: 1, arbitrary: part })
    }
    case 'record':
      return fc
        .array(fc.tuple(fitting(def.keyType, fuzz).map(String), inputOf(def.valueType, fuzz)), { maxLength: 4 })
        .map((members) => Object.fromEntries(members))
    case 'array':
      return fc.array(inputOf(def.element, fuzz), { maxLength: 4 })
    case 'union':
      return fc.oneof(...def.options.map((option) => inputOf(option, fuzz)))
    case 'optional':
    case 'default':
    case 'prefault':
    case 'readonly':
      return inputOf(def.innerType, fuzz)
    case 'nullable':
      return fc.oneof(
        { weight: 4, arbitrary: inputOf(def.innerType, fuzz) },
        { weight: 1, arbitrary: fc.constant(null) },
      )
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries))
    case 'literal':
      return fc.constantFrom(...def.values)
    case 'boolean':
      return fc.boolean()
    case 'number':
      return numbers(bag, fuzz)
    case 'string':
      return texts('format' in def ? String(def.format) : '', [...((bag.patterns as Set<RegExp>) ?? [])], {
        ...fuzz,
        known: fuzz.known.filter((text) => z.safeParse(schema, text).success),
      })
    default:
      throw new TypeError(`no values are known for a schema of type ${def.type}`)
  }
}

function numbers(bag: Record<string, unknown>, fuzz: Fuzz) {
  const min = Math.max(Number(bag.minimum ?? 0), Number.MIN_SAFE_INTEGER)
  const max = Math.min(Number(bag.maximum ?? 2 ** 40), Number.MAX_SAFE_INTEGER)
  return fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: Math.ceil(min), max: Math.min(Math.floor(max), 1_000) }) },
    { weight: 2, arbitrary: fc.constantFrom(Math.ceil(min), Math.floor(max)) },
    { weight: 3, arbitrary: fuzz.number },
  )
}

function texts(format: string, patterns: RegExp[], fuzz: Fuzz): fc.Arbitrary<string> {
  const [pattern] = patterns
  const times = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  const valid =
    format === 'datetime'
      ? times.map((time) => time.toISOString())
      : format === 'uuid'
        ? fc.uuid()
        : pattern
          ? fc.stringMatching(pattern)
          : fc.constantFrom('launch day', 'a longer reason', 'acme')
  return fc.oneof(
    { weight: 4, arbitrary: valid },
    { weight: 4, arbitrary: fuzz.known.length > 0 ? fc.constantFrom(...fuzz.known) : valid },
    { weight: 3, arbitrary: fuzz.text },
  )
}

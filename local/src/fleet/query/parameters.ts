import { type FaultCode, FleetFault } from '../refresh/fault.ts'

/** The parameters of a call in AWS's Query protocol, such as `Preferences.CheckpointPercentages.member.1`. */
export class Parameters {
  readonly #form: URLSearchParams

  constructor(body: string) {
    this.#form = new URLSearchParams(body)
  }

  names(): Iterable<string> {
    return this.#form.keys()
  }

  text(name: string): string | undefined {
    return this.#form.get(name) ?? undefined
  }

  /** @throws FleetFault if it is missing */
  required(name: string, code: FaultCode = 'MissingParameter'): string {
    const value = this.text(name)
    if (value === undefined || value === '') {
      throw new FleetFault(code, `The request must contain the parameter ${name}`)
    }
    return value
  }

  number(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    if (!/^-?\d+$/.test(value)) throw new FleetFault('ValidationError', `${name} is not a whole number: ${value}`)
    return Number(value)
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name)
    return value === undefined ? undefined : value === 'true'
  }

  /** @throws FleetFault if it is none of these */
  oneOf<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.text(name)
    const chosen = choices.find((choice) => choice === value)
    if (value !== undefined && !chosen) {
      throw new FleetFault('ValidationError', `${name} must be one of ${choices.join(', ')}`)
    }
    return chosen
  }

  /** A list: `name.member.1` and so on in Auto Scaling, `name.1` in EC2. Undefined if it has no members. */
  list(name: string): string[] | undefined {
    const values: string[] = []
    for (let i = 1; ; i++) {
      const value = this.text(`${name}.member.${i}`) ?? this.text(`${name}.${i}`)
      if (value === undefined) break
      values.push(value)
    }
    return values.length === 0 ? undefined : values
  }

  /** The tags that EC2 is to put on what it makes. @param resourceType such as `image` */
  tags(resourceType: string): Record<string, string> {
    const tags: Record<string, string> = {}
    for (let i = 1; ; i++) {
      const prefix = `TagSpecification.${i}`
      const type = this.text(`${prefix}.ResourceType`)
      if (type === undefined) return tags
      if (type !== resourceType) continue
      for (let j = 1; ; j++) {
        const key = this.text(`${prefix}.Tag.${j}.Key`)
        if (key === undefined) break
        tags[key] = this.text(`${prefix}.Tag.${j}.Value`) ?? ''
      }
    }
  }

  /** EC2's filters, by name. */
  filters(): Map<string, string[]> {
    const found = new Map<string, string[]>()
    for (let i = 1; ; i++) {
      const name = this.text(`Filter.${i}.Name`)
      if (name === undefined) return found
      found.set(name, this.list(`Filter.${i}.Value`) ?? [])
    }
  }
}

/** One page of these, and the token for the next. A token is the index of the first one of its page. */
export function page<T>(
  all: readonly T[],
  token: string | undefined,
  size: number,
): { items: T[]; next: string | null } {
  const start = token === undefined ? 0 : Number(token)
  if (!Number.isInteger(start) || start < 0 || (token !== undefined && start >= all.length)) {
    throw new FleetFault('InvalidNextToken', `The token ${token} is not valid.`)
  }
  const end = start + size
  return { items: all.slice(start, end), next: end < all.length ? String(end) : null }
}

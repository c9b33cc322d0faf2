/**
 * The members of a type at every depth, none of them optional. A schema that lacks an optional member still satisfies
 * its type, and strips that member in silence. The members of the two are not equal then.
 */
export type Members<T> = T extends readonly (infer Item)[]
  ? Members<NonNullable<Item>>[]
  : T extends object
    ? { [Name in keyof T]-?: Members<NonNullable<T[Name]>> }
    : T

/** See alone.mjs, which has no types because it runs before anything is installed. */
export function alone<Result>(work: () => Result | Promise<Result>, folder?: string): Promise<Result>

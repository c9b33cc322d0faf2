/** What `apps/gateway/build/build.ts` built: the hash of its sources, the file's name, and the SHA-256 of the file in hex. */
export type BuiltGateway = { sources: string; file: string; sha256: string }

export declare const gatewayBuilds: string
export declare const gatewayRooms: readonly string[]
export declare function gatewaySources(): string
export declare function builtGateway(): BuiltGateway | null

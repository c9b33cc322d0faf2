/** The file of an artifact, and its SHA-256 in hex. */
export type GatewayArtifact = { sha256: string; file: string }

export declare const gatewayBuilds: string
export declare const gatewayRooms: readonly string[]
export declare function gatewaySources(): string
export declare function builtGateway(): GatewayArtifact | null

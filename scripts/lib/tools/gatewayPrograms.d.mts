export declare const programVersions: { envoy: string; prometheus: string; nodeExporter: string }
export declare function programsFolder(architecture: 'x86_64' | 'arm64'): string

// A step of a release: `npm run image:build` and the others (docs/images.md).
import { join } from 'node:path'
import { root } from '../sources.ts'
import { releaseFolder } from './record.ts'
import { runStep } from './steps.ts'

const tools = ['cosign', 'syft', 'grype'].map((tool) => join(root, '.cache', 'tools', tool))
process.env.PATH = [...tools, process.env.PATH].join(':')
process.exitCode = await runStep(process.argv[2] ?? '', releaseFolder, process.env)

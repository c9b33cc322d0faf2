import { EnvironmentError } from '@tickwatch/policy'
import { amiStep } from './ami.ts'
import { buildStep } from './build.ts'
import { publishStep } from './publish.ts'
import { registerStep } from './register.ts'
import { scanStep, updateDatabase } from './scan.ts'
import { signStep } from './sign.ts'
import { ask } from './tools.ts'

/** A step answers false if it did its work, and the release must not go on. */
type Step = (folder: string, variables: NodeJS.ProcessEnv) => Promise<unknown>

/**
 * The set-up installed the tools before. Pipelines run this first, so that what others wrote is installed before they have a right in
 * AWS, and that they build nothing for hours if there is no database for the scan.
 */
async function toolsStep(): Promise<void> {
  for (const tool of ['cosign', 'syft', 'grype']) console.log(await ask(tool, ['version']))
  await updateDatabase()
}

/** In the order in which pipelines run them. */
const steps: Record<string, Step> = {
  tools: toolsStep,
  build: buildStep,
  ami: amiStep,
  scan: scanStep,
  sign: signStep,
  register: registerStep,
  publish: publishStep,
}

/**
 * Runs a step of a release, and prints what it did or why it can't.
 * @param folder in which each step reads what the one before left
 * @returns the exit code: 0 only if the release may go on
 */
export async function runStep(name: string, folder: string, variables: NodeJS.ProcessEnv): Promise<number> {
  const step = Object.hasOwn(steps, name) ? steps[name] : undefined
  if (!step) {
    console.error(`Usage: npm run image:<${Object.keys(steps).join('|')}>`)
    return 2
  }
  try {
    return (await step(folder, variables)) === false ? 1 : 0
  } catch (fault) {
    const isExpected = fault instanceof EnvironmentError || (fault instanceof Error && fault.name === 'Error')
    console.error(isExpected ? fault.message : fault)
    return 1
  }
}

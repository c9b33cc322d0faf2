/** The most bytes of UTF-8 in one parameter of SSM Parameter Store's Standard tier. */
export const parameterBytesMax = 4_096
const labelsPerVersionMax = 10
const labelCharactersMax = 100

/** What is wrong with labels, one sentence each (AWS: LabelParameterVersion); empty if SSM would accept them. */
export function labelFaults(labels: readonly string[]): string[] {
  const faults: string[] = []
  if (labels.length === 0 || labels.length > labelsPerVersionMax) {
    faults.push(`a version must have 1 to ${labelsPerVersionMax} labels, not ${labels.length}`)
  }
  for (const label of labels) {
    if (label.length > labelCharactersMax) faults.push(`label ${label} is over ${labelCharactersMax} characters`)
    if (!/^[A-Za-z._-][A-Za-z0-9._-]*$/.test(label) || /^(aws|ssm)/i.test(label)) {
      faults.push(
        `label ${JSON.stringify(label)} may have letters, digits, ".", "-", "_", and must not begin with a digit, "aws" or "ssm"`,
      )
    }
  }
  return faults
}

/** Bytes of UTF-8 that the Standard tier of SSM Parameter Store holds in one parameter. */
export const parameterBytesMax = 4_096
const labelsPerVersionMax = 10
const labelCharactersMax = 100

/** Why SSM would not attach these labels, one sentence each (AWS: LabelParameterVersion); empty when it would. */
export function labelFaults(labels: readonly string[]): string[] {
  const faults: string[] = []
  if (labels.length === 0 || labels.length > labelsPerVersionMax) {
    faults.push(`a version carries 1 to ${labelsPerVersionMax} labels, not ${labels.length}`)
  }
  for (const label of labels) {
    if (label.length > labelCharactersMax) faults.push(`label ${label} is over ${labelCharactersMax} characters`)
    if (!/^[A-Za-z._-][A-Za-z0-9._-]*$/.test(label) || /^(aws|ssm)/i.test(label)) {
      faults.push(
        `label ${JSON.stringify(label)} needs letters, digits, ".", "-", "_", no digit, "aws" or "ssm" in front`,
      )
    }
  }
  return faults
}

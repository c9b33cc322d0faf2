/** An error of the API. Its code is the one that the service sends, without the `Fault` that some SDKs append. */
export class FleetFault extends Error {
  override name = 'FleetFault'
  readonly code: FaultCode

  constructor(code: FaultCode, message: string) {
    super(message)
    this.code = code
  }
}

export type FaultCode =
  | 'ActiveInstanceRefreshNotFound'
  | 'IdempotentParameterMismatch'
  | 'InstanceRefreshInProgress'
  | 'InvalidAction'
  | 'InvalidAMIID.NotFound'
  | 'InvalidAMIName.Duplicate'
  | 'InvalidLaunchTemplateId.NotFound'
  | 'InvalidLaunchTemplateId.VersionNotFound'
  | 'InvalidLaunchTemplateName.NotFoundException'
  | 'InvalidNextToken'
  | 'InvalidParameterValue'
  | 'IrreversibleInstanceRefresh'
  | 'MissingParameter'
  | 'UnsupportedOperation'
  | 'ValidationError'

/** A refusal as AMP words it: an HTTP status, AWS's name of the fault and its sentence. */
export class AmpFault extends Error {
  override name = 'AmpFault'
  readonly status: number
  readonly type: string

  constructor(status: number, type: string, message: string) {
    super(message)
    this.status = status
    this.type = type
  }
}

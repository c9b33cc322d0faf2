/** An error of AMP: an HTTP status, AWS's name for the fault and the message. */
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

import { describeContract } from './cases.ts'
import { openLocalTarget } from './localTarget.ts'

describeContract('the local fleet', openLocalTarget)

// `npm run test:aws` runs this, after it has created what the cases need.
import { describeContract } from '../cases.ts'
import { awsTarget, type Place, placeVariable } from './awsTarget.ts'

const place = process.env[placeVariable]

describeContract('AWS', async () => {
  if (!place) throw new Error('Run it with npm run test:aws, which creates what it needs.')
  return awsTarget(JSON.parse(place) as Place)
})

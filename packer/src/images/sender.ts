// A writer of acme, for a test: node sender.ts FOLDER. FOLDER has the CA of the stand-ins. It writes over one connection that it
// keeps, and each time over a new one too. It prints the status of each, and the fingerprint of the certificate that Envoy presents.
// Run it in the network namespace of the instance.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { peerSpiffeId } from '@tickwatch/policy'
import { openCertificateAuthority } from '../../../local/src/parts/pki.ts'
import { gaugeBody, writerOf } from '../../../local/src/testing/noise/writer.ts'
import { instancePorts } from '../settings.ts'

const ca = await openCertificateAuthority(join(process.argv[2] as string, 'pki'))
const uri = peerSpiffeId('tickwatch.local', 'acme', 'writer', 'sender')
const certificate = await ca.issue({ path: 'sender', usage: 'client', uri })
const port = instancePorts.writers
const newWriter = () => writerOf(`https://localhost:${port}`, ca.certFile, certificate)

const presented = () =>
  new Promise<string>((resolve, reject) => {
    const tls = {
      ca: readFileSync(ca.certFile),
      cert: readFileSync(certificate.cert),
      key: readFileSync(certificate.key),
    }
    const socket = connect({ host: 'localhost', port, ...tls }, () => {
      resolve(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    }).once('error', reject)
  })

const kept = newWriter()
let value = 0
const write = (by: ReturnType<typeof newWriter>) => by.send(gaugeBody('sender_value', value++)).catch(String)

for (;;) {
  const own = newWriter()
  console.log(`kept ${await write(kept)}`)
  console.log(`new ${await write(own)}`)
  console.log(`presents ${await presented().catch(String)}`)
  own.close()
  await new Promise((resolve) => setTimeout(resolve, 100))
}

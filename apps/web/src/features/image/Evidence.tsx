'use client'

import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Copyable } from '../../components/Copyable.tsx'
import { Facts } from '../../components/Facts.tsx'
import { Section } from '../../components/Section.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { saveFile } from '../../lib/saveFile.ts'
import { useTRPCClient } from '../../lib/trpc/client.ts'
import classes from './Image.module.css'
import { type Architecture, checkCommand, type ImageDetail, isArchitecture } from './images.ts'

/** Who built the image from what, and the files with which anyone can check it without Tickwatch. */
export function Evidence({ image }: { image: ImageDetail }) {
  const { provenance, reports } = image
  return (
    <Section
      title="Evidence"
      sentence="The signature covers the manifest, which names the AMIs. Nothing binds the bytes of an AMI to it: whoever may create AMIs under this account could replace what is in one before it is registered."
    >
      <Facts
        facts={[
          ...(provenance
            ? [
                { key: 'builder', label: 'Builder', value: <Words text={provenance.builderId} /> },
                { key: 'run', label: 'Run', value: <Words text={provenance.invocationId ?? 'not said'} /> },
                { key: 'source', label: 'Source', value: <Words text={provenance.source ?? 'not said'} /> },
                { key: 'type', label: 'Type of build', value: <Words text={provenance.buildType} /> },
              ]
            : []),
          ...reports.flatMap(({ architecture, scannedAt, databaseBuiltAt }) => [
            {
              key: `scanned ${architecture}`,
              label: `Scanned, ${architecture}`,
              value: scannedAt === null ? 'not said when' : <Time at={scannedAt} />,
            },
            {
              key: `database ${architecture}`,
              label: `Scanner’s database, ${architecture}`,
              value:
                databaseBuiltAt === null ? (
                  'none'
                ) : (
                  <>
                    built <Time at={databaseBuiltAt} />
                  </>
                ),
            },
          ]),
        ]}
      />
      <Downloads image={image} />
      <Copyable label="Check the signature" text={checkCommand} />
    </Section>
  )
}

function Downloads({ image: { id, name, version, reports } }: { image: ImageDetail }) {
  const client = useTRPCClient()
  const saveEvidence = useMutation({
    mutationFn: async () => {
      const { manifest, bundle, publicKey } = await client.image.evidence.query({ id }, { context: { alone: true } })
      saveFile([manifest], 'application/json', 'manifest.json')
      saveFile([bundle], 'application/json', 'bundle.json')
      if (publicKey !== null) saveFile([publicKey], 'application/x-pem-file', 'image-key.pem')
    },
  })
  const saveReport = useMutation({
    mutationFn: async ({ architecture, kind }: { architecture: Architecture; kind: 'sbom' | 'vulnerabilities' }) => {
      const { text } = await client.image.report.query({ id, architecture, kind }, { context: { alone: true } })
      saveFile([text], 'application/json', `${name}-${version}-${architecture}-${kind}.json`)
    },
  })
  const error = saveEvidence.error ?? saveReport.error
  return (
    <>
      <div className={classes.actions}>
        <Button
          size="compact-sm"
          variant="default"
          loading={saveEvidence.isPending}
          onClick={() => saveEvidence.mutate()}
        >
          Download manifest, bundle and key
        </Button>
        {reports
          .map(({ architecture }) => architecture)
          .filter(isArchitecture)
          .map((architecture) =>
            (['sbom', 'vulnerabilities'] as const).map((kind) => (
              <Button
                key={`${architecture} ${kind}`}
                size="compact-sm"
                variant="default"
                loading={saveReport.isPending}
                onClick={() => saveReport.mutate({ architecture, kind })}
              >
                Download the {kind === 'sbom' ? 'SBOM' : 'scan'} for {architecture}
              </Button>
            )),
          )}
      </div>
      {error && <ErrorState error={error} what="The file was not downloaded" />}
    </>
  )
}

import { idDefaults, idForms, logLevels, parseWaves, readEnvironment, WavesError } from '@tickwatch/policy'
import { stepSecondsDefault, stepSecondsMin } from '@tickwatch/slo'
import { z } from 'zod'
import { idInput } from './shared/inputs.ts'

const port = z.coerce.number().int().min(0).max(65_535)
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/ })
const httpUrl = z.url({ protocol: /^https?$/ })
const text = z.string().min(1)
const seconds = z.coerce.number().int().min(1)
const waves = z.string().superRefine((list, context) => {
  try {
    parseWaves(list)
  } catch (error) {
    if (!(error instanceof WavesError)) throw error
    context.addIssue({ code: 'custom', message: error.message })
  }
})

/** The API's environment variables. Their descriptions are the table in `docs/configuration.md`. */
export const environment = z.object({
  AWS_REGION: text.describe('Region of all AWS services; the AWS SDK reads it, like the variables above'),
  API_HOST: text.default('127.0.0.1').describe('Address on which the API listens for the portal'),
  API_PORT: port.default(4000).describe('Its port; 0 means any free port'),
  TRUSTED_PROXIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(1)
    .describe(
      'How many servers before the API append to `X-Forwarded-For`; the portal is one. The client’s address in the audit log is what they say',
    ),
  MACHINE_HOST: text
    .default('127.0.0.1')
    .describe('Address on which the API listens for gateways (the machine port, mTLS)'),
  MACHINE_PORT: port.default(4443).describe('Its port; 0 means any free port'),
  MACHINE_TLS_CERT_FILE: text.describe("PEM certificate of the machine port's server"),
  MACHINE_TLS_KEY_FILE: text.describe('PEM private key of that certificate'),
  MACHINE_CLIENT_CA_FILE: text.describe("PEM certificates of the authority that issues gateways' certificates"),
  TRUST_DOMAIN: idInput(idForms.trustDomain)
    .default(idDefaults.trustDomain)
    .describe('SPIFFE trust domain of gateways'),
  DATABASE_URL_TENANT: postgresUrl.describe("Postgres as `tickwatch_tenant`: tenants' requests"),
  DATABASE_URL_PLATFORM: postgresUrl.describe("Postgres as `tickwatch_platform`: the platform's requests"),
  DATABASE_URL_WORKER: postgresUrl.describe('Postgres as `tickwatch_worker`: background jobs'),
  OIDC_ISSUER: httpUrl.describe('OpenID Connect issuer, exactly as in its tokens (`iss`)'),
  OIDC_AUDIENCE: text.default('tickwatch-api').describe('Audience that an access token must name'),
  OIDC_AUDIENCE_CLAIM: z
    .enum(['aud', 'client_id'])
    .default('aud')
    .describe('Claim that must name the audience; `client_id` for Amazon Cognito, whose access tokens have no `aud`'),
  OIDC_GROUPS_CLAIM: text.default('groups').describe("Claim of the access token that lists the person's groups"),
  OIDC_TRUST_EMAILS: z
    .enum(['true', 'false'])
    .default('false')
    .describe(
      'Whether roles given to an e-mail address apply also if the token has no `email_verified`. Set it to `true` only if nobody can choose their own address at the issuer',
    ),
  TICKWATCH_ENVIRONMENT: idInput(idForms.environment)
    .default(idDefaults.environment)
    .describe('Name of the environment; part of the SSM parameter names and of every bundle'),
  POLICY_WAVES: waves
    .default('canary,fleet')
    .describe(
      'Rings in the order in which they get a policy version; after `canary:60` the next ring waits at most 60 s, not 30 s',
    ),
  POLICY_BUCKET: text.describe('S3 bucket of policy bundles'),
  POLICY_KMS_KEY_ID: text.describe(
    'KMS key (ECC_NIST_P256, sign and verify) that signs policy bundles: id, ARN or alias',
  ),
  AUDIT_BUCKET: text.describe("S3 bucket, with Object Lock and a default retention, of the audit chain's checkpoints"),
  IMAGE_KEYS_FILE: text
    .default('none')
    .describe(
      'JSON file of the public keys whose signatures make images trusted ([image-catalogue.md](image-catalogue.md)); it is read again when it changes. With `none` no image is trusted',
    ),
  ROLLOUT_TARGETS_FILE: text
    .default('none')
    .describe(
      'JSON file of the Auto Scaling groups that rollouts may change ([rollouts.md](rollouts.md)); it is read again when it changes. With `none` nothing can be rolled out',
    ),
  AMP_WORKSPACE_ID: text.describe('Workspace of Amazon Managed Service for Prometheus'),
  AMP_ENDPOINT: httpUrl.describe('Its endpoint, `https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`'),
  ALERTS_TOPIC_ARN: z
    .union([z.literal('none'), z.string().regex(/^arn:aws[a-z-]*:sns:/)])
    .default('none')
    .describe("SNS topic (standard) to which AMP's Alertmanager publishes. With `none` AMP gets no definition"),
  ALERTS_QUEUE_URL: z
    .union([z.literal('none'), httpUrl])
    .default('none')
    .describe(
      'SQS queue that gets what is published there. With `none` alerts come over the Alertmanager webhook only',
    ),
  PLATFORM_SAMPLES_PER_SECOND: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe(
      'Samples per second that the gateways and the AMP workspace carry, of all tenants together; *Approvals* compares the sum of all limits with it. With `0` it says that this is not known',
    ),
  PORTAL_URL: httpUrl
    .default('http://localhost:3000')
    .describe('The portal as people open it, without a slash at the end: notifications link to it'),
  PAGERDUTY_URL: httpUrl
    .default('https://events.pagerduty.com')
    .describe("PagerDuty's Events API; `https://events.eu.pagerduty.com` for accounts in the EU"),
  SLACK_URL: httpUrl.default('https://slack.com/api/').describe("Slack's Web API"),
  SMTP_URL: z
    .union([z.literal('none'), z.url({ protocol: /^smtps?$/ })])
    .default('none')
    .describe('Mail server, `smtps://host:465` or `smtp://host:587` with STARTTLS; with `none` no mail is sent'),
  SMTP_SECRET: z
    .union([z.literal('none'), z.string().regex(/^secretsmanager:arn:/)])
    .default('none')
    .describe(
      'User and password at the mail server: `secretsmanager:` and the ARN of a secret with `{"user", "pass"}`; with `none` it asks for none',
    ),
  MAIL_FROM: text.default('tickwatch@localhost').describe('Sender of mails'),
  DRIFT_ALERT_SECONDS: seconds
    .default(60)
    .describe('How long a gateway may drift from the policy of its ring before an alert fires'),
  ALERT_RULES_INTERVAL_SECONDS: seconds.default(15).describe('How often AMP evaluates the alert rules'),
  SLO_STEP_SECONDS: z.coerce
    .number()
    .int()
    .min(stepSecondsMin)
    .max(3_600)
    .default(stepSecondsDefault)
    .describe(
      'How often the rules of SLOs count events. All windows of SLOs are as many steps as they have minutes, so a shorter step makes them shorter. It must not be shorter than the time between two scrapes of an agent',
    ),
  AMP_RULES_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .default(2_000)
    .describe('Rules that the AMP workspace may have, its quota; an SLO that would exceed it is refused'),
  TICK_SECONDS: z.coerce
    .number()
    .min(0.1)
    .max(60)
    .default(4)
    .describe(
      'How often the API looks for work that nothing announces: what is due, what a lost signal left undone, and what changed at AWS',
    ),
  LOG_LEVEL: z.enum(logLevels).default('info').describe('Least severe level that is logged'),
})

export type Config = z.output<typeof environment>

/** @throws EnvironmentError, which names every variable that is wrong. */
export const readConfig = (variables: Readonly<Record<string, string | undefined>>): Config =>
  readEnvironment('The API', environment, variables)

import { idDefaults } from '@tickwatch/policy'
import { awsEnvironment } from '../platform/environment.ts'
import { partSpec } from '../platform/part.ts'
import { startScript } from '../platform/script.ts'
import { answers } from '../process/until.ts'
import { rolloutTargetsFile } from './fleet/groups.ts'
import { mailSecret } from './receivers/keys.ts'

export const apiPart = partSpec({
  name: 'api',
  after: ['certificates', 'database', 'aws', 'amp', 'issuer'],
  ports: { api: 4000, machine: 4443 },
  address: ({ addresses }) => addresses.api,
  launch: (context) => {
    const { state, ports } = context
    const env = {
      ...awsEnvironment(state),
      AWS_ENDPOINT_URL_AMP: state.addresses.amp,
      ...(state.addresses.fleet
        ? {
            AWS_ENDPOINT_URL_AUTO_SCALING: state.addresses.fleet,
            AWS_ENDPOINT_URL_EC2: state.addresses.fleet,
            ROLLOUT_TARGETS_FILE: rolloutTargetsFile(state.stateDir),
          }
        : {}),
      NODE_ENV: 'production',
      API_PORT: String(ports.api),
      MACHINE_PORT: String(ports.machine),
      MACHINE_TLS_CERT_FILE: state.pki.machine.cert,
      MACHINE_TLS_KEY_FILE: state.pki.machine.key,
      MACHINE_CLIENT_CA_FILE: state.pki.ca,
      TRUST_DOMAIN: idDefaults.trustDomain,
      DATABASE_URL_TENANT: state.database.tenant,
      DATABASE_URL_PLATFORM: state.database.platform,
      DATABASE_URL_WORKER: state.database.worker,
      OIDC_ISSUER: state.addresses.issuer,
      TICKWATCH_ENVIRONMENT: idDefaults.environment,
      POLICY_BUCKET: state.aws.policyBucket,
      AUDIT_BUCKET: state.aws.auditBucket,
      ALERTS_TOPIC_ARN: state.aws.alertsTopicArn,
      ALERTS_QUEUE_URL: state.aws.alertsQueueUrl,
      POLICY_KMS_KEY_ID: state.aws.policyKeyId,
      IMAGE_KEYS_FILE: state.pki.imageKeys,
      PORTAL_URL: state.addresses.portal,
      PAGERDUTY_URL: `${state.addresses.receivers}/pagerduty`,
      SLACK_URL: `${state.addresses.receivers}/slack/api/`,
      SMTP_URL: state.addresses.smtp,
      SMTP_SECRET: mailSecret,
      MAIL_FROM: 'tickwatch@localhost.example',
      AMP_WORKSPACE_ID: state.ampWorkspaceId,
      AMP_ENDPOINT: state.addresses.ampEndpoint,
      // Two scrapes. A window of an hour is then ten minutes, so that a person sees a budget burn.
      SLO_STEP_SECONDS: '10',
    }
    return startScript(context, 'apps/api/src/main.ts', env, () => answers(`${state.addresses.api}/readyz`))
  },
})

import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { clientConfig, endedBy } from './clientConfig.ts'
import { asAwsError } from './errors.ts'

export type QueueMessage = {
  body: string
  /** What {@link AlertQueue.remove} needs; valid for 30 s. */
  receipt: string
}

/** The SQS queue that gets what AMP's Alertmanager publishes to SNS. A message may come twice, and in any order. */
export type AlertQueue = {
  /**
   * Waits up to 10 s for messages, and returns at most ten. Those that are not removed within 30 s come again, and after
   * too many times go to the dead-letter queue.
   * @param signal ends the wait
   */
  receive(signal: AbortSignal): Promise<QueueMessage[]>
  remove(message: QueueMessage): Promise<void>
  /** Moves a message to the dead-letter queue, where a person can look at it. Removes it if there is none. */
  giveUp(message: QueueMessage): Promise<void>
  /** How many messages are in the dead-letter queue; null if the queue has none. */
  deadLetters(): Promise<number | null>
}

const waitSeconds = 10
const handleSeconds = 30

/** @param url of the queue. Its dead-letter queue is the one that its redrive policy names. */
export function createAlertQueue(url: string): AlertQueue {
  const client = new SQSClient(clientConfig)
  // A long poll takes longer than any other call, and is not retried: the next one follows at once.
  const waitMs = (waitSeconds + 5) * 1_000
  const poller = new SQSClient({
    ...clientConfig,
    maxAttempts: 1,
    requestHandler: { ...clientConfig.requestHandler, requestTimeout: waitMs, socketTimeout: waitMs },
  })
  let deadUrl: string | null | undefined

  /** The queue's own setting says where its dead letters go. It is read once. */
  async function deadLetterUrl(): Promise<string | null> {
    if (deadUrl !== undefined) return deadUrl
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['RedrivePolicy'] }),
    )
    const policy = JSON.parse(Attributes?.RedrivePolicy ?? '{}') as { deadLetterTargetArn?: string }
    const name = policy.deadLetterTargetArn?.split(':').at(-1)
    const found = name === undefined ? undefined : await client.send(new GetQueueUrlCommand({ QueueName: name }))
    deadUrl = found?.QueueUrl ?? null
    return deadUrl
  }

  const remove = (message: QueueMessage) =>
    client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.receipt }))

  return {
    async receive(signal) {
      try {
        const { Messages = [] } = await poller.send(
          new ReceiveMessageCommand({
            QueueUrl: url,
            MaxNumberOfMessages: 10,
            WaitTimeSeconds: waitSeconds,
            VisibilityTimeout: handleSeconds,
          }),
          endedBy(signal),
        )
        return Messages.flatMap(({ Body, ReceiptHandle }) =>
          ReceiptHandle === undefined ? [] : [{ body: Body ?? '', receipt: ReceiptHandle }],
        )
      } catch (cause) {
        throw asAwsError(`SQS ReceiveMessage of ${url}`, cause)
      }
    },

    async remove(message) {
      try {
        await remove(message)
      } catch (cause) {
        throw asAwsError(`SQS DeleteMessage of ${url}`, cause)
      }
    },

    async giveUp(message) {
      try {
        const dead = await deadLetterUrl()
        if (dead !== null) await client.send(new SendMessageCommand({ QueueUrl: dead, MessageBody: message.body }))
        await remove(message)
      } catch (cause) {
        throw asAwsError(`SQS SendMessage to the dead-letter queue of ${url}`, cause)
      }
    },

    async deadLetters() {
      try {
        const dead = await deadLetterUrl()
        if (dead === null) return null
        const { Attributes } = await client.send(
          new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['ApproximateNumberOfMessages'] }),
        )
        return Number(Attributes?.ApproximateNumberOfMessages ?? 0)
      } catch (cause) {
        throw asAwsError(`SQS GetQueueAttributes of the dead-letter queue of ${url}`, cause)
      }
    },
  }
}

// One webhook as the inbox keeps it, and in one line. Data and words only.
import type { WebhookBody } from '../../src/channels/notification.ts';

interface Kept {
  /** The webhook-id header; empty when there was none. */
  readonly id: string;
  /** ISO 8601. */
  readonly receivedAt: string;
}

export type Message =
  | (Kept & {
      readonly verified: true;
      /** The id had been accepted before: a retry of something that had arrived. */
      readonly again: boolean;
      readonly type: WebhookBody['type'];
      readonly timestamp: string;
      readonly body: WebhookBody;
    })
  | (Kept & {
      readonly verified: false;
      readonly type: null;
      readonly timestamp: null;
      readonly body: null;
      readonly error: string;
    });

/** `incident.opened web-1 down (4 of 6 failing) verified` */
export function summaryOf(message: Message): string {
  if (!message.verified) return message.error;
  const { monitor } = message.body.data;
  const words = [
    message.type,
    monitor?.id,
    findingOf(message.body),
    message.again ? 'verified, again' : 'verified',
  ];
  return words.filter((word) => word).join(' ');
}

/** `down (4 of 6 failing)`, after its end `down for 95 s`, of a warning what one location says of it. */
export function findingOf({ type, data: { incident, quorum, evidence } }: WebhookBody): string {
  if (type === 'monitor.degraded' || type === 'monitor.certificate') {
    const isOf = ({ code }: { code: string }) =>
      (code === 'certificate') === (type === 'monitor.certificate');
    return `(${evidence.flatMap(({ degraded }) => degraded).find(isOf)?.detail ?? 'seen by a quorum'})`;
  }
  if (!incident) return quorum ? `(${quorum.abstaining} of ${votesOf(quorum)} abstaining)` : '';
  if (incident.state === 'resolved') return `${incident.verdict} for ${incident.downtimeSeconds} s`;
  return quorum ? `${incident.verdict} (${quorum.failing} of ${votesOf(quorum)} failing)` : incident.verdict;
}

const votesOf = ({ failing, passing, abstaining }: NonNullable<WebhookBody['data']['quorum']>): number =>
  failing + passing + abstaining;

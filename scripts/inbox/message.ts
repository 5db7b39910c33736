// Owns one webhook as the inbox keeps it, and its summary in one line. Pure.
import type { WebhookBody } from '../../src/channels/notification.ts';

interface Kept {
  /** The webhook-id header. Empty if it is missing. */
  readonly id: string;
  /** ISO 8601. */
  readonly receivedAt: string;
}

export type Message =
  | (Kept & {
      readonly verified: true;
      /** The inbox accepted this id before, so this is a duplicate. */
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
  const { monitor, location, channel } = message.body.data;
  const verified = message.again ? 'verified, again' : 'verified';
  return [message.type, (monitor ?? location ?? channel)?.id, describeBody(message.body), verified]
    .filter((part) => part)
    .join(' ');
}

/** `down (4 of 6 failing)`, after the end `down for 95 s`, for a warning the detail of one location. */
function describeBody({ type, data }: WebhookBody): string {
  const { incident, quorum, evidence, mesh, channel } = data;
  if (type === 'monitor.degraded' || type === 'monitor.certificate') {
    const isOf = ({ code }: { code: string }) =>
      (code === 'certificate') === (type === 'monitor.certificate');
    return `(${evidence.flatMap(({ degraded }) => degraded).find(isOf)?.detail ?? 'confirmed by a quorum'})`;
  }
  if (mesh) return `(${mesh.reasons.map(({ code }) => code).join(', ')})`;
  if (channel) return `(${channel.error ?? 'no error'})`;
  if (!incident) return quorum ? `(${quorum.abstaining} of ${votesOf(quorum)} abstaining)` : '';
  if (incident.state === 'resolved') return `${incident.verdict} for ${incident.downtimeSeconds} s`;
  return quorum ? `${incident.verdict} (${quorum.failing} of ${votesOf(quorum)} failing)` : incident.verdict;
}

const votesOf = ({ failing, passing, abstaining }: NonNullable<WebhookBody['data']['quorum']>): number =>
  failing + passing + abstaining;

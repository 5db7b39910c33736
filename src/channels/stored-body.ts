// Owns the reading of bodies that an earlier version stored, and that wait in the outbox during an upgrade: it adds the
// fields that every body has today. Does not change a body of this version.
import { severityOf } from './events.ts';
import { EMPTY_DATA, type WebhookBody } from './notification.ts';

type Stored = Omit<WebhookBody, 'severity' | 'drill'> & Partial<Pick<WebhookBody, 'severity' | 'drill'>>;

/** The same for every attempt, because it depends on the stored body only. */
export function fromStored(stored: Stored): WebhookBody {
  if (stored.severity !== undefined) return stored as WebhookBody;
  const { incident, monitor } = stored.data;
  return {
    ...stored,
    severity: severityOf(stored.type, incident),
    drill: false,
    data: {
      ...EMPTY_DATA,
      ...stored.data,
      incident: incident && { ...incident, acknowledgedAt: null, acknowledgedBy: null },
      monitor: monitor && { ...monitor, group: null, description: null, runbookUrl: null },
    },
  };
}

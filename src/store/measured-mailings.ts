// Owns the mailings of what probes measure, for subscribers of pages where probes lead: one for all outages that a commit opens,
// and one for all that it ends, so that a storm is few messages. The fan-out finds the pages, and renders the names.
import type { EventType } from '../channels/events.ts';
import type { Mailing } from '../status-pages/mailing.ts';
import { monitorRef } from '../status-pages/shown-on.ts';
import type { Statement } from './database.ts';
import { insertMailingIfWanted } from './mailings.ts';

export interface MeasuredChange {
  readonly event: EventType;
  readonly monitorId: string | null;
  readonly incidentId: string | null;
}

const KINDS = [
  { event: 'incident.opened', status: 'investigating', impact: 'major', name: 'opened' },
  { event: 'incident.resolved', status: 'resolved', impact: 'operational', name: 'resolved' },
] as const;

/** For the batch of the commit whose notifications these are: what is suppressed reaches no subscriber either. */
export const measuredMailings = (
  db: D1Database,
  { seq, at }: { readonly seq: number; readonly at: number },
  raised: readonly MeasuredChange[],
): Statement[] =>
  KINDS.flatMap(({ event, status, impact, name }) => {
    const own = raised.filter((one) => one.event === event && one.monitorId !== null);
    const [first] = own;
    if (first === undefined) return [];
    const components = own.map(({ monitorId }) => ({ component: monitorRef(monitorId!), impact }));
    const mailing: Mailing = {
      ...{ id: `measured_${seq}_${name}`, kind: 'incident', at, title: '', body: '', status, components },
      pages: 'all',
      path: own.length === 1 ? `/incidents/${first.incidentId}` : '/',
    };
    return [insertMailingIfWanted(db, mailing)];
  });

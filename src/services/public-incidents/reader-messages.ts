// Owns what follows when readers get words of people: a mailing for subscribers, if its author chose one, and
// `incident.updated` for the channels that were notified of an incident behind it. Everything belongs to the transaction.

import { withText } from '../../channels/render.ts';
import { markdownToText } from '../../markdown.ts';
import type { Mailing } from '../../status-pages/mailing.ts';
import type { Statement } from '../../store/database.ts';
import { insertMailing } from '../../store/mailings.ts';
import {
  type IncidentUpdateRow,
  incidentUpdatedStatements,
  newestBodies,
  type PublicIncidentRow,
} from '../../store/public-incidents.ts';

/** UTF-16 units of the text that a channel gets, as of a comment. */
const MAX_TEXT = 2_000;

/** Of an incident as it is after the update. A draft has no readers. */
export function updateMailing(incident: PublicIncidentRow, update: IncidentUpdateRow, at: number): Mailing {
  return {
    id: `update_${update.id}`,
    kind: 'update',
    at,
    ...{ title: incident.title, body: update.body, status: update.status },
    ...aboutOf(incident),
    ...{ pages: incident.pages, path: `/incidents/${incident.id}` },
  };
}

/** A page shows what names no component only if it shows a measured incident that it is about: readers of others get nothing. */
const aboutOf = ({
  components,
  incidents,
}: Pick<PublicIncidentRow, 'components' | 'incidents'>): Pick<Mailing, 'components' | 'measured'> =>
  components.length > 0
    ? { components }
    : { components: null, ...(incidents.length === 0 ? {} : { measured: incidents }) };

/** A later edit of the postmortem that notifies again is another mailing. */
export function postmortemMailing(incident: PublicIncidentRow, body: string, at: number): Mailing {
  return {
    id: `postmortem_${incident.id}_${incident.version}`,
    kind: 'update',
    at,
    ...{ title: incident.title, body, status: incident.status },
    ...aboutOf(incident),
    ...{ pages: incident.pages, path: `/incidents/${incident.id}` },
  };
}

export const mailingStatements = (db: D1Database, mailing: Mailing | null): Statement[] =>
  mailing === null ? [] : [insertMailing(db, mailing)];

/** Nothing for an incident of which no notification was made. */
export async function channelStatements(
  db: D1Database,
  incident: PublicIncidentRow,
  update: IncidentUpdateRow,
  now: number,
): Promise<Statement[]> {
  if (incident.incidents.length === 0) return [];
  const at = new Date(now).toISOString();
  const known = await newestBodies(db, incident.incidents);
  const messages = known.flatMap(({ incidentId, body }) => {
    if (body.data.incident === null) return [];
    const data = {
      ...body.data,
      ...{ escalation: null, flapping: null },
      action: {
        ...{ by: update.authorName, via: 'api', at },
        ...{ text: markdownToText(update.body).slice(0, MAX_TEXT), snoozedUntil: null },
      },
    };
    const written = withText({ type: 'incident.updated', timestamp: at, data, drill: body.drill });
    return [{ id: `${incidentId}_update_${update.id}`, incidentId, body: written }];
  });
  return incidentUpdatedStatements(db, messages, now);
}

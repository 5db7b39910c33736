// Acknowledges, snoozes and comments incidents, and gives them back. One transaction has the action, its entry in the audit
// log, the alert that stops and the notification. Does not decide who may: the route, the link or the signature does.
import type { Caller } from '../../access/caller.ts';
import { enqueueAlerts, enqueueOverdue } from '../../delivery/queue.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { type AuditedWrite, runAudited } from '../../store/audit.ts';
import type { Statement } from '../../store/database.ts';
import {
  type ActedIncident,
  actionStatements,
  findActedIncident,
  type IncidentAction,
  type Taken,
} from '../../store/incident-actions.ts';
import { isUseConflict } from '../../store/used-tokens.ts';
import { readInside } from '../access/inside.ts';
import { newId } from '../tokens.ts';
import { actionNotification } from './action-notification.ts';
import { isActedInside, unknownIncident } from './incident-access.ts';

export type ActionRequest =
  | { readonly action: 'acknowledged'; readonly text: string | null }
  | { readonly action: 'snoozed'; readonly text: string | null; readonly until: number }
  | { readonly action: 'unacknowledged' }
  | { readonly action: 'commented'; readonly text: string };

/** Where an action comes from. */
export interface ActionSource {
  readonly via: 'api' | 'link' | 'slack' | 'pagerduty';
  /** The channel that knows of the action already, because it happened there. */
  readonly exceptChannel?: string;
  /** Records the request in the same transaction, so that it counts once. */
  readonly once?: () => Statement;
}

export interface ActionResult {
  readonly incident: ActedIncident;
  /** False: the incident was so already, or the request is a repeat. Nothing was written. */
  readonly changed: boolean;
}

type ActionConfig = Pick<Config, 'db' | 'deliveries' | 'encryptionKey' | 'previousEncryptionKey'>;

/** An incident that a person took stays that person's: a second acknowledgement changes nothing. */
export async function actOnIncident(
  config: ActionConfig,
  id: string,
  request: ActionRequest,
  caller: Caller,
  source: ActionSource,
): Promise<Result<ActionResult, ValidationError>> {
  const { db } = config;
  let read: ActedIncident | null = null;
  const draft = async (): Promise<Result<AuditedWrite, Refusal>> => {
    const [found, inside] = await Promise.all([
      findActedIncident(db, id),
      readInside(db, caller.restriction),
    ]);
    if (!found || !isActedInside(inside, found))
      return err({ kind: 'not_found', message: unknownIncident(id) });
    read = found;
    if (request.action !== 'commented' && found.resolvedAt !== null) return err(overError(id));
    if (isSo(found, request)) return err(UNCHANGED);
    return ok(writeOf(db, found, request, caller, source));
  };
  try {
    const written = await runAudited<Refusal>(db, config, caller, draft);
    if (!written.ok)
      return written.error.kind === 'unchanged'
        ? ok({ incident: read!, changed: false })
        : err(written.error);
  } catch (error) {
    if (!isUseConflict(error)) throw error;
    const incident = await findActedIncident(db, id);
    return incident
      ? ok({ incident, changed: false })
      : err({ kind: 'not_found', message: unknownIncident(id) });
  }
  await enqueueOverdue(config, caller.now);
  // What is given back continues at once.
  if (request.action === 'unacknowledged') await enqueueAlerts(config, caller.now);
  const incident = await findActedIncident(db, id);
  if (incident && wasWritten(incident, request, caller)) return ok({ incident, changed: true });
  // A tick ended the incident, or made an outage of it, between the read and the write.
  return err(request.action !== 'commented' && incident?.resolvedAt !== null ? overError(id) : CHANGED);
}

const UNCHANGED = { kind: 'unchanged' } as const;
type Refusal = ValidationError | typeof UNCHANGED;

const overError = (id: string): ValidationError => ({
  kind: 'conflict',
  path: [],
  message: `The incident "${id}" is over. Only open incidents can be acknowledged or snoozed. You can still comment on it.`,
});

const CHANGED: ValidationError = {
  kind: 'conflict',
  path: [],
  message: 'The incident became an outage at the same time. Read it again, and repeat the request.',
};

const wasWritten = ({ actions }: ActedIncident, { action }: ActionRequest, { actor, now }: Caller): boolean =>
  actions.some((row) => row.action === action && row.at === now && row.actorName === actor.name);

function isSo(incident: ActedIncident, request: ActionRequest): boolean {
  const { acknowledgedAt, snoozedUntil } = incident;
  switch (request.action) {
    case 'acknowledged':
      return acknowledgedAt !== null;
    case 'snoozed':
      return snoozedUntil === request.until;
    case 'unacknowledged':
      return acknowledgedAt === null && snoozedUntil === null;
    case 'commented':
      return false;
    default:
      return request satisfies never;
  }
}

/** An incident is acknowledged, or snoozed, or neither. Null: a comment leaves it. */
function takenBy(request: ActionRequest, { actor, now }: Caller): Taken | null {
  switch (request.action) {
    case 'acknowledged':
      return { acknowledgedAt: now, acknowledgedBy: actor.name, snoozedUntil: null };
    case 'snoozed':
      return { acknowledgedAt: null, acknowledgedBy: null, snoozedUntil: request.until };
    case 'unacknowledged':
      return { acknowledgedAt: null, acknowledgedBy: null, snoozedUntil: null };
    case 'commented':
      return null;
    default:
      return request satisfies never;
  }
}

function writeOf(
  db: D1Database,
  incident: ActedIncident,
  request: ActionRequest,
  caller: Caller,
  { via, exceptChannel, once }: ActionSource,
) {
  const { actor, now } = caller;
  const row = {
    ...{
      id: newId('act'),
      incidentId: incident.id,
      at: now,
      action: request.action satisfies IncidentAction,
    },
    ...{ actorType: actor.type, actorId: actor.id, actorName: actor.name, via },
    text: 'text' in request ? request.text : null,
    snoozedUntil: 'until' in request ? request.until : null,
  };
  const before: Taken = takenOf(incident);
  const taken = takenBy(request, caller);
  const notification = actionNotification(incident, row, taken ?? before);
  const { text } = row;
  return {
    statements: [
      ...(once ? [once()] : []),
      ...actionStatements(db, { row, incident, taken, notification, exceptChannel }),
    ],
    record: {
      action: `incident.${request.action}`,
      target: { type: 'incident', id: incident.id, name: incident.name },
      before: taken === null ? null : shown(before),
      after: { ...(taken === null ? {} : shown(taken)), via, ...(text === null ? {} : { text }) },
    },
    options: { ifChanged: true },
  };
}

const takenOf = ({ acknowledgedAt, acknowledgedBy, snoozedUntil }: Taken): Taken => ({
  ...{ acknowledgedAt, acknowledgedBy, snoozedUntil },
});

const shown = ({ acknowledgedAt, acknowledgedBy, snoozedUntil }: Taken) => ({
  acknowledgedAt: acknowledgedAt === null ? null : new Date(acknowledgedAt).toISOString(),
  acknowledgedBy,
  snoozedUntil: snoozedUntil === null ? null : new Date(snoozedUntil).toISOString(),
});

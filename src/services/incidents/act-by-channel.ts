// Acknowledges an incident for a person whom a channel reached: by its link, or by a button of its vendor. The signature is
// the permission, and it is worth one incident and one channel. Does not verify the signature of a link.

import type { Caller, Origin } from '../../access/caller.ts';
import type { AcknowledgeLink } from '../../acknowledge-link.ts';
import type { Config } from '../../env.ts';
import type { Result, ValidationError } from '../../result.ts';
import { type ChannelRow, findChannel } from '../../store/channels.ts';
import { runBatch, type Statement } from '../../store/database.ts';
import { type ActedIncident, findActedIncident, hasNotified } from '../../store/incident-actions.ts';
import { isUseConflict, useToken } from '../../store/used-tokens.ts';
import { decryptConfig } from '../channels/channels.ts';
import { hashToken } from '../tokens.ts';
import { type ActionResult, actOnIncident } from './act-on-incident.ts';
import type { Interaction } from './interaction-payloads.ts';
import { isPagerDutySignature, isSlackSignature, type SlackHeaders } from './interaction-signatures.ts';

interface Requested {
  readonly origin: Origin;
  readonly now: number;
}

/** A signed link is as good as the role responder, for its one incident. */
const byChannel = (channel: ChannelRow, person: string, { origin, now }: Requested): Caller => ({
  actor: {
    ...{ type: 'channel', id: channel.id },
    name: person === '' ? channel.name : `${person} (${channel.name})`,
  },
  ...{ role: 'responder', restriction: null, origin, now },
});

export interface Linked {
  readonly channel: ChannelRow;
  readonly incident: ActedIncident;
}

/**
 * What a link names. Null: its channel or its incident was deleted. A link of a deleted channel is worth nothing, also if
 * another channel has its id now.
 */
export async function findLinked(config: Pick<Config, 'db'>, link: AcknowledgeLink): Promise<Linked | null> {
  const [channel, incident] = await Promise.all([
    findChannel(config.db, link.channel.id),
    findActedIncident(config.db, link.incidentId),
  ]);
  return channel?.createdAt === link.channel.createdAt && incident ? { channel, incident } : null;
}

export interface LinkChoice extends Requested {
  /** Who is signed in. Null: the name that was typed, which may be empty. */
  readonly signedIn: Caller | null;
  readonly typedName: string;
  /** Null: until the incident ends. */
  readonly snoozeMinutes: number | null;
}

export function actByLink(
  config: Config,
  { channel, incident }: Linked,
  choice: LinkChoice,
): Promise<Result<ActionResult, ValidationError>> {
  const { signedIn, typedName, snoozeMinutes, now } = choice;
  const caller: Caller =
    signedIn === null
      ? byChannel(channel, typedName, choice)
      : { ...signedIn, role: 'responder', restriction: null, now };
  const request =
    snoozeMinutes === null
      ? ({ action: 'acknowledged', text: null } as const)
      : ({ action: 'snoozed', text: null, until: now + snoozeMinutes * 60_000 } as const);
  return actOnIncident(config, incident.id, request, caller, { via: 'link' });
}

export type SignedRequest = Requested & { readonly body: string } & (
    | ({ readonly type: 'slack' } & SlackHeaders)
    | { readonly type: 'pagerduty'; readonly signature: string | undefined }
  );

const SECRET_FIELDS = { slack: 'signingSecret', pagerduty: 'webhookSecret' } as const;

/**
 * The channel that signed the request. Null: the channel does not exist, is of another type, has no secret, or did not sign
 * it. All of them are answered alike.
 */
export async function verifyInteraction(
  config: Config,
  channelId: string,
  request: SignedRequest,
): Promise<ChannelRow | null> {
  const { type, body, now } = request;
  const channel = await findChannel(config.db, channelId);
  if (channel?.type !== type) return null;
  const channelConfig = await decryptConfig(config, channel);
  const secret = channelConfig === 'undecryptable' ? undefined : channelConfig[SECRET_FIELDS[type]];
  if (typeof secret !== 'string' || secret === '') return null;
  const isValid =
    request.type === 'slack'
      ? isSlackSignature(secret, request, body, now)
      : isPagerDutySignature(secret, request.signature, body);
  return isValid ? channel : null;
}

/** Longer than a vendor's request is accepted. */
const REMEMBERED_MS = 3 * 86_400_000;

/** Null: the channel was never notified of that incident, so nothing happens. */
export async function actByInteraction(
  config: Config,
  channel: ChannelRow,
  via: 'slack' | 'pagerduty',
  { incidentId, person, requestId }: Interaction,
  requested: Requested,
): Promise<Result<ActionResult, ValidationError> | null> {
  const { db } = config;
  if (!(await hasNotified(db, channel.id, incidentId))) return null;
  const hash = await hashToken(`interaction ${channel.id} ${requestId}`);
  const { now } = requested;
  const once = () => useToken(db, hash, 'interaction', now, now + REMEMBERED_MS);
  const done = await actOnIncident(
    config,
    incidentId,
    { action: 'acknowledged', text: null },
    byChannel(channel, person, requested),
    {
      via,
      once,
      // Slack updates its message. PagerDuty knows already, and would report it back.
      ...(via === 'pagerduty' ? { exceptChannel: channel.id } : {}),
    },
  );
  // It changed nothing now, and must not change anything later.
  if (done.ok && !done.value.changed) await recordOnce(db, once());
  return done;
}

async function recordOnce(db: D1Database, statement: Statement): Promise<void> {
  try {
    await runBatch(db, [statement]);
  } catch (error) {
    if (!isUseConflict(error)) throw error;
  }
}

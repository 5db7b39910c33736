// Owns a storm of incidents in an outbox: each opens, and ends later, on several channels. Checks what became of each.
import type { EventType } from '../../../src/channels/events.ts';
import { runBatch } from '../../../src/store/database.ts';
import { type NewNotification, notificationInserts } from '../../../src/store/outbox-insert.ts';
import { deliveries } from '../../../src/store/schema.ts';
import { bodyOf } from '../engine/notifications.ts';
import { type OutboxHarness, orm } from './outbox-harness.ts';

const AT_ONCE = 50;

/** Stores one event of each incident from `from` on, as commits of 50. */
export async function raise(
  harness: OutboxHarness,
  type: Extract<EventType, 'incident.opened' | 'incident.resolved'>,
  { from = 0, count, channelsOf }: { from?: number; count: number; channelsOf(incident: number): string[] },
): Promise<void> {
  const suffix = type === 'incident.opened' ? 'opened' : 'resolved';
  const rows = Array.from({ length: count }, (_, index): NewNotification => {
    const number = from + index;
    const incidentId = `i${number}`;
    const body = bodyOf(type);
    const monitor = { ...body.data.monitor!, id: `monitor-${number}` };
    const incident = { ...body.data.incident!, id: incidentId };
    return {
      ...{ id: `${incidentId}_${suffix}`, at: harness.now, monitorId: monitor.id, incidentId },
      position: (suffix === 'opened' ? 0 : 1_000_000) + number,
      body: { ...body, data: { ...body.data, monitor, incident, evidence: [] } },
      recipients: channelsOf(number).map((id) => ({ id, routeId: null })),
    };
  });
  for (let index = 0; index < rows.length; index += AT_ONCE)
    await runBatch(
      harness.config.db,
      notificationInserts(harness.config.db, rows.slice(index, index + AT_ONCE)),
    );
}

/** One request that its receiver accepted. */
export interface Accepted {
  readonly channel: string;
  readonly ids: readonly string[];
}

/** What is wrong. Empty: every delivery arrived, was merged into one that did, or is visibly dead, in order. */
export async function problemsOf(accepted: readonly Accepted[]): Promise<string[]> {
  const found: string[] = [];
  const rows = await orm.select().from(deliveries);
  const stateOf = new Map(rows.map((row) => [`${row.channelId} ${row.notificationId}`, row]));
  const arrived = new Map<string, number>();
  const carriedBy = new Map<string, string>();
  for (const [index, { channel, ids }] of accepted.entries()) {
    const key = `${channel} ${ids[0]}`;
    if ((carriedBy.get(key) ?? ids.join()) !== ids.join()) found.push(`${key} changed what it carries`);
    carriedBy.set(key, ids.join());
    for (const id of ids) if (!arrived.has(`${channel} ${id}`)) arrived.set(`${channel} ${id}`, index);
  }
  for (const { channelId, notificationId, state, mergedInto, lastError } of rows) {
    const key = `${channelId} ${notificationId}`;
    if (state === 'pending') found.push(`${key} is pending`);
    if (state === 'delivered' && !arrived.has(key))
      found.push(`${key} counts as delivered, and did not arrive`);
    const lead = stateOf.get(`${channelId} ${mergedInto}`);
    if (state === 'merged' && lead?.state !== 'delivered' && lead?.state !== 'merged')
      found.push(`${key} was merged into ${mergedInto}, which is ${lead?.state}`);
    if ((state === 'failed' || state === 'superseded') && !lastError)
      found.push(`${key} is dead without a reason`);
    const end = arrived.get(key.replace(/_opened$/, '_resolved'));
    const own = arrived.get(key);
    if (key.endsWith('_opened') && own !== undefined && end !== undefined && end < own)
      found.push(`${key} arrived after its end`);
  }
  return found;
}

// Owns receivers that misbehave for hours, and the hours: a clock that jumps from due delivery to due delivery.
import { eq } from 'drizzle-orm';
import { expect } from 'vitest';
import { enqueueOverdue } from '../../../src/delivery/queue.ts';
import { updateChannel } from '../../../src/store/channels.ts';
import { runBatch } from '../../../src/store/database.ts';
import { channels, deliveries } from '../../../src/store/schema.ts';
import '../channels/chat.ts';
import { MAX_AGE_MS } from '../../../src/delivery/retry-policy.ts';
import { addChannel, createOutboxHarness, orm } from './outbox-harness.ts';
import { type Accepted, problemsOf, raise } from './storm.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const BEHAVIOURS = [
  'down',
  'slow',
  'hangs',
  'resets',
  '500',
  '429',
  '410',
  '302',
  'lies',
  'refuses',
] as const;
type Behaviour = (typeof BEHAVIOURS)[number];

/** Returns how many deliveries ended in each state. */
export async function torture(incidents: number, hours: number): Promise<Record<string, number>> {
  const misbehavesMs = hours * HOUR;
  const harness = await createOutboxHarness();
  await orm.delete(channels);
  const startedAt = harness.now;
  const ids = BEHAVIOURS.flatMap((behaviour) => [`w-${behaviour}`, `c-${behaviour}`]);
  for (const id of ids) await addChannel(harness, id, id.startsWith('c') ? 'chat' : 'webhook');
  const accepted: Accepted[] = [];
  harness.answer = ({ host }) => {
    const channel = host.split('.')[0]!;
    const behaviour = channel.slice(2) as Behaviour;
    const { ids: carried } = harness.messages.at(-1)!;
    const isBad = behaviour === 'refuses' || harness.now - startedAt < misbehavesMs;
    const answer = isBad ? misbehave(behaviour) : new Response('ok');
    if (answer instanceof Response && answer.ok) accepted.push({ channel, ids: carried });
    return answer;
  };
  const misbehave = (behaviour: Behaviour): Response | Promise<Response> => {
    if (behaviour === 'down') return Promise.reject(new TypeError('connect ECONNREFUSED'));
    if (behaviour === 'resets') return Promise.reject(new TypeError('Network connection lost.'));
    if (behaviour === 'hangs') {
      harness.now += 15_000;
      return Promise.reject(new DOMException('The operation timed out.', 'TimeoutError'));
    }
    if (behaviour === 'slow') harness.now += 9_000;
    if (behaviour === 'slow') return new Response(null, { status: 204 });
    if (behaviour === 'lies') return new Response('short', { headers: { 'content-length': '999999' } });
    if (behaviour === 'refuses') return new Response('bad request', { status: 400 });
    const headers = { 'retry-after': '30', location: 'https://elsewhere.example.com/' };
    return new Response('no', { status: Number(behaviour), headers });
  };
  // Each incident goes to four channels.
  const channelsOf = (number: number): string[] =>
    [0, 5, 10, 15].map((shift) => ids[(number + shift) % ids.length]!);
  await raise(harness, 'incident.opened', { count: incidents, channelsOf });
  let isEnded = false;
  let isEnabled = false;
  for (let step = 0; step < 2_000; step += 1) {
    const age = harness.now - startedAt;
    if (!isEnded && age > misbehavesMs / 10) {
      isEnded = true;
      await raise(harness, 'incident.resolved', { count: incidents, channelsOf });
    }
    if (!isEnabled && age > misbehavesMs) {
      isEnabled = true;
      await enableAll(harness.config.db);
    }
    await enqueueOverdue(harness.config, harness.now);
    const due = [...new Set(harness.queued.splice(0).map(({ channelId }) => channelId))];
    for (const id of due) await harness.run(id);
    if (isEnabled && (await orm.$count(deliveries, eq(deliveries.state, 'pending'))) === 0) break;
    harness.now += isEnabled ? 20 * MINUTE : age < MINUTE ? 15_000 : age < 5 * MINUTE ? MINUTE : 10 * MINUTE;
  }
  expect(await problemsOf(accepted)).toEqual([]);
  const rows = await orm.select({ state: deliveries.state }).from(deliveries);
  return Object.fromEntries(
    [...Map.groupBy(rows, ({ state }) => state)].map(([state, own]) => [state, own.length]),
  );
}

/** As a person does, after the receivers of disabled channels were repaired. */
async function enableAll(db: D1Database): Promise<void> {
  for (const row of await orm.select().from(channels)) {
    const { update, following } = updateChannel(db, row, { ...row, enabled: true }, MAX_AGE_MS);
    await runBatch(db, [update, ...following]);
  }
}

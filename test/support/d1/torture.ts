// Owns receivers that misbehave for hours, and the hours: a clock that jumps from due delivery to due delivery.
import { eq } from 'drizzle-orm';
import { expect } from 'vitest';
import { enqueueOverdue } from '../../../src/delivery/queue.ts';
import { MAX_AGE_MS } from '../../../src/delivery/retry-policy.ts';
import { updateChannel } from '../../../src/store/channels.ts';
import { runBatch } from '../../../src/store/database.ts';
import { channels, deliveries } from '../../../src/store/schema.ts';
import { addChannel, createOutboxHarness, type OutboxHarness, orm } from './outbox-harness.ts';
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

export interface Figures {
  /** How many deliveries ended in each state. */
  readonly states: Readonly<Record<string, number>>;
  /** Messages that were accepted by the programs, and by the channels that people read. */
  readonly messages: { readonly machine: number; readonly people: number };
  /** Requests in all, also those that failed. */
  readonly requests: number;
  /** Channels that have dead letters. */
  readonly deadOn: readonly string[];
  /** Channels with a delivery that another message carried. */
  readonly mergedOn: readonly string[];
  /** From the time at which the receivers work again, minutes. */
  readonly minutesToRecover: number;
  /** How long the slowest tick needed to find what is due, ms. */
  readonly slowestTickMs: number;
}

export async function torture(incidents: number, hours: number): Promise<Figures> {
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
  let slowestTickMs = 0;
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
    const before = performance.now();
    await enqueueOverdue(harness.config, harness.now);
    slowestTickMs = Math.max(slowestTickMs, Math.round(performance.now() - before));
    for (let due = dueNow(harness); due.length > 0; due = dueNow(harness))
      for (const id of due) await harness.run(id);
    if (isEnabled && (await orm.$count(deliveries, eq(deliveries.state, 'pending'))) === 0) break;
    harness.now += isEnabled ? MINUTE : age < MINUTE ? 15_000 : age < 5 * MINUTE ? MINUTE : 10 * MINUTE;
  }
  expect(await problemsOf(accepted)).toEqual([]);
  const { state, channelId } = deliveries;
  const rows = await orm.select({ state, channel: channelId }).from(deliveries);
  const channelsIn = (wanted: string): string[] =>
    [...new Set(rows.flatMap((row) => (row.state === wanted ? [row.channel] : [])))].sort();
  const acceptedBy = (first: string): number =>
    accepted.filter(({ channel }) => channel.startsWith(first)).length;
  return {
    states: Object.fromEntries(
      [...Map.groupBy(rows, (row) => row.state)].map(([name, own]) => [name, own.length]),
    ),
    messages: { machine: acceptedBy('w'), people: acceptedBy('c') },
    requests: harness.received.length,
    deadOn: channelsIn('failed'),
    mergedOn: channelsIn('merged'),
    minutesToRecover: Math.round((harness.now - startedAt - misbehavesMs) / MINUTE),
    slowestTickMs,
  };
}

/** Takes the messages of the queue, and returns the channels of those without a delay. A later tick finds the others. */
const dueNow = ({ queued }: OutboxHarness): string[] => [
  ...new Set(
    queued.splice(0).flatMap(({ channelId, delaySeconds }) => (delaySeconds > 0 ? [] : [channelId])),
  ),
];

/** As a person does, after the receivers of disabled channels were repaired. */
async function enableAll(db: D1Database): Promise<void> {
  for (const row of await orm.select().from(channels)) {
    const { update, following } = updateChannel(db, row, { ...row, enabled: true }, MAX_AGE_MS);
    await runBatch(db, [update, ...following]);
  }
}

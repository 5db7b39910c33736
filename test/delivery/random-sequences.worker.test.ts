// Random sequences of what people, monitors and receivers do, over the API with real D1: what each receiver got is checked
// against a small model. A failure is reproduced by its seed.
import { expect, test, vi } from 'vitest';
import { deliver } from '../../src/delivery/consumer.ts';
import { type Bindings, readEnv } from '../../src/env.ts';
import { useChat } from '../support/channels/chat.ts';
import { ask, bindings, clock, createMonitor, empty, post, RECEIVER } from '../support/d1/http-mesh.ts';
import * as runs from '../support/d1/runs.ts';
import { seeded } from '../support/engine/seeded.ts';

useChat();

vi.setConfig({ testTimeout: 120_000 });

const { DB } = bindings;
const HOUR_MS = 3_600_000;
/** `a` is a program. People read `b`. */
const CHANNELS = ['a', 'b'];
const isProgram = (host: string): boolean => host.startsWith('a-');
const MONITORS = ['shop', 'blog'];
const env = { DELIVERIES: { send: async () => {} } as unknown as Bindings['DELIVERIES'] };

/** How one request ends. `lost`: it arrived, and the connection broke off. `crash`: it arrived, and the consumer is gone. */
type Outcome = 'ok' | '500' | '410' | 'refused' | 'timeout' | 'lost' | 'crash';

interface Arrival {
  readonly host: string;
  readonly id: string;
  readonly type: string;
  readonly monitor: string | null;
  readonly openedNotSent: boolean;
  outcome: Outcome;
}

/** The whole world of one sequence. */
class Sequence {
  readonly log: string[] = [];
  /** Every request, also those that did not reach their receiver. */
  readonly requests: Arrival[] = [];
  /** Deliveries that a person or an enabled channel may send twice: `host id`. */
  readonly repeatable = new Set<string>();
  /** Hosts of channels that were deleted. */
  readonly gone = new Set<string>();
  readonly #random: () => number;
  readonly #epochs = new Map<string, number>();
  #crashed = false;
  #monitors = 0;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  below = (limit: number): number => Math.floor(this.#random() * limit);
  pick = <T>(items: readonly T[]): T => items[this.below(items.length)]!;

  hostOf = (channel: string): string => `${channel}-${this.#epochs.get(channel) ?? 0}.example.com`;

  async start(): Promise<void> {
    await empty();
    clock.now = Date.now();
    for (const id of CHANNELS) await this.#createChannel(id);
    for (const id of MONITORS) await createMonitor({ id, name: id });
    this.#monitors = MONITORS.length;
    await this.confirm({});
  }

  async #createChannel(id: string): Promise<void> {
    const config = { ...RECEIVER.config, url: `https://${this.hostOf(id)}/hook` };
    const created = await post('/api/v1/channels', { ...RECEIVER, id, name: id, config });
    expect(created.status).toBe(201);
    await this.#setType(id, 'chat');
  }

  /** The API knows no channel of the type of the tests. */
  async #setType(id: string, type: 'chat' | 'webhook'): Promise<void> {
    if (isProgram(this.hostOf(id))) return;
    await DB.prepare('update channels set type = ? where id = ?').bind(type, id).run();
  }

  /** Runs until the verdicts are these: monitor number → locations at which it fails. */
  async confirm(failing: Record<number, number>): Promise<void> {
    const { results } = await DB.prepare('select number from monitors').all<{ number: number }>();
    const all = Object.fromEntries(results.map(({ number }) => [number, failing[number] ?? 0]));
    clock.now = await runs.runUntilConfirmed(DB, all, clock.now);
  }

  async step(): Promise<void> {
    const kinds = [
      'verdict',
      'verdict',
      'send',
      'send',
      'send',
      'enable',
      'enable',
      'aim',
      'redeliver',
      'wait',
    ];
    const kind = this.below(12) === 0 ? this.pick(['age', 'dropChannel', 'dropMonitor']) : this.pick(kinds);
    await this.#do(kind);
  }

  async #do(kind: string): Promise<void> {
    const channel = this.pick(CHANNELS);
    const monitor = this.pick(MONITORS);
    switch (kind) {
      case 'verdict': {
        const numbers = await DB.prepare('select number from monitors').all<{ number: number }>();
        const failing = Object.fromEntries(
          numbers.results.map(({ number }) => [number, this.pick([0, 0, 2, 6])]),
        );
        this.log.push(`verdict ${JSON.stringify(failing)}`);
        return this.confirm(failing);
      }
      case 'send':
        return this.send(
          channel,
          this.pick<Outcome[]>([
            ['ok'],
            ['ok', '500', '410', 'refused', 'timeout', 'lost'],
            ['refused'],
            ['crash', 'ok'],
            ['500', 'refused', 'timeout'],
          ]),
        );
      case 'enable': {
        const enabled = this.below(2) === 0;
        this.log.push(`${enabled ? 'enable' : 'disable'} ${channel}`);
        await this.patchChannel(channel, { enabled });
        return;
      }
      case 'aim': {
        const channels = this.pick<'default' | string[]>(['default', ['a'], ['b'], ['a', 'b']]);
        this.log.push(`aim ${monitor} at ${channels}`);
        await ask(`/api/v1/monitors/${monitor}`, { method: 'PATCH', body: { channels } });
        return;
      }
      case 'redeliver': {
        const { json } = await ask('/api/v1/deliveries?limit=100');
        const rows: { notificationId: string; channelId: string }[] = json.deliveries;
        if (rows.length === 0) return;
        const { notificationId: id, channelId } = this.pick(rows);
        const path = `/api/v1/deliveries/${id}/${channelId}/redeliver`;
        const { status } = await ask(path, { method: 'POST', env });
        this.log.push(`redeliver ${id} to ${channelId}: ${status}`);
        const host = this.hostOf(channelId);
        if (status !== 200) return;
        this.repeatable.add(`${host} ${id}`);
        this.repeatable.add(`${host} ${id.replace(/_(opened|partial)$/, '_resolved')}`);
        this.repeatable.add(`${host} ${id.replace(/_partial$/, '_partial_resolved')}`);
        return;
      }
      case 'wait':
        clock.now += this.pick([10_000, 60_000, HOUR_MS]);
        return;
      case 'age':
        this.log.push('age');
        await DB.prepare('UPDATE deliveries SET created_at = created_at - ?')
          .bind(81 * HOUR_MS)
          .run();
        return;
      case 'dropChannel': {
        const host = this.hostOf(channel);
        const { status } = await ask(`/api/v1/channels/${channel}`, { method: 'DELETE' });
        this.log.push(`delete channel ${channel}: ${status}`);
        if (status !== 204) return;
        this.gone.add(host);
        if (this.below(2) === 0) await this.send(channel, ['ok']);
        this.#epochs.set(channel, (this.#epochs.get(channel) ?? 0) + 1);
        return this.#createChannel(channel);
      }
      default: {
        this.log.push(`delete and create ${monitor}`);
        await ask(`/api/v1/monitors/${monitor}`, { method: 'DELETE' });
        await createMonitor({ id: monitor, name: monitor });
        this.#monitors += 1;
        return this.confirm({});
      }
    }
  }

  async patchChannel(channel: string, body: object): Promise<void> {
    await this.#setType(channel, 'webhook');
    expect((await ask(`/api/v1/channels/${channel}`, { method: 'PATCH', body, env })).status).toBe(200);
    await this.#setType(channel, 'chat');
  }

  /** One consumer for the channel. */
  async send(channel: string, outcomes: readonly Outcome[]): Promise<void> {
    this.#crashed = false;
    let outcome: Outcome = 'ok';
    const before = this.requests.length;
    await deliver(readEnv({ ...bindings, ...env, DB: this.#crashingD1() }), channel, {
      now: () => clock.now,
      canConnect: async () => {
        outcome = this.pick(outcomes);
        return outcome !== 'refused';
      },
      fetch: (async (url: string, init: RequestInit) => {
        const body = JSON.parse(init.body as string);
        // Only openings ask whether a connection is possible.
        const ends = /opened$|partial$/.test(body.type)
          ? outcome
          : this.pick(outcomes.filter((one) => one !== 'refused'));
        return this.#answer(new URL(url).host, init, body, ends ?? 'ok');
      }) as typeof fetch,
    }).catch((error: Error) => {
      if (!this.#crashed) throw error;
    });
    // No request of this consumer was recorded that ended after the crash.
    if (this.#crashed)
      for (const one of this.requests.slice(before)) if (one.outcome === 'ok') one.outcome = 'crash';
    const sent = this.requests.slice(before).map(({ id, outcome: end }) => `${id} ${end}`);
    this.log.push(`send ${channel}: ${sent.join(', ')}${this.#crashed ? ' (crashed)' : ''}`);
    // The lease of a consumer that is gone.
    if (this.#crashed) clock.now += 120_000;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the body of a webhook.
  #answer(host: string, init: RequestInit, body: any, outcome: Outcome): Response {
    const id = (init.headers as Record<string, string>)['webhook-id']!;
    for (const one of body.notifications ?? [{ id, body }]) {
      // An end that stands for its opening shows what that was: the whole story.
      if (one.id !== id && body.data.incident?.openedNotSent && incidentOf(one.id) === incidentOf(id))
        continue;
      const monitor = one.body.data.monitor?.id ?? null;
      const openedNotSent = one.body.data.incident?.openedNotSent ?? false;
      this.requests.push({ host, id: one.id, type: one.body.type, monitor, openedNotSent, outcome });
    }
    if (outcome === 'crash') this.#crashed = true;
    if (outcome === 'refused' || outcome === 'lost') throw new TypeError('Network connection lost.');
    if (outcome === 'timeout') throw new DOMException('timed out', 'TimeoutError');
    return new Response(null, { status: outcome === '500' || outcome === '410' ? Number(outcome) : 204 });
  }

  /** The real D1, until the consumer is gone. */
  #crashingD1(): D1Database {
    const isGone = (): boolean => this.#crashed;
    return new Proxy(DB, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (isGone()) throw new Error('the consumer is gone');
          return value.apply(target, args);
        };
      },
    });
  }

  /** Every channel is enabled and answers, until nothing is left. */
  async settle(): Promise<void> {
    for (const channel of CHANNELS) await this.patchChannel(channel, { enabled: true });
    for (let round = 0; round < 12; round += 1) {
      clock.now += HOUR_MS;
      for (const channel of CHANNELS) await this.send(channel, ['ok']);
    }
  }
}

/** It arrived, whatever the consumer learned of that. */
const arrived = ({ outcome }: Arrival): boolean => outcome !== 'refused';

const incidentOf = (id: string): string => id.replace(/_(opened|resolved|partial|partial_resolved)$/, '');

async function violations(sequence: Sequence): Promise<string[]> {
  const found: string[] = [];
  const { requests, repeatable, gone } = sequence;
  const { results: incidents } = await DB.prepare(
    'select id, state from incidents where location is null',
  ).all<{
    id: string;
    state: string;
  }>();
  const { results: pending } = await DB.prepare(
    "select notification_id id, channel_id channel from deliveries where state = 'pending'",
  ).all<{ id: string; channel: string }>();
  for (const { id, channel } of pending) found.push(`${id} is still pending for ${channel}`);
  const { results: order } = await DB.prepare('select id, position from notifications').all<{
    id: string;
    position: number;
  }>();
  const { results: failed } = await DB.prepare(
    `select n.incident_id id, d.channel_id channel from deliveries d join notifications n on n.id = d.notification_id
      where n.ends is not null and d.last_error like 'not sent: older than %'`,
  ).all<{ id: string; channel: string }>();
  const expired = new Set(failed.map(({ id, channel }) => `${sequence.hostOf(channel)} ${id}`));
  const { results: beginnings } = await DB.prepare(
    `select n.incident_id id, d.channel_id channel from deliveries d join notifications n on n.id = d.notification_id
      where n.event in ('incident.opened', 'incident.partial') and d.last_error like 'not sent: older than %'`,
  ).all<{ id: string; channel: string }>();
  const expiredBeginnings = new Set(beginnings.map(({ id, channel }) => `${sequence.hostOf(channel)} ${id}`));
  const { results: merged } = await DB.prepare(
    "select notification_id id, channel_id channel from deliveries where channel_id = 'a' and (state = 'merged' or merged_into is not null)",
  ).all<{ id: string; channel: string }>();
  for (const { id, channel } of merged) found.push(`${id} is merged for ${channel}, a program`);
  const positions = new Map(order.map(({ id, position }) => [id, position]));
  for (const host of new Set(requests.map((one) => one.host))) {
    const own = requests.filter((one) => one.host === host);
    const got = own.filter(arrived);
    for (const { id, state } of incidents) {
      const opened = got.find((one) => one.id === `${id}_opened` || one.id === `${id}_partial`);
      const ended = got.findIndex(
        (one) => /^incident\..*resolved$/.test(one.type) && incidentOf(one.id) === id,
      );
      if (opened && state === 'resolved' && ended < 0 && !gone.has(host) && !expired.has(`${host} ${id}`))
        found.push(`${host} got ${opened.id} and no end of it`);
      if (ended < 0) continue;
      const last = got.findLastIndex((one) => incidentOf(one.id) === id && !/resolved$/.test(one.type));
      const end = got.findLastIndex((one) => incidentOf(one.id) === id && /resolved$/.test(one.type));
      const again = repeatable.has(`${host} ${got[last]?.id}`);
      const isNews = last >= 0 && !got.slice(0, last).some((one) => one.id === got[last]!.id);
      if (last > end && (isNews || !again)) found.push(`${host} got ${got[last]!.id} after its end`);
      if (got[ended]!.openedNotSent && opened && got.indexOf(opened) < ended)
        found.push(`${host} got ${opened.id} and an end that says that it was not sent`);
      if (!isProgram(host)) continue;
      // A program gets every notification, and none is merged.
      if (got[ended]!.openedNotSent) found.push(`${host} got an end of ${id} that stands for its opening`);
      if (!opened && !expiredBeginnings.has(`${host} ${id}`))
        found.push(`${host} got an end of ${id}, and never its opening`);
      if (state !== 'resolved') found.push(`${host} got an end of ${id}, which is open`);
    }
    const ends = new Map<string, Set<string>>();
    for (const one of got.filter(({ type }) => /resolved$/.test(type)))
      ends.set(incidentOf(one.id), (ends.get(incidentOf(one.id)) ?? new Set()).add(one.id));
    for (const [incident, ids] of ends) if (ids.size > 1) found.push(`${host} got two ends of ${incident}`);
    for (const id of new Set(got.map((one) => one.id))) {
      const accepted = got.flatMap((one, index) => (one.id === id && one.outcome === 'ok' ? [index] : []));
      if (accepted.length > 1 && !repeatable.has(`${host} ${id}`)) found.push(`${host} accepted ${id} twice`);
    }
    for (const monitor of MONITORS) {
      const firsts = [
        ...new Set(got.filter((one) => one.monitor === monitor && one.outcome === 'ok').map(({ id }) => id)),
      ].filter((id) => !repeatable.has(`${host} ${id}`));
      const sorted = firsts.toSorted((a, b) => positions.get(a)! - positions.get(b)!);
      if (firsts.join() !== sorted.join())
        found.push(`${host} got ${firsts.join(', ')} of ${monitor} out of order`);
    }
  }
  return found;
}

const SEQUENCES = 6;
const STEPS = 30;
const seeds = Array.from({ length: SEQUENCES }, (_, index) => index + 1);

test.each(seeds)(
  'with seed %i, every receiver gets a right, ordered and complete account of every incident',
  async (seed) => {
    const sequence = new Sequence(seed);
    await sequence.start();
    for (let step = 0; step < STEPS; step += 1) await sequence.step();
    await sequence.confirm({});
    await sequence.settle();
    expect(await violations(sequence), sequence.log.join('\n')).toEqual([]);
  },
);

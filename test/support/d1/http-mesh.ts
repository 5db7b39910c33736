// Owns the API over a real local D1, with a clock that tests set, and reports as locations would send them.
import { env } from 'cloudflare:workers';
import type { Bindings } from '../../../src/env.ts';
import { createApp } from '../../../src/http/app.ts';
import * as runs from './runs.ts';

export const bindings = env as unknown as Bindings;

export const clock = { now: 1_800_000_000_000 };
/** Files share this module, and each begins at the same time: apply-migrations.ts calls it. */
(globalThis as { resetTestClock?: () => void }).resetTestClock = () => {
  clock.now = 1_800_000_000_000;
};

const app = createApp(() => clock.now);

const TOKEN = 'test-token';

let clients = 0;

interface Options {
  method?: string;
  /** Sent as JSON, except a string. */
  body?: unknown;
  token?: string | null;
  headers?: Record<string, string>;
  env?: Partial<Bindings>;
  app?: ReturnType<typeof createApp>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every form, valid and invalid.
  readonly json: any;
}

/** One request, with the bootstrap key by default. */
export async function ask(path: string, options: Options = {}): Promise<Answered> {
  const { method = 'GET', body, token = TOKEN } = options;
  const headers = new Headers(options.headers);
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  // Each request is a client of its own, unless a test says otherwise: wrong tokens are throttled by client.
  if (!headers.has('cf-connecting-ip')) headers.set('cf-connecting-ip', `192.0.2.${clients++ % 250}`);
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await (options.app ?? app).request(path, init, { ...bindings, ...options.env });
  const text = await response.text();
  const isJson = text !== '' && /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  const json = isJson ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json };
}

export const post = (path: string, body: unknown): Promise<Answered> => ask(path, { method: 'POST', body });
export const patch = (path: string, body: unknown): Promise<Answered> => ask(path, { method: 'PATCH', body });

/** Storage is isolated per file. This isolates it per test. */
export async function empty(): Promise<void> {
  clock.now = 1_800_000_000_000;
  const tables = [
    'journal',
    'shards',
    'snapshots',
    'damaged_journal',
    'damaged_snapshots',
    'monitors',
    'incidents',
    'channels',
    'notifications',
    'deliveries',
    'windows',
    'activity',
    'health',
    'pruning',
    'settings',
    'routes',
    'alerts',
    'incident_actions',
    'heartbeats',
    'pings',
    'receipts',
    'schedules',
    'status_changes',
    'compaction',
    'series',
    'days',
    'monitor_histories',
    'status_pages',
    'monitor_states',
    'maintenance_spans',
    'certificates',
  ];
  await bindings.DB.batch(tables.map((table) => bindings.DB.prepare(`DELETE FROM ${table}`)));
}

/** For a file that deletes channels: a new one is in no list, as in a mesh. See apply-migrations.ts. */
export const keepDefaultChannels = (): Promise<unknown> =>
  bindings.DB.prepare('drop trigger if exists new_channels_are_defaults').run();

export const SHOP = {
  id: 'shop',
  name: 'Web shop',
  check: { type: 'tcp', host: 'shop.example.com', port: 443 },
  intervalSeconds: 60,
  public: true,
};

export async function createMonitor(changes: object = {}): Promise<Answered> {
  const created = await post('/api/v1/monitors', { ...SHOP, ...changes });
  if (created.status !== 201) throw new Error(`the monitor was rejected: ${created.text}`);
  return created;
}

export const RECEIVER = {
  id: 'on-call',
  type: 'webhook',
  name: 'On call',
  config: { url: 'https://hooks.example.com/probemesh', secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' },
};

/** Every location checks monitor number `monitor` now. The run fails at the first `failing` of them. */
export async function run(monitor: number, failing: number): Promise<void> {
  clock.now = await runs.run(bindings.DB, { [monitor]: failing }, clock.now + 15_000);
}

/** Runs until every vote has changed. The other locations report `degraded`. */
export async function runUntilConfirmed(
  monitor: number,
  failing: number,
  degraded?: runs.DegradedRuns[number],
): Promise<void> {
  const warnings = degraded ? { [monitor]: degraded } : {};
  clock.now = await runs.runUntilConfirmed(bindings.DB, { [monitor]: failing }, clock.now, warnings);
}

// The HTTP app as a Worker for a browser, with a clock and check results that a test sets over HTTP.
import { pastRows } from '../../../scripts/demo/past.ts';
import type { Bindings } from '../../../src/env.ts';
import { createApp } from '../../../src/http/app.ts';
import { clockedD1 } from '../../support/d1/clocked-d1.ts';
import { type DegradedRuns, type Failing, runUntilConfirmed } from '../../support/d1/runs.ts';

/** The data behind a page. */
export interface Scene {
  /** In the format of the API. */
  readonly monitors: readonly object[];
  /** In order: how many locations fail per monitor. Each phase lasts until all votes have changed. */
  readonly phases: readonly Failing[];
  /** Warnings of passing locations in the last phase. */
  readonly degraded?: DegradedRuns;
  /** Monitors that are created after the phases, such as paused or new ones. */
  readonly after?: readonly object[];
  /** Maintenances, which start after the phases unless they recur. */
  readonly maintenances?: readonly object[];
  /** Channels, such as disabled ones. */
  readonly channels?: readonly object[];
  /** The made-up past of the demo: the monitors are those of the demo, in its order. */
  readonly past?: boolean;
  /** The time from the last phase to the request of the page. */
  readonly laterMs?: number;
}

let now = Date.parse('2026-11-24T09:00:00Z');
const app = createApp(() => now);

async function play(scene: Scene, env: Bindings): Promise<void> {
  now += 3_600_000;
  const tables = [
    ...['journal', 'shards', 'snapshots', 'monitors', 'incidents', 'notifications', 'deliveries', 'windows'],
    ...['channels', 'activity', 'health'],
    ...['status_changes', 'compaction', 'series', 'days', 'monitor_histories'],
    ...['announcements', 'public_incidents', 'incident_updates'],
  ];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  if (scene.past)
    await env.DB.batch(pastRows(now, []).map(([sql, values]) => env.DB.prepare(sql).bind(...values)));
  await create('monitors', scene.monitors, env);
  for (const [index, failing] of scene.phases.entries()) {
    const degraded = index === scene.phases.length - 1 ? (scene.degraded ?? {}) : {};
    now = await runUntilConfirmed(env.DB, failing, now, degraded);
  }
  await create('monitors', scene.after ?? [], env);
  await create('channels', scene.channels ?? [], env);
  const startsAt = new Date(now).toISOString();
  const maintenances = (scene.maintenances ?? []).map((fields) =>
    'cron' in fields ? fields : { startsAt, ...fields },
  );
  await create('maintenances', maintenances, env);
  now += scene.laterMs ?? 12_000;
}

async function create(path: string, entities: readonly object[], env: Bindings): Promise<void> {
  for (const entity of entities) {
    const headers = { authorization: 'Bearer test-token', 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(entity) };
    const created = await app.request(`/api/v1/${path}`, init, env);
    if (created.status !== 201) throw new Error(await created.text());
  }
}

export default {
  async fetch(request, bindings, context) {
    // The time of the scenes is virtual, so D1's clock shows nothing to compare it with.
    const env = { ...bindings, DB: clockedD1(bindings.DB, () => null) };
    if (request.method !== 'PUT' || new URL(request.url).pathname !== '/scene')
      return app.fetch(request, env, context);
    await play(await request.json<Scene>(), env);
    return new Response(null, { status: 204 });
  },
} satisfies ExportedHandler<Bindings>;

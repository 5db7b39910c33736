// The HTTP face as a Worker of its own, for a browser: with a clock and looks that a test sets over HTTP.
import type { Bindings } from '../../../src/env.ts';
import { createApp } from '../../../src/http/app.ts';
import { type DegradedRuns, type Failing, settleOn } from '../../support/d1/runs.ts';

/** What a test wants to look at. */
export interface Scene {
  /** In the form of the API. */
  readonly monitors: readonly object[];
  /** One after another: who fails, until every vote has turned. */
  readonly phases: readonly Failing[];
  /** What is found amiss in the last phase, where it is up. */
  readonly amiss?: DegradedRuns;
  /** Monitors that are written after the phases, such as paused or new ones. */
  readonly after?: readonly object[];
  /** How much later the page is asked for. */
  readonly laterMs?: number;
}

let now = Date.parse('2026-11-24T09:00:00Z');
const app = createApp(() => now);

async function play(scene: Scene, env: Bindings): Promise<void> {
  now += 3_600_000;
  const tables = ['journal', 'shards', 'monitors', 'incidents', 'notifications', 'deliveries'];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  await create(scene.monitors, env);
  for (const [index, failing] of scene.phases.entries()) {
    const amiss = index === scene.phases.length - 1 ? (scene.amiss ?? {}) : {};
    now = await settleOn(env.DB, failing, now, amiss);
  }
  await create(scene.after ?? [], env);
  now += scene.laterMs ?? 12_000;
}

async function create(monitors: readonly object[], env: Bindings): Promise<void> {
  for (const monitor of monitors) {
    const headers = { authorization: 'Bearer test-token', 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(monitor) };
    const created = await app.request('/api/v1/monitors', init, env);
    if (created.status !== 201) throw new Error(await created.text());
  }
}

export default {
  async fetch(request, env, context) {
    if (request.method !== 'PUT' || new URL(request.url).pathname !== '/scene')
      return app.fetch(request, env, context);
    await play(await request.json<Scene>(), env);
    return new Response(null, { status: 204 });
  },
} satisfies ExportedHandler<Bindings>;

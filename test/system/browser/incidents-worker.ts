// The pages of people as a Worker for a browser, with check results that a test makes over HTTP. The clock is ahead of the
// real one by the time that the results took.
import type { Bindings } from '../../../src/env.ts';
import { createApp } from '../../../src/http/app.ts';
import { clockedD1 } from '../../support/d1/clocked-d1.ts';
import { type Failing, runUntilConfirmed } from '../../support/d1/runs.ts';
import people from './dashboard-worker.ts';

let aheadMs = 0;
const now = () => Date.now() + aheadMs;
const app = createApp(now);

/** What `PUT /scene` takes: monitors to create, then which of them fail at how many locations. */
interface Scene {
  readonly monitors?: readonly object[];
  readonly failing?: Failing;
}

async function play({ monitors = [], failing }: Scene, env: Bindings): Promise<void> {
  for (const monitor of monitors) {
    const headers = { authorization: 'Bearer test-token', 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(monitor) };
    const created = await app.request('/api/v1/monitors', init, env);
    if (created.status !== 201) throw new Error(await created.text());
  }
  if (failing) aheadMs = (await runUntilConfirmed(env.DB, failing, now() + 1_000)) - Date.now() + 2_000;
}

export default {
  async fetch(request, bindings, context) {
    // The clock is virtual, so D1's shows nothing to compare it with.
    const env = { ...bindings, DB: clockedD1(bindings.DB, () => null) };
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/test/')) return people.fetch(request, env, context);
    if (pathname !== '/scene') return app.fetch(request, env, context);
    await play(await request.json<Scene>(), env);
    return new Response(null, { status: 204 });
  },
} satisfies ExportedHandler<Bindings>;

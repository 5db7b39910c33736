// The pages of people as a Worker for a browser, with meshes in which every text is hostile. The clock is ahead of the real
// one by the time that the check results took.
import type { Bindings } from '../../../src/env.ts';
import { createApp } from '../../../src/http/app.ts';
import { clockedD1 } from '../../support/d1/clocked-d1.ts';
import { makeWholeMesh } from '../../support/d1/whole-mesh.ts';
import type { Ids } from '../../support/dashboard-paths.ts';
import people from './dashboard-worker.ts';

let aheadMs = 0;
const now = () => Date.now() + aheadMs;
const app = createApp(now);

/** What `PUT /scene` takes: the mesh gets one of everything for each list, with its texts in turn. */
export interface HostileScene {
  readonly texts: readonly (readonly string[])[];
}

/** Nothing is sent. */
const QUEUE = { send: async () => undefined, sendBatch: async () => undefined } as unknown as Queue;

let made: readonly Ids[] = [];

async function play({ texts }: HostileScene, env: Bindings): Promise<void> {
  const headers = {
    ...{ authorization: 'Bearer test-token', 'content-type': 'application/json' },
    'user-agent': `<img src=x onerror=alert(1)> "'`,
  };
  const ids: Ids[] = [];
  for (const [index, list] of texts.entries()) {
    let next = 0;
    const text = () => list[next++ % list.length]!;
    const writer = {
      send: async (method: string, path: string, body?: unknown) => {
        const sent = body === undefined ? {} : { body: JSON.stringify(body) };
        const response = await app.request(path, { method, headers, ...sent }, env);
        const answer = await response.text();
        const isJson = answer !== '' && /json/.test(response.headers.get('content-type') ?? '');
        return { status: response.status, text: answer, json: isJson ? JSON.parse(answer) : undefined };
      },
      db: env.DB,
      now,
      setNow: (at: number) => {
        aheadMs = at - Date.now();
      },
    };
    ids.push(await makeWholeMesh(writer, { prefix: `m${index}`, team: 'shop', text, sharedText: text }));
  }
  made = ids;
}

export default {
  async fetch(request, bindings, context) {
    // The clock is virtual, so D1's shows nothing to compare it with.
    const env = { ...bindings, DB: clockedD1(bindings.DB, () => null), DELIVERIES: QUEUE } as Bindings;
    const { pathname } = new URL(request.url);
    if (pathname === '/test/ids') return Response.json(made);
    if (pathname.startsWith('/test/')) return people.fetch(request, env, context);
    if (pathname !== '/scene') return app.fetch(request, env, context);
    await play(await request.json<HostileScene>(), env);
    return new Response(null, { status: 204 });
  },
} satisfies ExportedHandler<Bindings>;

// The dashboard as a Worker for a browser, with a clock that a test moves: POST /test/pass?ms=… lets time pass, with ticks.
import type { Bindings } from '../../../src/env.ts';
import { createApp } from '../../../src/http/app.ts';
import { runTick } from '../../../src/scheduler/tick.ts';
import { registerTick } from '../../../src/store/shard.ts';
import { clockedD1 } from '../../support/d1/clocked-d1.ts';
import dashboard from './dashboard-worker.ts';

/** From the first request on, only a test moves it: on a busy machine, real time would pass while D1 works. */
let clock = 0;
const now = (): number => clock;
const app = createApp(now);

async function pass(ms: number, env: Bindings): Promise<void> {
  const until = now() + ms;
  let isLast = false;
  await runTick({
    db: env.DB,
    publicUrl: env.PUBLIC_URL,
    encryptionKey: env.ENCRYPTION_KEY,
    locations: [],
    fleet: { invoke: () => Promise.reject(new Error('no probe is asked')) },
    now,
    sleep: async (wanted, signal) => {
      // D1 answers in real time. The clock stands still until it has.
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (signal.aborted) return;
      clock += Math.max(1, Math.min(wanted, 5_000));
      if (now() < until || isLast) return;
      // A newer tick takes over, so that this one ends.
      isLast = true;
      await registerTick(env.DB, now());
    },
    enqueueDeliveries: async () => {},
  });
}

export default {
  async fetch(request, own, context) {
    clock ||= Date.now();
    // A clock that is ahead of D1's starts no check.
    const env = { ...own, DB: clockedD1(own.DB, () => null) };
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/test/pass') {
      await pass(Number(searchParams.get('ms')), env);
      return new Response('passed');
    }
    if (pathname.startsWith('/test/')) return dashboard.fetch(request, env, context);
    return app.fetch(request, env, context);
  },
} satisfies ExportedHandler<Bindings>;

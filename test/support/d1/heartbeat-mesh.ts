// Owns a mesh of heartbeats in virtual time: the API, pings and ticks share one clock, over a real local D1.
import type { Bindings } from '../../../src/env.ts';
import { createApp } from '../../../src/http/app.ts';
import { runTick } from '../../../src/scheduler/tick.ts';
import { registerTick } from '../../../src/store/shard.ts';
import { ask, bindings, clock } from './http-mesh.ts';

/** A tick runs until a newer one begins, or for 170 s. */
export class HeartbeatMesh {
  readonly #app = createApp(() => clock.now);

  /** Creates a heartbeat and returns its ping path. */
  async create(id: string, check: object, more: object = {}): Promise<string> {
    const body = { id, name: id, check: { type: 'heartbeat', ...check }, ...more };
    const created = await ask('/api/v1/monitors', { method: 'POST', body, app: this.#app });
    if (created.status !== 201) throw new Error(`${created.status} ${created.text}`);
    return this.pathOf(id);
  }

  async pathOf(id: string): Promise<string> {
    const { json } = await ask(`/api/v1/monitors/${id}/heartbeat`, { app: this.#app });
    return new URL(json.pingUrl).pathname;
  }

  ping(path: string, init: RequestInit = {}, env: Partial<Bindings> = {}): Promise<Response> {
    return Promise.resolve(this.#app.request(path, init, { ...bindings, ...env }));
  }

  /**
   * Lets time pass. Ticks run all the while, `during` is called at each of its times, in ms from now. Times that no tick
   * can sleep over are called as soon as it wakes up.
   */
  async pass(
    ms: number,
    during: readonly (readonly [at: number, act: () => Promise<unknown>])[] = [],
  ): Promise<void> {
    const from = clock.now;
    const until = from + ms;
    const due = during.map(([at, act]) => ({ at: from + at, act })).sort((a, b) => a.at - b.at);
    while (clock.now < until) {
      let isLast = false;
      await runTick({
        db: bindings.DB,
        publicUrl: bindings.PUBLIC_URL,
        encryptionKey: bindings.ENCRYPTION_KEY,
        locations: ['aws:us-east-1', 'aws:eu-central-1'],
        fleet: { invoke: () => Promise.reject(new Error('no probe is asked')) },
        now: () => clock.now,
        sleep: async (wanted, signal) => {
          // D1 answers in real time. The clock stands still until it has.
          await new Promise((resolve) => setTimeout(resolve, 5));
          if (signal.aborted) return;
          const next = due[0]?.at ?? Number.POSITIVE_INFINITY;
          clock.now += Math.max(1, Math.min(wanted, 5_000, next - clock.now));
          while (due[0] && due[0].at <= clock.now) await due.shift()!.act();
          // A newer tick takes over, so that this one ends.
          if (clock.now < until || isLast) return;
          isLast = true;
          await registerTick(bindings.DB, clock.now);
        },
        enqueueDeliveries: async () => {},
      });
    }
  }

  async verdictOf(id: string): Promise<string> {
    return (await ask(`/api/v1/monitors/${id}`, { app: this.#app })).json.verdict;
  }

  async explain(id: string): Promise<string> {
    return (await ask(`/api/v1/monitors/${id}/explain`, { app: this.#app })).json.why;
  }

  /** The events that were notified, oldest first. */
  async events(): Promise<string[]> {
    const { results } = await bindings.DB.prepare(
      'select event from notifications order by position, id',
    ).all<{
      event: string;
    }>();
    return results.map(({ event }) => event);
  }
}

// Owns the CPU time of workerd while it answers requests, as Linux counts it for its threads. workerd tells no Worker its CPU time.
// In it are the Worker, SQLite and HTTP: an upper bound of what a Worker is billed for. Does not start workerd.
import { readdirSync, readFileSync } from 'node:fs';

/** Of the first request, and of those after it. In ms, without what an empty route costs. */
export interface WorkerdCpu {
  readonly first: number;
  readonly median: number;
  readonly worst: number;
}

/** Warm, but not yet fast: the code of a page is compiled while it runs. */
const WARM_UP = 2;
/** Of what takes seconds, few requests tell enough. */
const SLOW_MS = 1_000;
const SLOW_REPEATS = 3;

export class WorkerdMeter {
  readonly #url: string;
  readonly #group: number;
  readonly #cookie: string;
  #emptyMs = 0;

  /** `group`: the process group of `wrangler dev`. Throws where there is no /proc. */
  constructor(url: string, group: number, cookie: string) {
    if (process.platform !== 'linux')
      throw new Error('The CPU time of workerd is read from /proc: use Linux.');
    this.#url = url;
    this.#group = group;
    this.#cookie = cookie;
  }

  /** Measures a route without D1 and without a session, whose cost is subtracted from all others. */
  async calibrate(path: string): Promise<number> {
    for (let index = 0; index < 20; index += 1) await this.#ask(path);
    this.#emptyMs = middle(await this.#series(path, 20));
    return this.#emptyMs;
  }

  async measure(path: string, repeats: number): Promise<WorkerdCpu> {
    const [first = 0] = await this.#series(path, 1);
    const isSlow = first > SLOW_MS;
    await this.#series(path, isSlow ? 0 : WARM_UP);
    const warm = await this.#series(path, isSlow ? SLOW_REPEATS : repeats);
    const net = (ms: number): number => Math.max(0, ms - this.#emptyMs);
    return { first: net(first), median: net(middle(warm)), worst: net(Math.max(...warm)) };
  }

  async #series(path: string, count: number): Promise<number[]> {
    const spent: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const before = this.#cpuMs();
      await this.#ask(path);
      spent.push(this.#cpuMs() - before);
    }
    return spent;
  }

  async #ask(path: string): Promise<void> {
    const response = await fetch(this.#url + path, { headers: { cookie: this.#cookie }, redirect: 'manual' });
    await response.arrayBuffer();
    if (response.status >= 500) throw new Error(`${path} answers ${response.status}`);
  }

  #cpuMs(): number {
    let ns = 0;
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const [, name, rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
        if (name !== 'workerd' || Number(rest.split(' ')[2]) !== this.#group) continue;
        for (const thread of readdirSync(`/proc/${pid}/task`))
          ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
      } catch {
        // A process or thread that has ended in between.
      }
    }
    return ns / 1e6;
  }
}

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

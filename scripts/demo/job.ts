// Owns the demo's job: a nightly backup that a user can stop and start again. It runs more often than a real one, and reports
// each run over HTTP, as the recipes do.
import { randomUUID } from 'node:crypto';
import type { Breakable } from './targets.ts';

export const JOB = { name: 'nightly-backup', title: 'Nightly backup' } as const;

/** A ping is late after 90 s, so that nobody waits long to see it. */
export const JOB_CHECK = { type: 'heartbeat', everySeconds: 60, graceSeconds: 30, maxDurationSeconds: 60 };

const PAUSE_MS = [30_000, 45_000] as const;
const RUN_MS = [4_000, 9_000] as const;
const TIMEOUT_MS = 10_000;
const RETRIES = 5;
const RETRY_MS = 2_000;

export interface Job extends Breakable {
  /** From now on it runs, and calls this address. */
  begin(pingAddress: string): void;
}

/** `log` gets pings that were refused. */
export function createJob(log: (line: string) => void): Job {
  let address: string | null = null;
  let isUp = true;
  let ended = new AbortController();

  async function runAgainAndAgain(url: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const id = randomUUID();
      await ping(`${url}/start?rid=${id}`, '', signal);
      await pause(between(RUN_MS), signal);
      const files = Math.round(between([1_100, 1_400]));
      await ping(`${url}/0?rid=${id}`, `${files} files saved, 0 failed\n`, signal);
      await pause(between(PAUSE_MS), signal);
    }
  }

  async function ping(url: string, body: string, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; attempt < RETRIES && !signal.aborted; attempt += 1) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const status = await fetch(url, { method: 'POST', body, signal: limit }).then(
        async (response) => {
          await response.text();
          return response.status;
        },
        () => null,
      );
      if (status !== null && status < 400) return;
      // Somebody has deleted the heartbeat, or given it another address.
      if (status === 404) {
        log(`${JOB.name}: its ping address is not known any more, so it ends`);
        return stop();
      }
      await pause(RETRY_MS, signal);
    }
  }

  function start(): void {
    if (address === null || !isUp) return;
    ended.abort();
    ended = new AbortController();
    void runAgainAndAgain(address, ended.signal);
  }

  const stop = (): void => ended.abort();

  return {
    ...{ ...JOB, port: null, breakage: 'stopped', check: JOB_CHECK },
    isUp: () => isUp,
    async setUp(up) {
      if (isUp === up) return;
      isUp = up;
      if (up) start();
      else stop();
    },
    begin(pingAddress) {
      address = pingAddress;
      start();
    },
    async close() {
      stop();
    },
  };
}

const between = ([from, to]: readonly [number, number]): number => from + Math.random() * (to - from);

/** Also ends when the job does. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    }
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });

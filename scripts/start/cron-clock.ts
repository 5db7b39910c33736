// The clock that `wrangler dev` lacks: fires the Worker's cron trigger at once and at every full minute.
// A tick walks for minutes, so the clock never waits for one to end.
import { get } from 'node:http';

const MINUTE_MS = 60_000;

export interface CronClock {
  stop(): void;
}

/** `url` is the local Worker's; `log` hears of ticks that failed. */
export function startCronClock(url: string, log: (line: string) => void): CronClock {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const fire = (scheduledAt: number): void => {
    fireCron(url, scheduledAt).catch((error: unknown) => {
      if (!stopped)
        log(`cron: the tick of ${new Date(scheduledAt).toISOString()} failed: ${(error as Error).message}`);
    });
  };
  const waitForMinute = (): void => {
    const next = (Math.floor(Date.now() / MINUTE_MS) + 1) * MINUTE_MS;
    timer = setTimeout(() => {
      fire(next);
      waitForMinute();
    }, next - Date.now());
  };
  fire(Date.now());
  waitForMinute();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** One cron invocation; resolves when it is over. `scheduledAt` is in ms since the epoch. */
export function fireCron(url: string, scheduledAt: number): Promise<void> {
  const query = `cron=${encodeURIComponent('* * * * *')}&time=${scheduledAt}&format=json`;
  return new Promise((resolve, reject) => {
    // A connection of its own, for as long as the tick takes.
    const request = get(`${url}/cdn-cgi/local/scheduled?${query}`, { agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else
          reject(new Error(`${response.statusCode} ${Buffer.concat(parts).toString('utf8').slice(0, 500)}`));
      });
    });
    request.on('error', reject);
  });
}

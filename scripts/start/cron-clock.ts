// Owns the cron trigger that `wrangler dev` lacks: fires it at once and at every full minute.
// Does not wait for a tick to end, because a tick runs for minutes.
import { get } from 'node:http';

const MINUTE_MS = 60_000;

export interface CronClock {
  /** Fires a tick now, as well as at the next full minute. */
  fire(): void;
  stop(): void;
}

/** The connection of a tick broke, which means that its runtime has ended. */
export class WorkerLost extends Error {}

/** `url` is the local Worker's; `onFailure` gets the errors of failed ticks, {@link WorkerLost} among them. */
export function startCronClock(url: string, onFailure: (error: Error) => void): CronClock {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const fire = (scheduledAt: number): void => {
    fireCron(url, scheduledAt).catch((error: Error) => {
      if (!stopped) onFailure(error);
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
    fire: () => fire(Date.now()),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** One cron invocation; resolves when it ends. `scheduledAt` is in ms since the epoch. */
export function fireCron(url: string, scheduledAt: number): Promise<void> {
  const query = `cron=${encodeURIComponent('* * * * *')}&time=${scheduledAt}&format=json`;
  const tick = `the tick of ${new Date(scheduledAt).toISOString()}`;
  return new Promise((resolve, reject) => {
    const lost = (cause: Error): void =>
      reject(new WorkerLost(`${tick} was cut off: ${cause.message}`, { cause }));
    // A connection of its own, for as long as the tick takes.
    const request = get(`${url}/cdn-cgi/local/scheduled?${query}`, { agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', lost);
      response.on('end', () => {
        const body = Buffer.concat(parts).toString('utf8').slice(0, 500);
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${tick} failed: status ${response.statusCode} ${body}`));
      });
    });
    request.on('error', lost);
  });
}

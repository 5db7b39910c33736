// Owns the cron trigger that `wrangler dev` lacks: fires it at once and at every full minute.
// Does not wait for a tick to end, because a tick runs for minutes.
import { createHmac } from 'node:crypto';
import { get } from 'node:http';

const MINUTE_MS = 60_000;

/** Where the Worker is, and the API key of its mesh. */
export interface CronTarget {
  readonly url: string;
  readonly token: string;
}

/**
 * What a tick of the local mesh brings as its cron expression. wrangler lets every program of this machine, and every page
 * in a browser on it, call the trigger; the Worker runs a tick with this token only.
 */
export const cronTokenOf = (adminToken: string): string =>
  createHmac('sha256', adminToken).update('probemesh cron').digest('base64url');

export interface CronClock {
  /** False: it fires nothing, as a cron trigger that has failed. */
  isUp: boolean;
  /** Fires a tick now, as well as at the next full minute. */
  fire(): void;
  stop(): void;
}

/** The connection of a tick broke, which means that its runtime has ended. */
export class WorkerLost extends Error {}

/** `target` is the local Worker; `onFailure` gets the errors of failed ticks, {@link WorkerLost} among them. */
export function startCronClock(target: CronTarget, onFailure: (error: Error) => void): CronClock {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const fire = (scheduledAt: number): void => {
    fireCron(target, scheduledAt).catch((error: Error) => {
      if (!stopped) onFailure(error);
    });
  };
  const waitForMinute = (): void => {
    const next = (Math.floor(Date.now() / MINUTE_MS) + 1) * MINUTE_MS;
    timer = setTimeout(() => {
      if (clock.isUp) fire(next);
      waitForMinute();
    }, next - Date.now());
  };
  const clock: CronClock = {
    isUp: true,
    fire: () => fire(Date.now()),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
  fire(Date.now());
  waitForMinute();
  return clock;
}

/** One cron invocation; resolves when it ends. `scheduledAt` is in ms since the epoch. */
export const fireCron = (target: CronTarget, scheduledAt: number): Promise<void> =>
  callScheduled(target, scheduledAt, '', `the tick of ${new Date(scheduledAt).toISOString()}`);

/** Turns the second clock of the local mesh on or off. It stays off over a restart. */
export const turnSecondClock = (target: CronTarget, on: boolean): Promise<void> =>
  callScheduled(target, Date.now(), ` second-clock=${on ? 'on' : 'off'}`, 'the switch of the second clock');

function callScheduled(
  { url, token }: CronTarget,
  scheduledAt: number,
  suffix: string,
  tick: string,
): Promise<void> {
  const query = `cron=${encodeURIComponent(cronTokenOf(token) + suffix)}&time=${scheduledAt}&format=json`;
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

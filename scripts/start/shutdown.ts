// Owns how `npm start` ends: it stops every part in the reverse order of its start, once, whatever the reason.

type Stop = () => unknown;

export interface Shutdown {
  /** Remembers how to stop a part that has just started. */
  onShutdown(stop: Stop): void;
  /** Stops everything and leaves the process. A second call changes nothing. */
  begin(code: number, line?: string): Promise<void>;
  readonly hasBegun: boolean;
}

const SHUTDOWN_TIMEOUT_MS = 10_000;

export function createShutdown(log: (line: string) => void): Shutdown {
  const stops: Stop[] = [];
  let hasBegun = false;
  const begin = async (code: number, line?: string): Promise<void> => {
    if (hasBegun) return;
    hasBegun = true;
    if (line) log(line);
    setTimeout(() => {
      log('probemesh: a part did not stop in time; leaving without it');
      process.exit(1);
    }, SHUTDOWN_TIMEOUT_MS).unref();
    for (const stop of stops.reverse()) {
      try {
        await stop();
      } catch (error) {
        log(`probemesh: while stopping: ${(error as Error).message}`);
      }
    }
    process.exit(code);
  };
  const bySignal = (): void => void begin(0, 'stopping …');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, bySignal);
  // The channel to bootstrap.mjs: it closes if that process is killed.
  process.on('disconnect', bySignal);
  const byBug = (error: unknown): void =>
    void begin(
      1,
      `probemesh: stopped by an unexpected error: ${error instanceof Error ? error.stack : String(error)}`,
    );
  process.on('uncaughtException', byBug);
  process.on('unhandledRejection', byBug);
  // If the terminal or the pipe closes, writing to it fails. The processes must still be stopped.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return {
    onShutdown: (stop) => void stops.push(stop),
    begin,
    get hasBegun() {
      return hasBegun;
    },
  };
}

// How `npm start` ends: every part is stopped in the reverse order of its start, once, whatever the reason.

type Stop = () => unknown;

export interface Ending {
  /** Remembers how to stop a part that has just been started. */
  onEnd(stop: Stop): void;
  /** Stops everything and leaves the process. A second call hurries nothing and changes nothing. */
  end(code: number, line?: string): Promise<void>;
  readonly isEnding: boolean;
}

const PATIENCE_MS = 10_000;

export function createShutdown(say: (line: string) => void): Ending {
  const stops: Stop[] = [];
  let ending = false;
  const end = async (code: number, line?: string): Promise<void> => {
    if (ending) return;
    ending = true;
    if (line) say(line);
    setTimeout(() => {
      say('probemesh: a part did not stop in time; leaving without it');
      process.exit(1);
    }, PATIENCE_MS).unref();
    for (const stop of stops.reverse()) {
      try {
        await stop();
      } catch (error) {
        say(`probemesh: while stopping: ${(error as Error).message}`);
      }
    }
    process.exit(code);
  };
  const bySignal = (): void => void end(0, 'stopping …');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, bySignal);
  // The channel to boot.mjs: it closes when that process is killed.
  process.on('disconnect', bySignal);
  const byBug = (error: unknown): void =>
    void end(
      1,
      `probemesh: stopped by an unexpected error: ${error instanceof Error ? error.stack : String(error)}`,
    );
  process.on('uncaughtException', byBug);
  process.on('unhandledRejection', byBug);
  // A terminal or pipe that has gone away is no reason to leave processes behind.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return {
    onEnd: (stop) => void stops.push(stop),
    end,
    get isEnding() {
      return ending;
    },
  };
}

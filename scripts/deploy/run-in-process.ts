// Owns `npm run deploy` as a process: its arguments, its terminal, its signals and its exit code. Does not choose the accounts.
import { terminalPrompts } from './prompts.ts';
import { STOPPED } from './report.ts';
import { runCommand } from './run-command.ts';

/** npm and the terminal both deliver a Ctrl-C. */
const SAME_SIGNAL_MS = 1_000;

const write = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(`${text}\n`);

export async function runInProcess(surroundingsFor: Parameters<typeof runCommand>[1]): Promise<void> {
  const err = write(process.stderr);
  const stop = new AbortController();
  let firstAt: number | null = null;
  const onSignal = (): void => {
    const now = Date.now();
    if (firstAt === null) {
      firstAt = now;
      err('Stopping: steps that have begun will end. Press Ctrl-C again to end at once.');
      stop.abort();
    } else if (now - firstAt > SAME_SIGNAL_MS) {
      err('Ended at once. Run the same command again: it finds what was done, and goes on.');
      process.exit(STOPPED);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.exitCode = await runCommand(
    {
      args: process.argv.slice(2),
      cwd: process.env.INIT_CWD ?? process.cwd(),
      out: write(process.stdout),
      err,
      console: {
        isTerminal: Boolean(process.stdin.isTTY && process.stdout.isTTY),
        signal: stop.signal,
        ...terminalPrompts,
      },
    },
    surroundingsFor,
  );
  // The channel to the first step of the command would keep the process.
  process.disconnect?.();
}

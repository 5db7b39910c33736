// The program of `npm run deploy`. Owns the process: terminal, signals, clocks and the network. Decides nothing.
import { Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_ROOT } from '../start/wrangler.ts';
import { wranglerRunner } from './cloudflare/run-wrangler.ts';
import { terminalPrompts } from './prompts.ts';
import { runCommand } from './run-command.ts';

/** npm and the terminal both deliver a Ctrl-C. */
const SAME_SIGNAL_MS = 1_000;

const write = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(`${text}\n`);
const err = write(process.stderr);

const stop = new AbortController();
let firstAt: number | null = null;
const onSignal = (): void => {
  const now = Date.now();
  if (firstAt === null) {
    firstAt = now;
    err('Stopping: steps that have begun will end. Press Ctrl-C again to end at once.');
    stop.abort();
  } else if (now - firstAt > SAME_SIGNAL_MS) process.exit(3);
};
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);

const isTerminal = Boolean(process.stdin.isTTY && process.stdout.isTTY);

process.exitCode = await runCommand(
  {
    args: process.argv.slice(2),
    cwd: process.env.INIT_CWD ?? process.cwd(),
    out: write(process.stdout),
    err,
    console: {
      isTerminal,
      signal: stop.signal,
      ...terminalPrompts,
    },
  },
  (log) => ({
    env: process.env,
    root: PROJECT_ROOT,
    runner: wranglerRunner(join(PROJECT_ROOT, 'dist', 'deploy')),
    log,
    fetch,
    now: Date.now,
    wait: async (ms) => void (await sleep(ms)),
    hasRecords,
  }),
);
// The channel to the first step of the command would keep the process.
process.disconnect?.();

/** Of any type that a domain of the Worker would replace. */
async function hasRecords(host: string): Promise<boolean> {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  const answers = await Promise.allSettled([
    resolver.resolveCname(host),
    resolver.resolve4(host),
    resolver.resolve6(host),
  ]);
  return answers.some((answer) => answer.status === 'fulfilled' && answer.value.length > 0);
}

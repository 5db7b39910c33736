// Owns `npm run deploy` from its arguments to its exit code: options, settings, one run at a time, and errors as lines. Does not
// touch the process.
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { lockFolder } from '../start/folder-lock.ts';
import type { Console } from './console.ts';
import { deployCommand } from './deploy-command.ts';
import { destroyCommand } from './destroy-command.ts';
import { writeWorkflow } from './github-workflow.ts';
import type { Surroundings } from './mesh.ts';
import { type DeployOptions, readOptions, USAGE, UsageError } from './options.ts';
import { EXIT_CODES, INVALID, type JsonReport, STOPPED } from './report.ts';
import { rotateKeysCommand } from './rotate-keys-command.ts';
import { readSettings, type Settings, SettingsError } from './settings.ts';
import { statusCommand } from './status-command.ts';
import { asDeployError, DeployError } from './step.ts';

export interface CommandLine {
  readonly args: readonly string[];
  /** Where the person is: relative paths begin there. */
  readonly cwd: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly console: Omit<Console, 'line'>;
}

const COMMANDS = {
  deploy: deployCommand,
  status: statusCommand,
  destroy: destroyCommand,
  'rotate-keys': rotateKeysCommand,
} as const;

/** Resolves with the exit code. */
export async function runCommand(
  { args, cwd, out, err, console: asking }: CommandLine,
  surroundingsFor: (log: (line: string) => void) => Surroundings,
): Promise<number> {
  let options: DeployOptions | undefined;
  try {
    options = readOptions(args, cwd);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    err(`deploy: ${error.message}`);
    return INVALID;
  }
  if (options === undefined) {
    out(USAGE);
    return 0;
  }
  // Programs read stdout.
  const line = options.json ? err : out;
  const console: Console = { ...asking, line };
  const surroundings = surroundingsFor(line);
  try {
    const settings = await findSettings(options, console, relative(cwd, options.settingsPath));
    if (settings === null) {
      line('Nothing was changed.');
      return EXIT_CODES.cancelled;
    }
    if (options.github) {
      for (const text of await writeWorkflow(surroundings.root, settings)) line(text);
      return 0;
    }
    requireAnswer(options, console);
    const release = lock(surroundings.root);
    try {
      const report = await COMMANDS[options.command](options, settings, surroundings, console);
      if (options.json) out(JSON.stringify(report, null, 2));
      return report.result === 'cancelled' && console.signal.aborted ? STOPPED : EXIT_CODES[report.result];
    } finally {
      release();
    }
  } catch (error) {
    const isInvalid = error instanceof UsageError || error instanceof SettingsError;
    const message = isInvalid ? error.message : asDeployError(error).message;
    err(`deploy: ${message}`);
    if (options.json) out(JSON.stringify(failedReport(options, message), null, 2));
    return isInvalid ? INVALID : EXIT_CODES.failed;
  }
}

/** Null: the person cancelled. Throws a {@link UsageError} if there is no file and no one to ask. */
async function findSettings(
  { settingsPath, json, yes }: DeployOptions,
  console: Console,
  shown: string,
): Promise<Settings | null> {
  const found = await readSettings(settingsPath);
  if (found !== null) return found;
  if (!console.isTerminal || json || yes)
    throw new UsageError(
      `${shown} does not exist. Write it (docs/guide/deploy.md shows the fields), or run \`npm run deploy\` in a terminal, which asks for it.`,
    );
  const asked = await console.settings();
  if (asked === null) return null;
  await writeFile(settingsPath, asked.text);
  console.line(`${shown} is written.`);
  return asked.settings;
}

/** Without a person, only --yes can agree. */
function requireAnswer({ command, planOnly, yes, json }: DeployOptions, { isTerminal }: Console): void {
  if (planOnly || yes || command === 'status' || (isTerminal && !json)) return;
  throw new UsageError(
    'There is no terminal to ask in. Add --yes to do it without a question, or --plan to see it.',
  );
}

/** Two runs at a time would make the same secrets twice. */
function lock(root: string): () => void {
  const folder = join(root, 'dist', 'deploy');
  mkdirSync(folder, { recursive: true });
  const held = lockFolder(folder);
  if ('release' in held) return held.release;
  throw new DeployError(
    `Another \`npm run deploy\` runs${held.heldBy.pid === null ? '' : ` (process ${held.heldBy.pid})`}.`,
    'Wait until it has ended.',
  );
}

const failedReport = (
  { command }: DeployOptions,
  message: string,
): JsonReport & { readonly error: string } => ({
  ...{ command, mesh: '', result: 'failed', url: null, steps: [], proof: [], rollback: null, error: message },
});

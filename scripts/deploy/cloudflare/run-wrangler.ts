// Owns one call of wrangler: the one among the packages, as a child process with a list of arguments. One call at a time, because
// each may renew the login. Does not know what the commands mean.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { PROJECT_ROOT, WRANGLER } from '../../start/wrangler.ts';

/** What wrangler writes for programs, such as `{"type": "deploy", "version_id": "…", "targets": […]}`. */
export type OutputEntry = { readonly type: string } & Readonly<Record<string, unknown>>;

export interface WranglerResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly entries: readonly OutputEntry[];
}

/** `input` is what wrangler reads: secrets are never arguments. */
export type WranglerRunner = (args: readonly string[], input?: string) => Promise<WranglerResult>;

/** `folder` is for logs and for what wrangler writes for programs. */
export function wranglerRunner(folder: string, env: NodeJS.ProcessEnv = process.env): WranglerRunner {
  let last: Promise<unknown> = Promise.resolve();
  return (args, input) => {
    const result = last.then(() => runWrangler(folder, env, args, input));
    last = result.catch(() => undefined);
    return result;
  };
}

async function runWrangler(
  folder: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  input = '',
): Promise<WranglerResult> {
  mkdirSync(folder, { recursive: true });
  const outputFile = join(folder, `output-${randomUUID()}.ndjson`);
  const child = spawn(process.execPath, ['--no-warnings', WRANGLER, ...args], {
    cwd: PROJECT_ROOT,
    env: {
      ...env,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
      // Without it, logs contain the secrets that are set.
      WRANGLER_LOG_SANITIZE: 'true',
      WRANGLER_LOG_PATH: join(folder, 'logs'),
      WRANGLER_OUTPUT_FILE_PATH: outputFile,
      NO_COLOR: '1',
      FORCE_COLOR: '0',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C reaches the whole group of a terminal, and a call that has begun must end.
    detached: process.platform !== 'win32',
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text.stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text.stderr += part));
  // wrangler may end before it has read everything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  const entries = await readEntries(outputFile);
  await rm(outputFile, { force: true });
  // Errors have colours, whatever NO_COLOR says.
  const [stdout, stderr] = [text.stdout, text.stderr].map(stripVTControlCharacters) as [string, string];
  return { exitCode, stdout, stderr, entries };
}

async function readEntries(path: string): Promise<OutputEntry[]> {
  try {
    const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => JSON.parse(line) as OutputEntry);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

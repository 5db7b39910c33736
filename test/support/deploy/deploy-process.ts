// Owns `npm run deploy` in a process of its own over the accounts of a test, in a terminal or without one. The accounts live in the
// test's process.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { onTestFinished, vi } from 'vitest';
import { DEPLOYER, type DeployedMesh } from './deployed-mesh.ts';

const PROGRAM = fileURLToPath(new URL('deploy-program.ts', import.meta.url));
const PTY = fileURLToPath(new URL('run-in-pty.py', import.meta.url));

export interface Ended {
  readonly exitCode: number | null;
  /** Without colours and movements of the cursor. */
  readonly printed: string;
}

export interface DeployProcess {
  readonly child: ChildProcess;
  printed(): string;
  /** Until something is printed after what an earlier call waited for. */
  shows(expected: string | RegExp): Promise<void>;
  type(keys: string): void;
  ended(): Promise<Ended>;
}

export interface TerminalEnded extends Ended {
  /** Its modes are those of before, and the cursor is shown. */
  readonly isRestored: boolean;
}

/** Address of the accounts, for other processes. */
export async function serveAccounts(mesh: DeployedMesh): Promise<string> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url === '/probe') {
      response.writeHead(200, { 'x-build': mesh.probe.build }).end(mesh.probe.zip);
      return;
    }
    const asked = JSON.parse(await text(request));
    if (request.url === '/wrangler') {
      await mesh.onWrangler();
      response.end(JSON.stringify(await mesh.cloudflare.runner(asked.args, asked.input)));
      return;
    }
    mesh.setNow(asked.now);
    const { url, method, body, headers } = asked;
    const answered = await mesh.fetch(url, { method, headers, ...(method === 'GET' ? {} : { body }) });
    response.writeHead(answered.status, { 'content-type': 'application/json' });
    response.end(await answered.text());
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const environment = (mesh: DeployedMesh, accounts: string): NodeJS.ProcessEnv => ({
  ...{ PATH: process.env.PATH, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
  ...{ TEST_ACCOUNTS: accounts, TEST_ROOT: mesh.root, TEST_NOW: String(mesh.now()) },
  ...{ AWS_ENDPOINT_URL: mesh.aws.url, AWS_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true' },
  ...{ AWS_ACCESS_KEY_ID: DEPLOYER.accessKeyId, AWS_SECRET_ACCESS_KEY: DEPLOYER.secretAccessKey },
});

export function deployProcess(mesh: DeployedMesh, accounts: string, args: readonly string[]): DeployProcess {
  const child = spawn(process.execPath, ['--no-warnings', PROGRAM, ...args], {
    ...{ cwd: mesh.root, env: environment(mesh, accounts), stdio: ['ignore', 'pipe', 'pipe'] },
  });
  return driven(child);
}

/** In a pseudoterminal, so that it asks. */
export function deployInTerminal(
  mesh: DeployedMesh,
  accounts: string,
  args: readonly string[] = [],
  { columns = 100, rows = 40 } = {},
): Omit<DeployProcess, 'ended'> & { ended(): Promise<TerminalEnded> } {
  const command = [process.execPath, '--no-warnings', PROGRAM, ...args];
  const child = spawn('python3', [PTY, String(columns), String(rows), ...command], {
    ...{ cwd: mesh.root, env: environment(mesh, accounts), stdio: ['pipe', 'pipe', 'pipe'] },
  });
  let raw = '';
  child.stdout!.on('data', (part: Buffer) => (raw += part.toString()));
  const errors = text(child.stderr!);
  const process_ = driven(child, false);
  return {
    ...process_,
    async ended() {
      const ended = await process_.ended();
      const shown = raw.lastIndexOf('\u001b[?25h') >= raw.lastIndexOf('\u001b[?25l');
      return { ...ended, isRestored: (await errors).includes('modes restored') && shown };
    },
  };
}

function driven(child: ChildProcess, readsErrors = true): DeployProcess {
  let raw = '';
  let seen = 0;
  const read = (part: string): void => {
    raw += part;
  };
  child.stdout!.setEncoding('utf8').on('data', read);
  if (readsErrors) child.stderr!.setEncoding('utf8').on('data', read);
  const exited = once(child, 'close') as Promise<[number | null]>;
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed = (): string => stripVTControlCharacters(raw).replaceAll('\r', '');
  return {
    child,
    printed,
    async shows(expected) {
      await vi.waitFor(
        () => {
          const rest = printed().slice(seen);
          const found = typeof expected === 'string' ? rest.indexOf(expected) : rest.search(expected);
          if (found < 0) throw new Error(`"${expected}" is not in: ${rest}`);
          seen += found + 1;
        },
        { timeout: 60_000, interval: 30 },
      );
    },
    type: (keys) => void child.stdin!.write(keys),
    async ended() {
      const [exitCode] = await exited;
      return { exitCode, printed: printed() };
    },
  };
}

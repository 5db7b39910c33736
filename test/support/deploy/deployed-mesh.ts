// Owns two empty accounts, and `npm run deploy` over them in this process: AWS is the local one with the real SDK, Cloudflare answers
// as wrangler does, and the Worker that runs there answers with the secrets and variables that were deployed.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { buildProbe } from '../../../scripts/build-probe.ts';
import type { AwsContext } from '../../../scripts/deploy/aws/context.ts';
import type { Surroundings } from '../../../scripts/deploy/mesh.ts';
import type { JsonReport } from '../../../scripts/deploy/report.ts';
import { runCommand } from '../../../scripts/deploy/run-command.ts';
import type { SettingsInput } from '../../../scripts/deploy/settings.ts';
import { type LocalAws, startLocalAws } from '../../../scripts/local-aws/local-aws.ts';
import { keyDirectory } from '../../../src/services/signing-keys/key-directory.ts';
import { isSignedRequest } from '../../../src/signed-request.ts';
import { FakeCloudflare } from './fake-cloudflare.ts';
import { temporaryRoot } from './temporary-root.ts';

export const DEPLOYER = { accessKeyId: 'AKIADEPLOYER00000000', secretAccessKey: 'deployer-secret-of-a-test' };

export const EIGHT: SettingsInput = {
  name: 'mesh',
  regions: [
    ...['us-east-1', 'us-west-2', 'eu-central-1', 'eu-west-1'],
    ...['ap-southeast-1', 'ap-northeast-1', 'sa-east-1', 'ca-central-1'],
  ],
  watchdog: { regions: ['eu-central-1', 'us-east-1'] },
};

export interface CommandResult {
  readonly exitCode: number;
  readonly lines: readonly string[];
  readonly report: JsonReport;
}

export interface DeployedMesh {
  readonly root: string;
  readonly aws: LocalAws;
  readonly cloudflare: FakeCloudflare;
  /** What the checkout builds for Lambda: at first the real code. Another one is another release. */
  probe: AwsContext['probe'];
  /** What /healthz answers, by the hash of the code that runs. */
  health: (code: string) => number;
  /** Requests for a tick that were signed with a key that the Worker knows, and others. */
  readonly ticks: { accepted: number; refused: number };
  /** Called whenever the command waits. */
  onWait: () => void | Promise<void>;
  /** Called before each call of wrangler by a command in another process. */
  onWrangler: () => void | Promise<void>;
  /** The clock of the command and of the Worker. */
  now(): number;
  /** A command in another process has a clock of its own. */
  setNow(now: number): void;
  /** Reaches the Worker that runs. */
  fetch: typeof fetch;
  readonly stop: AbortController;
  env: Record<string, string>;
  run(...args: string[]): Promise<CommandResult>;
  write(settings: SettingsInput): Promise<void>;
}

export async function deployedMesh(settings: SettingsInput = EIGHT): Promise<DeployedMesh> {
  const root = await temporaryRoot();
  const aws = await startLocalAws({ port: 0, users: [{ name: 'deployer', credentials: DEPLOYER }] });
  onTestFinished(() => aws.stop());
  const cloudflare = new FakeCloudflare(root);
  let clock = 1_800_000_000_000;
  const mesh: DeployedMesh = {
    now: () => clock,
    setNow: (now) => {
      clock = now;
    },
    fetch: (input, init) => answer(input, init),
    ...{
      root,
      aws,
      cloudflare,
      probe: await builtProbe(),
      health: () => 200,
      ticks: { accepted: 0, refused: 0 },
      onWait: () => undefined,
      onWrangler: () => undefined,
    },
    ...{ stop: new AbortController(), env: {} },
    write: (next) => writeFile(join(root, 'probemesh.deploy.yaml'), stringify(next)),
    async run(...args) {
      const lines: string[] = [];
      let output = '';
      const surroundings = (log: (line: string) => void): Surroundings => ({
        ...{ env: mesh.env, root, runner: cloudflare.runner, log },
        buildModules: cloudflare.buildModules,
        probe: async () => mesh.probe,
        ...{ awsEndpoint: aws.url, awsCredentials: DEPLOYER, hasRecords: async () => false },
        now: () => clock,
        fetch: answer,
        wait: async (ms) => {
          clock += ms;
          await mesh.onWait();
          await sleep(1);
        },
      });
      const never = () => Promise.reject(new Error('a question without a terminal'));
      const exitCode = await runCommand(
        {
          args: [...args, '--json'],
          cwd: root,
          out: (text) => {
            output = text;
          },
          err: (text) => void lines.push(...text.split('\n')),
          console: {
            isTerminal: false,
            signal: mesh.stop.signal,
            settings: never,
            confirm: never,
            typed: never,
          },
        },
        surroundings,
      );
      return { exitCode, lines, report: JSON.parse(output || 'null') as JsonReport };
    },
  };
  /** The Worker that runs. */
  const answer: typeof fetch = async (input, init) => {
    const url = new URL(String(input));
    const running = cloudflare.running('mesh');
    const variable = (name: string): string => running?.bindings.find((one) => one.name === name)?.text ?? '';
    if (running === undefined || variable('PUBLIC_URL') !== url.origin) throw new TypeError('fetch failed');
    if (url.pathname === '/healthz') {
      const status = mesh.health(variable('DEPLOYED_CODE'));
      return Response.json(
        { status: status === 200 ? 'idle' : 'stopped', reasons: [], version: '0.1.0' },
        { status },
      );
    }
    if (url.pathname === '/.well-known/http-message-signatures-directory') {
      const keys = variable('PROBE_PUBLIC_KEYS').split(',').filter(Boolean);
      return keys.length === 0 ? new Response('', { status: 404 }) : Response.json(await keyDirectory(keys));
    }
    const keys = ['WATCHDOG_KEY', 'WATCHDOG_KEY_PREVIOUS'].flatMap((name) => running.secrets.get(name) ?? []);
    const parts = { method: init?.method ?? 'GET', path: url.pathname, body: String(init?.body ?? '') };
    const isSigned = await isSignedRequest(keys, parts, new Headers(init?.headers), clock);
    mesh.ticks[isSigned ? 'accepted' : 'refused'] += 1;
    const { region, tick, version } = JSON.parse(parts.body || '{}') as Record<string, unknown>;
    if (isSigned && !(typeof region === 'string' && typeof tick === 'boolean' && typeof version === 'string'))
      return new Response('', { status: 400 });
    return isSigned
      ? Response.json({ tick: 'requested' }, { status: 202 })
      : new Response('', { status: 401 });
  };
  await mesh.write(settings);
  return mesh;
}

let built: Promise<AwsContext['probe']> | undefined;
/** Once a file of tests: a build takes a second. */
function builtProbe(): Promise<AwsContext['probe']> {
  built ??= (async () => {
    const folder = await mkdtemp(join(tmpdir(), 'probemesh-built-'));
    const { zipPath, build } = await buildProbe(folder);
    const zip = await readFile(zipPath);
    await rm(folder, { recursive: true });
    return { zip, build };
  })();
  return built;
}

/** Ids of steps by what was done. */
export const stepsWith = (report: JsonReport, outcome: string): string[] =>
  report.steps.filter((step) => step.outcome === outcome).map(({ id }) => id);

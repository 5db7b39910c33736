// `npm run deploy` in a process of its own that SIGKILL ends at random moments. What it has sent is carried out all the same: the
// accounts are in another process. The next run finishes, nothing is there twice, and no secret is lost.
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type DeployProcess, deployProcess, serveAccounts } from '../../../support/deploy/deploy-process.ts';
import { type DeployedMesh, deployedMesh } from '../../../support/deploy/deployed-mesh.ts';

const LIMIT_MS = 600_000;
const SETTINGS = {
  name: 'mesh',
  regions: ['eu-central-1', 'us-east-1'],
  watchdog: { regions: ['eu-central-1'] },
};
const KILLS = 5;

/** Calls `then` at the call of either account that has this number, and goes on with the call. */
function atCall(mesh: DeployedMesh, number: number, then: () => void): { readonly count: () => number } {
  let calls = 0;
  const count = (): void => {
    calls += 1;
    if (calls === number) then();
  };
  mesh.aws.faults.beforeMutation = count;
  mesh.onWrangler = count;
  return { count: () => calls };
}

/** A run of the command that is killed at a call, if it makes so many. */
async function runUntil(
  mesh: DeployedMesh,
  accounts: string,
  args: readonly string[],
  number: number,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<{ process: DeployProcess; calls: number; signal: string | null; exitCode: number | null }> {
  const process = deployProcess(mesh, accounts, args);
  const { count } = atCall(mesh, number, () => void process.child.kill(signal));
  const [exitCode, ended] = (await once(process.child, 'close')) as [number | null, string | null];
  atCall(mesh, 0, () => undefined);
  return { process, calls: count(), signal: ended, exitCode };
}

const secretsOf = ({ root }: DeployedMesh) => {
  const path = join(root, 'probemesh.secrets.json');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  return JSON.parse(readFileSync(path, 'utf8')) as {
    readonly values: Readonly<Record<string, string>>;
    readonly pending: readonly string[];
  };
};

/** One of everything, with the keys of the file. */
function expectWhole(mesh: DeployedMesh): void {
  const { aws, cloudflare, root } = mesh;
  const { values, pending } = secretsOf(mesh);
  expect(pending).toEqual([]);
  const running = cloudflare.running('mesh')!.secrets;
  expect([
    running.get('ENCRYPTION_KEY'),
    running.get('WATCHDOG_KEY'),
    running.get('AWS_ACCESS_KEY_ID'),
  ]).toEqual([values.encryptionKey, values.watchdogKey, values.awsAccessKeyId]);
  expect(aws.state.users.get('mesh-coordinator')!.keys.map(({ id }) => id)).toEqual([values.awsAccessKeyId]);
  expect([cloudflare.databases.size, cloudflare.queues.size, cloudflare.scripts.size]).toEqual([1, 3, 1]);
  expect([...aws.state.roles.keys()].sort()).toEqual([
    'mesh-probe',
    'mesh-schedule-eu-central-1',
    'mesh-watchdog-eu-central-1',
  ]);
  for (const region of SETTINGS.regions)
    expect(aws.state.regions.get(region)!.functions.has('mesh-probe')).toBe(true);
  expect(readdirSync(root).filter((name) => name.includes('secrets'))).toEqual(['probemesh.secrets.json']);
}

/** Each is tried once, so that a failure names it. */
const randomCalls = (count: number, many: number): number[] =>
  Array.from({ length: many }, (_, index) => 1 + Math.floor(((index + Math.random()) * count) / many));

test('a deployment that SIGKILL ends at a random call is finished by the next run, with the same secrets', {
  timeout: LIMIT_MS,
}, async () => {
  const whole = await deployedMesh(SETTINGS);
  const { exitCode, calls } = await runUntil(whole, await serveAccounts(whole), ['--yes'], 0);
  expect(exitCode).toBe(0);
  expectWhole(whole);
  for (const number of randomCalls(calls, KILLS)) {
    const mesh = await deployedMesh(SETTINGS);
    const accounts = await serveAccounts(mesh);
    const killed = await runUntil(mesh, accounts, ['--yes'], number);
    expect({ number, signal: killed.signal }).toEqual({ number, signal: 'SIGKILL' });
    const before = readdirSync(mesh.root).includes('probemesh.secrets.json') ? secretsOf(mesh).values : {};
    const next = await mesh.run('--yes');
    expect({ number, exitCode: next.exitCode, lines: next.lines }).toMatchObject({ number, exitCode: 0 });
    expectWhole(mesh);
    expect(secretsOf(mesh).values).toMatchObject(before);
    const again = await mesh.run('--yes');
    expect({ number, result: again.report.result }).toEqual({ number, result: 'nothing_to_do' });
  }
});

test('a rotation that SIGKILL ends at a random call is finished by the next run, and no key is lost', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(SETTINGS);
  const accounts = await serveAccounts(mesh);
  expect((await mesh.run('--yes')).exitCode).toBe(0);
  const { calls } = await runUntil(mesh, accounts, ['rotate-keys', '--yes'], 0);
  for (const number of randomCalls(calls, KILLS)) {
    const { versions } = mesh.cloudflare.scripts.get('mesh')!;
    const begin = versions.length - 1;
    const killed = await runUntil(mesh, accounts, ['rotate-keys', '--yes'], number);
    expect({ number, signal: killed.signal }).toEqual({ number, signal: 'SIGKILL' });
    const next = await mesh.run('rotate-keys', '--yes');
    expect({ number, exitCode: next.exitCode, lines: next.lines }).toMatchObject({ number, exitCode: 0 });
    expectWhole(mesh);
    // What any version has encrypted, the next one can read.
    const keys = versions.slice(begin).map(({ secrets }) => ({
      current: secrets.get('ENCRYPTION_KEY')!,
      known: [secrets.get('ENCRYPTION_KEY'), secrets.get('ENCRYPTION_KEY_PREVIOUS')],
    }));
    for (const [index, { current }] of keys.slice(0, -1).entries())
      expect({ number, knows: keys[index + 1]!.known.includes(current) }).toEqual({ number, knows: true });
  }
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s without a terminal ends what has begun, says how to go on, and ends with 130',
  { timeout: LIMIT_MS },
  async (signal) => {
    const mesh = await deployedMesh(SETTINGS);
    const accounts = await serveAccounts(mesh);
    const { process, exitCode } = await runUntil(mesh, accounts, ['--yes'], 14, signal);
    expect({ exitCode, printed: process.printed() }).toMatchObject({ exitCode: 130 });
    expect(process.printed()).toMatch(
      /Stopped: \d+ steps are done, \d+ were not begun\..+Run `npm run deploy` again/,
    );
    expect((await mesh.run('--yes')).exitCode).toBe(0);
    expectWhole(mesh);
  },
);

// Coordinator and probe with other versions of the contract, through the local Lambda and the real SDK: the frozen probe of
// the previous version, a probe of the next version, and probes two versions apart.
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import {
  CONTRACT_VERSION,
  PREVIOUS_VERSION,
  previousJobSchema,
  previousReportSchema,
  reportSchema,
} from '../../probes/contract/index.ts';
import { buildProbe } from '../../scripts/build-probe.ts';
import { type LocalLambda, startLocalLambda } from '../../scripts/local-lambda/local-lambda.ts';
import { createDebugRun } from '../../src/fleet/debug-run.ts';
import { createFleet, type Fleet } from '../../src/fleet/fleet.ts';
import { buildProbeOfVersions, unpackPreviousProbe } from '../support/mesh/other-probes.ts';

const NEXT_VERSION = CONTRACT_VERSION + 1;
const credentials = { accessKeyId: 'AKIDVERSIONS', secretAccessKey: 'a-secret' };
const LOCATION = 'aws:eu-central-1';
const FUNCTION = 'probemesh-probe';
let folder: string;
let target: net.Server;
let openPort: number;
let closedPort: number;
/** The deployed bundle. */
let deployed: string;
const bundles = { previous: '', present: '', next: '', afterNext: '' };
let lambda: LocalLambda;
let sent: number[];

const listen = async (server: net.Server): Promise<number> => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return (server.address() as net.AddressInfo).port;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probemesh-versions-'));
  for (const name of Object.keys(bundles) as (keyof typeof bundles)[])
    bundles[name] = join(folder, `${name}.mjs`);
  bundles.present = (await buildProbe(folder)).bundlePath;
  unpackPreviousProbe(bundles.previous);
  await buildProbeOfVersions(bundles.next, NEXT_VERSION, CONTRACT_VERSION);
  await buildProbeOfVersions(bundles.afterNext, NEXT_VERSION + 1, NEXT_VERSION);
  deployed = join(folder, 'deployed.mjs');
  target = net.createServer((socket) => socket.on('error', () => socket.destroy()).end());
  openPort = await listen(target);
  const closed = net.createServer();
  closedPort = await listen(closed);
  await new Promise((resolve) => closed.close(resolve));
});

afterAll(async () => {
  target.close();
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  sent = [];
  const { send } = LambdaClient.prototype;
  vi.spyOn(LambdaClient.prototype, 'send').mockImplementation(function (
    this: LambdaClient,
    ...sending: Parameters<typeof send>
  ) {
    const [command] = sending;
    const { Payload } = (command as InvokeCommand).input;
    sent.push(JSON.parse(new TextDecoder().decode(Payload as Uint8Array)).version);
    return send.apply(this, sending);
  } as typeof send);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await lambda.stop();
});

/** A new endpoint, of which no isolate knows anything. */
async function deploy(bundle: string): Promise<Fleet> {
  await copyFile(bundle, deployed);
  lambda = await startLocalLambda({
    ...{ port: 0, locations: [LOCATION], bundlePath: deployed, credentials, functionName: FUNCTION },
    ...{ allowLoopback: true, log: () => {} },
  });
  return coordinator();
}

const config = () => ({ functionName: FUNCTION, endpoint: lambda.url, canaries: [], credentials });
const coordinator = (): Fleet => createFleet(config(), Date.now);

async function upgrade(bundle: string): Promise<void> {
  await copyFile(bundle, deployed);
  await lambda.reload();
}

const tcp = (port: number, more: object = {}) => ({
  ...{ type: 'tcp', host: '127.0.0.1', port, timeoutMs: 500 },
  ...more,
});
const checks = () => [tcp(openPort), tcp(closedPort)];

/** What one invocation of both checks measured, and the versions of the jobs that it took. */
async function measure(fleet: Fleet, runs: readonly { type: string }[] = checks()) {
  sent.length = 0;
  const result = await fleet.invoke({
    ...{ location: LOCATION, mayHang: false },
    runs: runs.map((check, id) => ({ id, check })),
  });
  expect(result).toMatchObject({ error: null, missedDeadline: false });
  const outcomes = result.observations.map(({ outcome, code, reason }) =>
    [outcome, code ?? reason].join(' '),
  );
  return { outcomes, versions: [...sent], observations: result.observations };
}

const MEASURED = ['ok ', 'failed refused'];
const UNMEASURED = ['unmeasured version', 'unmeasured version'];

test.each([
  ['its own version', 'present', [CONTRACT_VERSION], [CONTRACT_VERSION], MEASURED],
  ['the previous version', 'previous', [CONTRACT_VERSION, PREVIOUS_VERSION], [PREVIOUS_VERSION], MEASURED],
  ['the next version', 'next', [CONTRACT_VERSION], [CONTRACT_VERSION], MEASURED],
  ['two versions later', 'afterNext', [CONTRACT_VERSION, PREVIOUS_VERSION], [CONTRACT_VERSION], UNMEASURED],
] as const)(
  'a coordinator and a probe of %s agree on what they measure, with the fewest invocations',
  async (_, bundle, first, later, outcomes) => {
    const logged = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const fleet = await deploy(bundles[bundle]);
    expect(await measure(fleet)).toMatchObject({ versions: first, outcomes });
    expect(await measure(fleet)).toMatchObject({ versions: later, outcomes });
    // A later tick in the same isolate.
    expect(await measure(coordinator())).toMatchObject({ versions: later, outcomes });
    expect(logged).toHaveBeenCalledTimes(first.length - 1);
    for (const [line] of logged.mock.calls) expect(line).toMatch(/"location":"aws:eu-central-1".*deploy/);
  },
);

test.each(['present', 'previous'] as const)(
  'a job of an older coordinator gets a report in its version from the %s bundle',
  async (bundle) => {
    await deploy(bundles[bundle]);
    const client = new LambdaClient({ region: 'eu-central-1', credentials, endpoint: lambda.url });
    const job = previousJobSchema.parse({
      ...{ version: PREVIOUS_VERSION, sentAt: Date.now(), deadlineMs: 4_000, canaries: [] },
      runs: checks().map((check, id) => ({ id, check })),
    });
    const Payload = new TextEncoder().encode(JSON.stringify(job));
    const answer = await client.send(new InvokeCommand({ FunctionName: FUNCTION, Payload }));
    const report = JSON.parse(new TextDecoder().decode(answer.Payload));
    expect(reportSchema.safeParse(report).success).toBe(false);
    const { observations } = previousReportSchema.parse(report);
    expect(observations).toMatchObject([{ outcome: 'ok' }, { outcome: 'failed', code: 'refused' }]);
  },
);

test('a probe two versions apart says in its detail what to do, and its location measures nothing', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const fleet = await deploy(bundles.afterNext);
  const { observations } = await measure(fleet);
  expect(observations[0]?.detail).toMatch(
    /uses versions \d+ and \d+ of the contract: deploy probe and coord/,
  );
});

test('an upgraded probe is asked in the present version again, and a probe that is rolled back in the previous one', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const fleet = await deploy(bundles.previous);
  await measure(fleet);
  await upgrade(bundles.present);
  // Answered in the previous version: its build shows that the probe is another one.
  expect(await measure(fleet)).toMatchObject({ versions: [PREVIOUS_VERSION], outcomes: MEASURED });
  expect(await measure(fleet)).toMatchObject({ versions: [CONTRACT_VERSION], outcomes: MEASURED });
  await upgrade(bundles.previous);
  const both = [CONTRACT_VERSION, PREVIOUS_VERSION];
  expect(await measure(fleet)).toMatchObject({ versions: both, outcomes: MEASURED });
  await upgrade(bundles.next);
  expect(await measure(fleet)).toMatchObject({ versions: both.toReversed(), outcomes: MEASURED });
  expect(await measure(fleet)).toMatchObject({ versions: [CONTRACT_VERSION], outcomes: MEASURED });
});

test('an option that the older probe does not know leaves its run unmeasured, and the others are measured', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const fleet = await deploy(bundles.previous);
  const { outcomes } = await measure(fleet, [tcp(openPort, { newer: true }), ...checks()]);
  expect(outcomes).toEqual(['unmeasured unknown_check', ...MEASURED]);
});

test('a debug run at an older probe is measured, with its trace', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  await deploy(bundles.previous);
  const observation = await createDebugRun(config(), Date.now)(LOCATION, tcp(openPort));
  expect(observation).toMatchObject({ outcome: 'ok', trace: expect.arrayContaining([expect.anything()]) });
});

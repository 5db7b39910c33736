// The watchdog of the local mesh: the built bundle in processes of its own, over the SDK's own client to the local AWS.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildProbe } from '../../../scripts/build-probe.ts';
import { type LocalAws, startLocalAws } from '../../../scripts/local-aws/local-aws.ts';
import { type LocalWatchdog, startLocalWatchdog, WATCHDOG_REGIONS } from '../../../scripts/start/watchdog.ts';
import { isSignedRequest } from '../../../src/signed-request.ts';
import { readState } from '../../../src/watchdog/state.ts';
import { healthz, respondJson, type StubServer, startStub } from '../../watchdog/coordinator-stub.ts';

const credentials = { accessKeyId: 'AKIALOCALWATCHDOG', secretAccessKey: 'a secret of the local AWS' };
const key = 'the key of the watchdog of this test';

let folder: string;
let aws: LocalAws;
let coordinator: StubServer;
let watchdog: LocalWatchdog;
const logged: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probemesh-watchdog-'));
  const { watchdogPath: bundlePath } = await buildProbe(folder);
  aws = await startLocalAws({ port: 0, users: [{ name: 'watchdog', credentials }] });
  coordinator = await startStub();
  watchdog = await startLocalWatchdog({
    ...{ bundlePath, coordinatorUrl: coordinator.url, awsUrl: aws.url, credentials, key },
    ...{ emergency: null, log: (line) => void logged.push(line) },
  });
});
afterAll(async () => {
  await watchdog?.stop();
  await Promise.all([aws?.stop(), coordinator?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const stateOf = async (region: string) => {
  const client = new SSMClient({ region, endpoint: aws.url, credentials });
  const { Parameter } = await client.send(new GetParameterCommand({ Name: '/probemesh/watchdog/state' }));
  client.destroy();
  return readState(Parameter?.Value ?? '');
};

test('both regions report with a signature, remember their run in SSM, and ask once for a tick that is late', async () => {
  coordinator.answer(({ method }, response) =>
    method === 'POST'
      ? respondJson(response, 202, { tick: 'requested' })
      : respondJson(response, 200, healthz({ tickAgeSeconds: 100 })),
  );
  await watchdog.run();
  await watchdog.run();
  const reports = coordinator.received.filter(({ method }) => method === 'POST');
  for (const { method, path, body, headers } of reports) {
    const get = (name: string) => (headers[name] as string | undefined) ?? null;
    expect(await isSignedRequest([key], { method, path, body }, { get }, Date.now())).toBe(true);
  }
  const regions = reports.slice(-2).map(({ body }) => JSON.parse(body));
  expect(new Set(regions.map(({ region }) => region))).toEqual(new Set(WATCHDOG_REGIONS));
  expect(regions.filter(({ tick }) => tick)).toHaveLength(1);
  for (const region of WATCHDOG_REGIONS) expect((await stateOf(region))?.deadSince).toBeNull();
  expect(logged).toEqual([]);
});

test('a coordinator that is gone is remembered as dead and as silent, and the watchdog runs on with another bundle', async () => {
  coordinator.answer((_, response) => void response.destroy());
  await watchdog.run();
  const [first] = await Promise.all(WATCHDOG_REGIONS.map(stateOf));
  expect(first).toMatchObject({ deadRuns: 1, alert: null });
  expect(first?.silentSince).not.toBeNull();
  await watchdog.reload();
  await watchdog.run();
  expect(await stateOf(WATCHDOG_REGIONS[0]!)).toMatchObject({ deadRuns: 2, deadSince: first?.deadSince });
});

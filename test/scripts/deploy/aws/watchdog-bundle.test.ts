// The watchdog as it is built, in a mesh as it is deployed: with the role, the environment and the secrets that the deployment
// gives it, and nothing else. Its clock can be ahead, so that minutes pass at once.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildProbe } from '../../../../scripts/build-probe.ts';
import { emergencyOf, watchdogSecretsText } from '../../../../scripts/deploy/emergency.ts';
import { type SettingsInput, settingsSchema } from '../../../../scripts/deploy/settings.ts';
import { pageCopy } from '../../../../src/http/page-copy/page-copy.ts';
import type { PageView } from '../../../../src/http/status-page/page-view.ts';
import { isSignedRequest } from '../../../../src/signed-request.ts';
import { type AwsMesh, deploy, SMALL, startAwsMesh } from '../../../support/deploy/aws-mesh.ts';
import { ACCOUNT } from '../../../support/deploy/simulate-iam.ts';
import { pageView, statusPage } from '../../../support/page-view.ts';
import {
  healthz,
  type Received,
  respondJson,
  type StubServer,
  startStub,
} from '../../../watchdog/coordinator-stub.ts';

const KEY = 'a-key-of-the-watchdog-with-32-characters';
const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const BUCKET = `acme-status-${ACCOUNT}`;
const MINUTE_MS = 60_000;
const [FIRST, SECOND] = ['eu-central-1', 'us-east-1'] as const;

let zip: Uint8Array;
let folder: string;
let mesh: AwsMesh;
let coordinator: StubServer;
let receiver: StubServer;
let pages: Map<string, PageView>;
let isDead: boolean;
let aheadMs: number;
let logged: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probemesh-watchdog-'));
  zip = await readFile((await buildProbe(folder)).zipPath);
  await writeFile(
    join(folder, 'clock.mjs'),
    `import { readFileSync } from 'node:fs';
const now = Date.now;
Date.now = () => now() + Number(readFileSync(${JSON.stringify(join(folder, 'ahead'))}, 'utf8'));`,
  );
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  [aheadMs, isDead, logged] = [0, false, []];
  await pass(0);
  pages = new Map([
    ['default', pageView()],
    ['eu', pageView({ page: statusPage({}, { id: 'eu', title: 'Europe' }) })],
  ]);
  [coordinator, receiver] = await Promise.all([startStub(), startStub()]);
  coordinator.answer((request, response) => void answer(request, response));
});
afterEach(async () => {
  await mesh.stop();
  await Promise.all([coordinator.stop(), receiver.stop()]);
});

const now = (): number => Date.now() + aheadMs;

async function pass(ms: number): Promise<void> {
  aheadMs += ms;
  await writeFile(join(folder, 'ahead'), String(aheadMs));
}

/** As the coordinator does. A request with a signature that is not valid gets 401. */
async function answer({ method, path, body, headers }: Received, response: ServerResponse): Promise<void> {
  if (isDead) return void response.destroy();
  if (path === '/healthz') return respondJson(response, 200, healthz());
  if (path.startsWith('/watchdog')) {
    const given = new Headers(headers as Record<string, string>);
    if (!(await isSignedRequest([KEY], { method, path, body }, given, now())))
      return respondJson(response, 401, {});
    if (path === '/watchdog') return respondJson(response, 202, {});
    const list = [...pages.keys()].map((id) => ({ id, path: id === 'default' ? '/' : `/pages/${id}` }));
    return respondJson(response, 200, { pages: list });
  }
  const view = pages.get(/^\/pages\/([^/]+)\/copy\.json$/.exec(path)?.[1] ?? 'default');
  if (view === undefined) return respondJson(response, 404, {});
  respondJson(response, 200, pageCopy({ ...view, now: now() }, 'https://status.test', crypto.randomUUID()));
}

async function deployMesh(emergency: object): Promise<void> {
  const input = { ...SMALL, watchdog: { ...SMALL.watchdog, emergency } } as SettingsInput;
  mesh = await startAwsMesh(input, {
    functionEnvironment: { NODE_OPTIONS: `--import=${join(folder, 'clock.mjs')}` },
    log: (line) => logged.push(line),
  });
  mesh.kept.zip = zip;
  mesh.kept.coordinatorUrl = coordinator.url;
  const env = { EMERGENCY_URL: receiver.url, EMERGENCY_SECRET: SECRET };
  mesh.kept.secrets = watchdogSecretsText({
    watchdogKey: KEY,
    emergency: emergencyOf(settingsSchema.parse(input), env),
  });
  expect((await deploy(mesh.context())).failed).toEqual({});
}

/** The schedules of both regions, as EventBridge fires them: each at its own second. Then `ms` pass. */
async function fire(ms = MINUTE_MS): Promise<void> {
  for (const region of [FIRST, SECOND])
    expect(await mesh.aws.fire(region)).toMatchObject([{ result: { ok: true, payload: '{"ran":true}' } }]);
  await pass(ms);
}

const stateOf = (region: string): Record<string, unknown> =>
  JSON.parse(mesh.aws.state.regions.get(region)!.parameters.get('/acme/watchdog/state')!.value);
const reports = (): string[] =>
  coordinator.received.filter(({ path }) => path === '/watchdog').map(({ body }) => JSON.parse(body).region);
const read = async (path: string): Promise<string> =>
  (await fetch(`${mesh.aws.url}/${BUCKET}/${path}`)).text();
/** Calls of the watchdogs that AWS refused. */
const refused = (): string[] =>
  mesh.aws.calls
    .filter(({ principal, error }) => principal.includes('acme-watchdog') && error !== null)
    .map(({ operation, resource, error }) => `${operation} ${resource} ${error}`);

/** By a library of the standard, and with the watchdog's clock. */
function verified({ body, headers }: Received): Record<string, unknown> {
  const id = headers['webhook-id'] as string;
  const at = new Date(Number(headers['webhook-timestamp']) * 1_000);
  expect(headers['webhook-signature']).toBe(new Webhook(SECRET).sign(id, at, body));
  return JSON.parse(body);
}

test('the watchdog that is built reports and copies pages with the role and environment of the deployment', async () => {
  await deployMesh({ type: 'slack', url: '$EMERGENCY_URL' });
  await fire();
  expect(reports()).toEqual([FIRST, SECOND]);
  for (const region of [FIRST, SECOND])
    expect(stateOf(region)).toMatchObject({ runAt: expect.any(Number), deadSince: null, alert: null });
  expect(await read('index.html')).toContain('taken at');
  expect(await read('eu/index.html')).toContain('Europe');
  pages.delete('eu');
  await fire();
  expect(await read('eu/index.html')).not.toContain('Europe');
  // The first run finds no list of pages, and may not list the bucket. No other call is refused.
  expect(refused()).toEqual([expect.stringMatching(/^GetObject .*pages\.json AccessDenied/)]);
  expect(logged.join('\n')).not.toContain(KEY);
});

test('when the coordinator dies, it alerts once, writes the pages of an outage, and resolves the alert', async () => {
  await deployMesh({ type: 'webhook', url: '$EMERGENCY_URL', secret: '$EMERGENCY_SECRET' });
  await fire();
  isDead = true;
  // Alive for a run, then dead for three minutes.
  for (let run = 0; run < 3; run += 1) await fire(1.5 * MINUTE_MS);
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toHaveLength(1);
  const { alert } = stateOf(FIRST) as { alert: { id: string } };
  expect(verified(receiver.received[0]!)).toMatchObject({ type: 'mesh.impaired', severity: 'critical' });
  expect(receiver.received[0]!.headers['webhook-id']).toBe(alert.id);
  // The second region has read the state of the first, and remembers its alert.
  expect(stateOf(SECOND)).toMatchObject({ alert: { id: alert.id } });
  expect(await read('index.html')).toContain('No current data');

  isDead = false;
  for (let run = 0; run < 2; run += 1) await fire();
  expect(receiver.received).toHaveLength(2);
  expect(verified(receiver.received[1]!)).toMatchObject({ type: 'mesh.recovered' });
  expect(receiver.received[1]!.headers['webhook-id']).toBe(`${alert.id}_resolved`);
  expect(stateOf(FIRST)).toMatchObject({ alert: null, resolved: { id: alert.id } });
  expect(await read('index.html')).toContain('taken at');
});

test('a cold watchdog whose own secrets do not exist works with those of the other region', async () => {
  await deployMesh({ type: 'pagerduty', routingKey: 'R0UT1NG', apiUrl: '$EMERGENCY_URL' });
  mesh.aws.state.regions.get(FIRST)!.parameters.delete('/acme/watchdog/secrets');
  isDead = true;
  for (let run = 0; run < 3; run += 1) await fire(1.5 * MINUTE_MS);
  const parameters = refused().filter((line) => line.startsWith('GetParameter'));
  expect(parameters.length).toBeGreaterThan(0);
  for (const line of parameters) expect(line).toMatch(/watchdog\/secrets ParameterNotFound$/);
  expect(receiver.received.map(({ path, body }) => [path, JSON.parse(body)])).toMatchObject([
    ['/v2/enqueue', { routing_key: 'R0UT1NG', event_action: 'trigger' }],
  ]);
});

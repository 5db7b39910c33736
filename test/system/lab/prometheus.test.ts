// A real Prometheus scrapes a real mesh, promtool reads its metrics, and a client of Statuspage reads its page.
import { spawnSync } from 'node:child_process';
import { Statuspage } from 'statuspage.io';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../../scripts/start/api.ts';
import { type CronClock, startCronClock } from '../../../scripts/start/cron-clock.ts';
import { type Mesh, startMesh, until } from '../../support/mesh/live-mesh.ts';
import { because } from '../../support/missing-program.ts';
import { type Folder, makeFolder } from './folder.ts';
import { labProblem } from './packages.ts';
import type { LabServer } from './servers/process.ts';
import { PROMTOOL, startPrometheus } from './servers/prometheus.ts';

const problem = labProblem('prometheus');

let mesh: Mesh | undefined;
let folder: Folder | undefined;
let server: LabServer | undefined;
let clock: CronClock | undefined;
let key = '';

const metrics = async (): Promise<string> => {
  const response = await fetch(`${mesh!.api.url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  expect(response.status).toBe(200);
  return response.text();
};

beforeAll(async () => {
  if (problem !== null) return;
  mesh = await startMesh(2);
  await mesh.startCoordinator();
  const configured = await call(mesh.api, 'PUT', '/configuration', {
    monitors: mesh.targets.map(({ name, title, port }) => ({
      ...{ id: name, name: title, intervalSeconds: 30, public: true, tags: { 'team.name': 'shop "1"' } },
      check: { type: 'tcp', host: '127.0.0.1', port, timeoutMs: 2_000 },
    })),
    channels: [],
  });
  expect(configured.status, JSON.stringify(configured.body)).toBe(200);
  const made = await call(mesh.api, 'POST', '/api-keys', { name: 'prometheus', role: 'viewer' });
  ({ key } = made.body as { key: string });
  expect(key).toMatch(/^pm_/);
  await mesh.targets[1]!.setUp(false);
  clock = startCronClock(mesh.api, () => {});
  await until('both verdicts', 60_000, async () => {
    const text = await metrics();
    return (
      text.includes('monitor_up{monitor="target-1"} 1') && text.includes('monitor_up{monitor="target-2"} 0')
    );
  });
  folder = makeFolder();
  server = await startPrometheus(folder.path, new URL(mesh.api.url).host, key);
}, 180_000);
afterAll(async () => {
  await server?.close();
  clock?.stop();
  await mesh?.stop();
  folder?.remove();
});

interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

async function query(expression: string): Promise<Result[]> {
  const url = `http://127.0.0.1:${server!.port}/api/v1/query?query=${encodeURIComponent(expression)}`;
  const { status, data } = (await (await fetch(url)).json()) as {
    status: string;
    data: { result: Result[] };
  };
  expect(status).toBe('success');
  return data.result;
}

const values = async (expression: string): Promise<Record<string, string>> =>
  Object.fromEntries((await query(expression)).map(({ metric, value }) => [metric.monitor ?? '', value[1]]));

describe.skipIf(problem !== null)(`Prometheus${because(problem)}`, () => {
  test('promtool check metrics finds nothing in the metrics', async () => {
    const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], {
      input: await metrics(),
      encoding: 'utf8',
    });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
    const wrong = spawnSync(PROMTOOL, ['check', 'metrics'], { input: 'a_total{x="\n', encoding: 'utf8' });
    expect(wrong.status).not.toBe(0);
  });

  test('Prometheus scrapes the mesh with an API key, and answers what is up', async () => {
    await expect
      .poll(() => values('probemesh_monitor_up'), { timeout: 20_000, interval: 250 })
      .toEqual({
        ...{ 'target-1': '1', 'target-2': '0' },
      });
    expect((await query('up{job="probemesh"}'))[0]?.value[1]).toBe('1');
    expect(Object.keys(await values('probemesh_check_duration_seconds > 0'))).toEqual(['target-1']);
  });

  test('the tags of a monitor join any of its metrics', async () => {
    const joined = await query(
      'probemesh_monitor_up * on (monitor) group_left (name, tag_team_name) probemesh_monitor_info',
    );
    expect(joined.find(({ metric }) => metric.monitor === 'target-1')?.metric).toMatchObject({
      ...{ name: mesh!.targets[0]!.title, tag_team_name: 'shop "1"' },
    });
  });

  test('the client statuspage.io reads the page of the mesh', async () => {
    const client = new Statuspage('default');
    client.setApiUrl(mesh!.api.url);
    const { status, components, incidents } = await client.api.getSummary();
    expect(status.indicator).toBe('critical');
    expect(Object.fromEntries(components.map((one) => [one.id, one.status]))).toEqual({
      ...{ 'monitor:target-1': 'operational', 'monitor:target-2': 'major_outage' },
    });
    expect(incidents.map(({ impact }) => impact)).toEqual(['critical']);
  });
});

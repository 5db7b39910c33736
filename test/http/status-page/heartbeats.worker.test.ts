// Heartbeats on status pages, in every form: what the job reports, never a location or a quorum.
import { beforeEach, expect, test } from 'vitest';
import { HeartbeatMesh } from '../../support/d1/heartbeat-mesh.ts';
import { ask, clock, createMonitor, empty } from '../../support/d1/http-mesh.ts';

const MINUTE = 60_000;
let mesh: HeartbeatMesh;
let path = '';

/** Words that are wrong of a job, in both languages. */
const PLACES =
  /\d+ of \d+ location|Reachable from|location|Standort|quorum|heartbeat|:heartbeat|\b0 locations/i;
const FORMS = [
  '/',
  '/monitors/backup',
  '/index.md',
  '/llms.txt',
  '/embed',
  '/feed.atom',
  '/feed.json',
  '/api/v2/summary.json',
];

beforeEach(async () => {
  await empty();
  mesh = new HeartbeatMesh();
  path = await mesh.create(
    'backup',
    { everySeconds: 300, graceSeconds: 60 },
    { name: 'Nightly backup', public: true },
  );
});

/** The text of a page, without its head, scripts and styles. */
async function read(form: string, language = 'en'): Promise<string> {
  const { status, text } = await ask(form, { token: null, headers: { 'accept-language': language } });
  if (status !== 200) throw new Error(`${form}: ${status}`);
  return text
    .replaceAll(/<(head|script|style)[\s>][\s\S]*?<\/\1>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&#39;/g, "'")
    .replaceAll(/\s+/g, ' ');
}

async function expectNoPlaces(): Promise<void> {
  for (const form of FORMS)
    for (const language of ['en', 'de'])
      expect(await read(form, language), `${form} ${language}`).not.toMatch(PLACES);
}

test('while the first report is not due, it is pending, and the page does not promise it in a minute', async () => {
  await mesh.pass(2 * MINUTE);
  expect(await read('/')).toContain('The job has not reported yet.');
  expect(await read('/')).not.toContain('about a minute');
  expect(await read('/', 'de')).toContain('Der Auftrag hat sich noch nicht gemeldet.');
  await expectNoPlaces();
});

test('while it reports, the page says so, and when it was evaluated', async () => {
  await mesh.ping(path);
  await mesh.pass(2 * MINUTE);
  expect(await read('/')).toContain('The job reports in time');
  expect(await read('/', 'de')).toContain('Der Auftrag meldet sich rechtzeitig');
  expect(await read('/')).toMatch(/Checked \d+ (s|min) ago(?! from)/);
  expect(await read('/index.md')).toContain('**Nightly backup**: Operational. The job reports in time');
  await expectNoPlaces();
});

test('while it does not report, and after that, rows, monitor page and incident page speak of the job', async () => {
  await mesh.ping(path);
  await mesh.pass(8 * MINUTE);
  expect(await mesh.verdictOf('backup')).toBe('down');
  expect(await read('/')).toContain('The job did not report in time, or failed');
  await expectNoPlaces();
  const { incidents } = (await ask('/api/v1/incidents')).json;
  const page = `/incidents/${incidents[0].id}`;
  expect(await read(page)).toContain('Result Result not reported in time');
  expect(await read(page, 'de')).toContain('Ergebnis Ergebnis nicht rechtzeitig gemeldet');
  for (const language of ['en', 'de']) expect(await read(page, language)).not.toMatch(PLACES);
  await mesh.ping(path);
  await mesh.pass(MINUTE);
  for (const language of ['en', 'de']) expect(await read(page, language)).not.toMatch(PLACES);
  await expectNoPlaces();
});

test('beside a monitor that probes check, only the locations of that one are counted', async () => {
  await mesh.ping(path);
  await mesh.pass(MINUTE);
  await createMonitor();
  const { length } = (await ask('/api/v1/locations')).json.locations;
  expect(await read('/')).toContain(`ago from ${length} locations`);
  expect(await read('/monitors/backup')).not.toMatch(/location/i);
});

test('the page of a heartbeat shows how long runs take, in the place of latencies', async () => {
  expect(await read('/monitors/backup')).toContain('Durations of the job');
  expect(await read('/monitors/backup')).toContain('No durations were measured in this time.');
  for (const seconds of [60, 90, 240]) {
    await mesh.ping(`${path}/start`);
    clock.now += seconds * 1_000;
    await mesh.ping(path);
    clock.now += MINUTE;
  }
  await mesh.ping(`${path}/start`);
  clock.now += 1_000;
  await mesh.ping(`${path}/fail`);
  for (const range of ['24h', '7d', '90d']) {
    const text = await read(`/monitors/backup?range=${range}`);
    expect(text, range).toContain('Runs Median p95 p99 3 1.5 min 4 min 4 min');
  }
  expect(await read('/monitors/backup', 'de')).toContain('Dauer des Auftrags');
  const { text } = await ask('/monitors/backup', { token: null });
  expect(text).toContain('aria-label="Median duration of the job, last 24 hours"');
});

test('badges show the state, the uptime, the last run and its duration', async () => {
  await createMonitor({ paused: true });
  const badge = async (name: string) => {
    const { status, json } = await ask(`/badges/${name}.json`, { token: null });
    return [status, json.label, json.message];
  };
  expect(await badge('backup/last-run')).toEqual([200, 'last run', 'none']);
  await mesh.ping(`${path}/start`);
  clock.now += 84_000;
  await mesh.ping(path);
  clock.now += 2 * MINUTE;
  await mesh.ping(`${path}/log`);
  expect(await badge('backup/last-run')).toEqual([200, 'last run', '2 min ago']);
  expect((await badge('backup/duration'))[2]).toMatch(/^1 min/);
  await mesh.pass(MINUTE);
  expect(await badge('backup/state')).toEqual([200, 'Nightly backup', 'operational']);
  expect((await badge('shop/last-run'))[0]).toBe(404);
  expect((await badge('nothing/duration'))[0]).toBe(404);
  expect((await badge('backup/uptime'))[0]).toBe(200);
});

test('metrics have the newest ping, when the next one is due and the newest duration, and no location of a heartbeat', async () => {
  await createMonitor({ paused: true });
  const lines = async () =>
    (await ask('/metrics')).text.split('\n').filter((line) => line.includes('monitor="backup"'));
  const before = await lines();
  expect(before.join('\n')).not.toContain('heartbeat_last');
  expect(before).toContain(
    `probemesh_heartbeat_due_timestamp_seconds{monitor="backup"} ${(clock.now + 300_000) / 1000}`,
  );
  await mesh.ping(`${path}/start`);
  clock.now += 1_500;
  await mesh.ping(path);
  const at = clock.now;
  await mesh.pass(MINUTE);
  const after = await lines();
  expect(after).toEqual(
    expect.arrayContaining([
      `probemesh_heartbeat_last_ping_timestamp_seconds{monitor="backup"} ${at / 1000}`,
      `probemesh_heartbeat_due_timestamp_seconds{monitor="backup"} ${(at + 300_000) / 1000}`,
      'probemesh_heartbeat_last_duration_seconds{monitor="backup"} 1.5',
      'probemesh_monitor_up{monitor="backup"} 1',
    ]),
  );
  expect(after.join('\n')).not.toMatch(/location|vote=/);
  expect((await ask('/metrics')).text).not.toContain('location="heartbeat"');
});

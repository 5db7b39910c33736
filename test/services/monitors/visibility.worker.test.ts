// What the public sees of an incident is stored with it, and only ever tightened.
import { beforeEach, expect, test } from 'vitest';
import {
  ask,
  bindings,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  runUntilConfirmed,
  SHOP,
} from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const open = (path: string) => ask(path, { token: null });
const remove = (id: string) => ask(`/api/v1/monitors/${id}`, { method: 'DELETE' });
const put = (body: unknown) => ask('/api/v1/configuration', { method: 'PUT', body });

const NAME = 'Merger of Acme';

/** A public monitor with one incident that is over, or open. Returns the incident's id. */
async function withIncident(ended: boolean, changes: object = {}): Promise<string> {
  await createMonitor({ name: NAME, ...changes });
  await runUntilConfirmed(1, 6);
  if (ended) await runUntilConfirmed(1, 0);
  const { json } = await ask('/api/v1/incidents');
  expect(json.incidents).toHaveLength(1);
  return json.incidents[0].id;
}

/** Every public path, with whatever it shows of the incident. */
async function publicTexts(id: string): Promise<string> {
  const paths = ['/', '/?noRefresh', '/api/v1/status', `/incidents/${id}`, '/robots.txt', '/healthz'];
  const answers = await Promise.all(paths.map(open));
  return answers.map(({ text, headers }) => text + JSON.stringify([...headers])).join('\n');
}

async function expectHidden(id: string): Promise<void> {
  const texts = await publicTexts(id);
  expect([texts.includes(NAME), texts.includes(id)]).toEqual([false, false]);
  expect((await open('/api/v1/status')).json.incidents).toEqual([]);
  // The response for a hidden incident is that for one that never existed.
  const hidden = await open(`/incidents/${id}`);
  const unknown = await open('/incidents/inc_nothing_1');
  expect([hidden.status, hidden.text]).toEqual([404, unknown.text]);
  expect(unknown.status).toBe(404);
}

const expectShown = async (id: string, name = NAME) => {
  expect((await open('/api/v1/status')).json.incidents).toMatchObject([{ id, monitor: { name } }]);
  expect((await open(`/incidents/${id}`)).text).toContain(name);
};

type Step = readonly [string, () => Promise<unknown>];
const step = {
  private: ['going private', () => patch('/api/v1/monitors/shop', { public: false })],
  public: ['going public', () => patch('/api/v1/monitors/shop', { public: true, name: 'Shop' })],
  rename: ['a new name', () => patch('/api/v1/monitors/shop', { name: 'Shop' })],
  delete: ['deletion', () => remove('shop')],
  recreate: ['a new monitor with its id', () => createMonitor({ name: 'Shop' })],
  putPrivate: ['a file that makes it private', () => put({ monitors: [{ ...SHOP, public: false }] })],
  putPublic: ['a file that makes it public', () => put({ monitors: [{ ...SHOP, public: true }] })],
  putNothing: ['a file without monitors', () => put({ monitors: [] })],
  putOther: ['a file with another id', () => put({ monitors: [{ ...SHOP, id: 'other' }] })],
} satisfies Record<string, Step>;

const sequences: (readonly Step[])[] = [
  [step.private],
  [step.private, step.delete],
  [step.private, step.rename, step.delete],
  [step.private, step.public],
  [step.private, step.public, step.delete],
  [step.private, step.rename, step.public],
  [step.delete],
  [step.delete, step.recreate],
  [step.private, step.delete, step.recreate],
  [step.private, step.delete, step.recreate, step.private, step.public],
  [step.putPrivate],
  [step.putPrivate, step.putPublic],
  [step.putPrivate, step.putNothing],
  [step.putNothing, step.recreate],
  [step.putOther],
  [step.putOther, step.putPublic],
];

const titled = (steps: readonly Step[]) => [steps.map(([name]) => name).join(', then '), steps] as const;

async function expectHiddenAfter(steps: readonly Step[], ended: boolean): Promise<void> {
  const id = await withIncident(ended);
  await expectShown(id);
  for (const [name, apply] of steps) {
    const { status } = (await apply()) as { status: number };
    expect([name, status < 300]).toEqual([name, true]);
  }
  await expectHidden(id);
  // The team still has it.
  expect((await ask(`/api/v1/incidents/${id}`)).json.monitor.name).toBe(NAME);
}

test.each(sequences.map(titled))('an incident that is over is not public after %s', (_, steps) =>
  expectHiddenAfter(steps, true),
);

test.each(
  [[step.private, step.public], [step.private, step.delete], [step.delete], [step.putNothing]].map(titled),
)('an open incident is not public after %s', (_, steps) => expectHiddenAfter(steps, false));

test('an incident that opened while its monitor was private stays private', async () => {
  const id = await withIncident(false, { public: false });
  await expectHidden(id);
  await patch('/api/v1/monitors/shop', { public: true, name: 'Shop' });
  await expectHidden(id);
  await runUntilConfirmed(1, 0);
  await expectHidden(id);
  // The next one is public.
  await runUntilConfirmed(1, 6);
  expect((await open('/api/v1/status')).json.incidents).toMatchObject([{ state: 'open' }]);
});

test('an incident that ends after its monitor went private and public again stays private', async () => {
  const id = await withIncident(false);
  await patch('/api/v1/monitors/shop', { public: false });
  await patch('/api/v1/monitors/shop', { public: true, name: 'Shop' });
  await runUntilConfirmed(1, 0);
  expect((await ask(`/api/v1/incidents/${id}`)).json.state).toBe('resolved');
  await expectHidden(id);
});

test('the public pages show the current name of a monitor, and the API the name when the incident opened', async () => {
  const id = await withIncident(true);
  await patch('/api/v1/monitors/shop', { name: 'Shop' });
  await expectShown(id, 'Shop');
  expect((await publicTexts(id)).includes(NAME)).toBe(false);
  expect((await ask(`/api/v1/incidents/${id}`)).json.monitor.name).toBe(NAME);
});

test('a change that leaves a monitor public hides nothing, and other monitors are not affected', async () => {
  const id = await withIncident(true);
  await createMonitor({ id: 'second', name: 'Second' });
  await patch('/api/v1/monitors/shop', { tags: { team: 'a' }, paused: true });
  await patch('/api/v1/monitors/second', { public: false });
  await remove('second');
  await expectShown(id);
});

test('a rejected change hides nothing', async () => {
  const id = await withIncident(true);
  const rejected = await patch('/api/v1/monitors/shop', { public: false, dependsOn: ['nothing'] });
  expect(rejected.status).toBe(422);
  const tooLate = { method: 'PATCH', body: { public: false }, headers: { 'if-match': '"99"' } };
  expect((await ask('/api/v1/monitors/shop', tooLate)).status).toBe(412);
  await expectShown(id);
});

test('the commit that hides incidents reads and writes only the rows of its monitor', async () => {
  await withIncident(true);
  await bindings.DB.prepare(
    `INSERT INTO incidents (id, monitor_number, monitor_id, monitor_name, public, state, verdict, started_at, detected_at, scope, quorum, evidence)
     SELECT 'inc_' || value, 1000 + value, 'm', 'm', 1, 'resolved', 'down', value, value, '[]', '{}', '[]'
     FROM json_each('[${Array.from({ length: 500 }, (_, index) => index).join(',')}]')`,
  ).run();
  const plan = await bindings.DB.prepare(
    `EXPLAIN QUERY PLAN UPDATE incidents SET public = 0
     WHERE incidents.public = 1 AND monitor_number IN (SELECT value FROM json_each('[1]'))`,
  ).all<{ detail: string }>();
  expect(plan.results.map(({ detail }) => detail).join()).toContain('incidents_public_by_monitor');
  const { meta } = await bindings.DB.prepare(
    `UPDATE incidents SET public = 0
     WHERE incidents.public = 1 AND monitor_number IN (SELECT value FROM json_each('[1]'))`,
  ).run();
  expect(meta.rows_read).toBeLessThan(10);
});

test('a maintenance is public only if it affects a public monitor', async () => {
  await createMonitor({ name: NAME, public: false });
  await createMonitor({ id: 'second', name: 'Second' });
  await post('/api/v1/channels', RECEIVER);
  const startsAt = new Date(1_800_000_000_000 + 3_600_000).toISOString();
  const endsAt = new Date(1_800_000_000_000 + 7_200_000).toISOString();
  await post('/api/v1/maintenances', { name: `${NAME} move`, monitors: ['shop'], startsAt, endsAt });
  const both = { name: 'Both', monitors: ['shop', 'second'], startsAt, endsAt };
  expect((await post('/api/v1/maintenances', both)).status).toBe(201);
  const { json, text } = await open('/api/v1/status');
  expect(json.maintenances).toMatchObject([{ name: 'Both', monitors: ['second'] }]);
  expect(text).not.toContain(NAME);
  expect(text).not.toContain('"shop"');
});

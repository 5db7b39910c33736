// What of the mesh itself a person can stop: over the control address, and with keys.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Control, startControl } from '../../../scripts/start/control.ts';
import { createFaultInjector, type FaultInjector, type Machine } from '../../../scripts/start/faults.ts';
import { describeKeys, handleKey } from '../../../scripts/start/keyboard.ts';

const up: Record<string, boolean> = {};
const machine = (name: string, key: string): Machine => ({
  ...{ name, key, isUp: () => up[name] ?? true },
  async setUp(next) {
    if (name === 'coordinator' && next) throw new Error('the port is in use');
    up[name] = next;
  },
});

let faults: FaultInjector;
let control: Control;
beforeEach(async () => {
  for (const name of Object.keys(up)) delete up[name];
  const lambda = { faults: () => ({ 'aws:us-east-1': { fault: 'none' } as const }), setFault: () => {} };
  faults = createFaultInjector([], lambda, [machine('cron', 't'), machine('coordinator', 'w')], () => {});
  control = await startControl(0, faults);
});
afterEach(() => control.stop());

const put = async (path: string, body: string) => {
  const response = await fetch(`${control.url}${path}`, { method: 'PUT', body });
  return [response.status, await response.json()] as const;
};

test('PUT /machinery stops a machine and starts it again, and GET / shows it', async () => {
  expect(await put('/machinery/cron', '{"up":false}')).toMatchObject([
    200,
    { machinery: { cron: { up: false } } },
  ]);
  expect(await (await fetch(control.url)).json()).toMatchObject({ machinery: { cron: { up: false } } });
  expect(await put('/machinery/cron', '{"up":true}')).toMatchObject([
    200,
    { machinery: { cron: { up: true } } },
  ]);
});

test.each([
  ['/machinery/queue', '{"up":false}', 404],
  ['/machinery/cron', '{"up":"no"}', 400],
  ['/machinery/cron', '', 400],
  ['/machinery', '{"up":false}', 404],
  ['/toString/cron', '{"up":false}', 404],
])('PUT %s with %j is refused with %i, and changes nothing', async (path, body, status) => {
  const [answered, { error }] = (await put(path, body)) as [number, { error: string }];
  expect(answered).toBe(status);
  expect(error).not.toBe('');
  expect(faults.state().machinery).toMatchObject({ cron: { up: true }, coordinator: { up: true } });
});

test('a machine that does not start is reported, and is still shown as stopped', async () => {
  await put('/machinery/coordinator', '{"up":false}');
  expect(await put('/machinery/coordinator', '{"up":true}')).toEqual([500, { error: 'the port is in use' }]);
  expect(faults.state().machinery.coordinator?.up).toBe(false);
});

test('a key stops its machine and starts it again, and the list of keys names it', async () => {
  const actions = { help: () => {}, quit: () => {} };
  expect(describeKeys(faults)).toContain('  t  break  cron');
  await handleKey('t', faults, actions);
  expect(up.cron).toBe(false);
  expect(describeKeys(faults)).toContain('  t  repair cron');
  await handleKey('t', faults, actions);
  expect(up.cron).toBe(true);
});

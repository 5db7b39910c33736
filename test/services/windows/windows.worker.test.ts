// Updates of maintenances and silences: a change that was made for another version is rejected.
import { beforeEach, describe, expect, test } from 'vitest';
import { systemCaller } from '../../../src/access/caller.ts';
import { readEnv } from '../../../src/env.ts';
import { ok } from '../../../src/result.ts';
import { updateWindow, type WindowDefinition } from '../../../src/services/windows/windows.ts';
import { findWindow, type WindowKind, type WindowRow } from '../../../src/store/windows.ts';
import { ask, bindings, clock, empty, patch, post } from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const config = readEnv(bindings);
const PATHS = { maintenance: '/api/v1/maintenances', silence: '/api/v1/silences' } as const;
const startsAt = () => new Date(clock.now + 60_000).toISOString();
const create = (kind: WindowKind) =>
  post(PATHS[kind], { id: 'work', name: 'Work', monitors: 'all', startsAt: startsAt(), durationMinutes: 30 });
const rename =
  (name: string) =>
  ({ monitors, tags, schedule }: WindowRow) =>
    ok<WindowDefinition>({ name, monitors, tags, schedule });

describe.each(['maintenance', 'silence'] as const)('a %s', (kind) => {
  test('the later of two updates of a window at once is rejected as a conflict', async () => {
    expect((await create(kind)).status).toBe(201);
    const responses = await Promise.all([
      patch(`${PATHS[kind]}/work`, { name: 'First' }),
      patch(`${PATHS[kind]}/work`, { durationMinutes: 90 }),
    ]);
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { json } = await ask(`${PATHS[kind]}/work`);
    const minutes = (Date.parse(json.windows[0].endsAt) - Date.parse(json.windows[0].startsAt)) / 60_000;
    expect([json.name, minutes]).toEqual(responses[0]!.status === 200 ? ['First', 30] : ['Work', 90]);
  });

  test('an update of an outdated window version is rejected and writes nothing', async () => {
    await create(kind);
    await patch(`${PATHS[kind]}/work`, { name: 'Renamed' });
    const outdated = await updateWindow(config, kind, 'work', rename('Again'), systemCaller(clock.now), 1);
    expect(outdated).toMatchObject({ ok: false, error: { kind: 'precondition_failed' } });
    expect(await findWindow(bindings.DB, kind, 'work')).toMatchObject({ name: 'Renamed', version: 2 });
  });

  test('an update of the expected window version returns the committed row', async () => {
    await create(kind);
    const updated = await updateWindow(config, kind, 'work', rename('Renamed'), systemCaller(clock.now), 1);
    expect(updated).toEqual({ ok: true, value: await findWindow(bindings.DB, kind, 'work') });
    expect(updated).toMatchObject({ value: { name: 'Renamed', version: 2 } });
  });
});

test('a commit by others in the meantime does not fail the update of a window', async () => {
  await create('silence');
  const responses = await Promise.all([
    patch(`${PATHS.silence}/work`, { name: 'Renamed' }),
    create('maintenance'),
  ]);
  expect(responses.map(({ status }) => status)).toEqual([200, 201]);
});

test('a silence that is deleted after its start is kept as a new version that ends now', async () => {
  await post(PATHS.silence, { id: 'noise', name: 'Noise', monitors: 'all', durationMinutes: 30 });
  clock.now += 60_000;
  await ask(`${PATHS.silence}/noise`, { method: 'DELETE' });
  expect(await findWindow(bindings.DB, 'silence', 'noise')).toMatchObject({
    version: 2,
    schedule: { endsAt: clock.now },
  });
});

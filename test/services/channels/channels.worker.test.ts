// Updates of channels: a change that was made for another version is rejected.
import { beforeEach, expect, test } from 'vitest';
import { systemCaller } from '../../../src/access/caller.ts';
import { recordChannelOutcome } from '../../../src/delivery/channel-health.ts';
import { readEnv } from '../../../src/env.ts';
import { ok } from '../../../src/result.ts';
import { type ChannelDefinition, updateChannel } from '../../../src/services/channels/channels.ts';
import { findChannel } from '../../../src/store/channels.ts';
import { bindings, clock, empty, patch, post, RECEIVER } from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const config = readEnv(bindings);
const rename = (name: string) => (stored: ChannelDefinition) => ok({ ...stored, name });

test('the later of two updates of a channel at once is rejected as a conflict', async () => {
  await post('/api/v1/channels', RECEIVER);
  const responses = await Promise.all([
    patch('/api/v1/channels/on-call', { name: 'First' }),
    patch('/api/v1/channels/on-call', { enabled: false }),
  ]);
  expect(responses.map(({ status }) => status).sort()).toEqual([200, 409]);
});

test('an update of an outdated channel version is rejected and writes nothing', async () => {
  await post('/api/v1/channels', RECEIVER);
  await patch('/api/v1/channels/on-call', { name: 'Renamed' });
  const outdated = await updateChannel(config, 'on-call', rename('Again'), systemCaller(clock.now), 1);
  expect(outdated).toMatchObject({ ok: false, error: { kind: 'precondition_failed' } });
  expect(await findChannel(bindings.DB, 'on-call')).toMatchObject({ name: 'Renamed', version: 2 });
});

test('a channel that its receiver disables has a new version', async () => {
  await post('/api/v1/channels', RECEIVER);
  const gone = { delivered: false, gone: true, error: 'hooks.example.com responded 410' };
  for (const minutes of [0, 30, 60]) {
    await recordChannelOutcome(config, 'on-call', gone, clock.now + minutes * 60_000);
  }
  const outdated = await updateChannel(config, 'on-call', rename('Again'), systemCaller(clock.now), 1);
  expect(outdated).toMatchObject({ ok: false, error: { kind: 'precondition_failed' } });
  expect((await updateChannel(config, 'on-call', rename('Again'), systemCaller(clock.now), 2)).ok).toBe(true);
});

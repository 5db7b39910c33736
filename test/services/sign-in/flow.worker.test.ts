import { expect, test } from 'vitest';
import { readEnv } from '../../../src/env.ts';
import { FLOW_SECONDS, isFlowUsed, openFlow, sealFlow, useFlow } from '../../../src/services/sign-in/flow.ts';
import { runBatch } from '../../../src/store/database.ts';
import { isUseConflict } from '../../../src/store/used-tokens.ts';
import { bindings, clock } from '../../support/d1/http-mesh.ts';

const config = readEnv(bindings);
const { now } = clock;
const sealed = await sealFlow(config, 'oidc', { state: 'a' }, now);

test('a sign-in in progress opens for ten minutes', async () => {
  const end = now + FLOW_SECONDS * 1000;
  expect(await openFlow(config, 'oidc', sealed, end - 1)).toMatchObject({ state: 'a' });
  expect(await openFlow(config, 'oidc', sealed, end)).toBeNull();
});

test('a cookie that is missing, changed, invented or of another kind opens nothing', async () => {
  const changed = `${sealed.slice(0, -6)}${sealed.at(-6) === 'A' ? 'B' : 'A'}${sealed.slice(-5)}`;
  for (const cookie of [null, '', 'x', changed, sealed.slice(0, -4), sealed.replace('v2.', 'v1.')])
    expect(await openFlow(config, 'oidc', cookie, now)).toBeNull();
  expect(await openFlow(config, 'password', sealed, now)).toBeNull();
});

test('the cookie shows nothing of what it contains', () => {
  expect(sealed).toMatch(/^v2\.[0-9a-f]{8}\.[A-Za-z0-9+/]+={0,2}$/);
  expect(atob(sealed.split('.')[2]!)).not.toContain('state');
});

test('a sign-in completes once', async () => {
  const flow = (await openFlow<{ state: string }>(config, 'oidc', sealed, now))!;
  expect(await isFlowUsed(config.db, flow)).toBe(false);
  await runBatch(config.db, await useFlow(config.db, flow, now));
  const again = await runBatch(config.db, await useFlow(config.db, flow, now)).catch(
    (error: unknown) => error,
  );
  expect(isUseConflict(again)).toBe(true);
  expect(await isFlowUsed(config.db, flow)).toBe(true);
});

test('two sign-ins that begin at the same time are two', async () => {
  const flows = await Promise.all(
    [1, 2].map(async () => openFlow(config, 'oidc', await sealFlow(config, 'oidc', {}, now), now)),
  );
  expect(flows[0]!.id).not.toBe(flows[1]!.id);
});

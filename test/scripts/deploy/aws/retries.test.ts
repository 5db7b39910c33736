// A run of the watchdog that fails is not repeated by Lambda: made, seen when it drifts, repaired, and run.
import { PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { zipSync } from 'fflate';
import { afterEach, expect, test, vi } from 'vitest';
import { type AwsMesh, deploy, startAwsMesh, statesOf } from '../../../support/deploy/aws-mesh.ts';

const SETTINGS = { name: 'acme', regions: ['eu-central-1'], watchdog: { regions: ['eu-central-1'] } };
const STEP = 'aws/eu-central-1/watchdog-retries';

let mesh: AwsMesh;
afterEach(() => mesh.stop());

const settingsOfWatchdog = () =>
  mesh.aws.state.regions.get('eu-central-1')!.functions.get('acme-watchdog')!.eventInvoke;

test('who deploys may turn off the retries of the watchdog, and a change of them is seen and repaired', async () => {
  mesh = await startAwsMesh(SETTINGS);
  expect((await deploy(mesh.context())).failed).toEqual({});
  expect(settingsOfWatchdog()).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
  expect(statesOf(await deploy(mesh.context()))).toEqual(new Set(['same']));
  await mesh.root
    .lambda('eu-central-1')
    .send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName: 'acme-watchdog', MaximumRetryAttempts: 2 }),
    );
  const { plan, failed } = await deploy(mesh.context());
  expect(failed).toEqual({});
  expect(plan[STEP]).toEqual({
    state: 'different',
    detail: 'will be turned off',
    changes: ['MaximumRetryAttempts 2 → 0', 'MaximumEventAgeInSeconds none → 60'],
  });
  expect(settingsOfWatchdog()).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
});

test('a run of the watchdog that fails is not repeated', async () => {
  const logged: string[] = [];
  mesh = await startAwsMesh(SETTINGS, { enforcePolicies: false, log: (line) => logged.push(line) });
  mesh.aws.faults.repeatAfterMs = 1;
  const code = Buffer.from(
    "export const handler = () => { console.log('watchdog runs'); throw new Error('no'); };",
  );
  mesh.kept.zip = zipSync({ 'index.mjs': code, 'watchdog.mjs': code });
  expect((await deploy(mesh.context())).failed).toEqual({});
  const runs = () => logged.filter((line) => line.includes('watchdog runs')).length;
  expect(await mesh.aws.fire()).toMatchObject([{ result: { ok: false } }]);
  await vi.waitFor(() => expect(runs()).toBe(1));
  // Two repeats would have run before the schedule of the next minute.
  await mesh.aws.fire();
  await vi.waitFor(() => expect(runs()).toBe(2));
});

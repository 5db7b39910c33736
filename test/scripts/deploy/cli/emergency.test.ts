// The emergency channel of the settings, before it is deployed: what the watchdog could not send to is refused, without its value.
import { expect, test } from 'vitest';
import { emergencyOf, watchdogSecretsText } from '../../../../scripts/deploy/emergency.ts';
import { settingsSchema } from '../../../../scripts/deploy/settings.ts';
import { DeployError } from '../../../../scripts/deploy/step.ts';
import { readSecrets } from '../../../../src/watchdog/secrets.ts';

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const settingsOf = (emergency: object) =>
  settingsSchema.parse({
    name: 'acme',
    regions: ['eu-central-1'],
    watchdog: { regions: ['eu-central-1'], emergency },
  });

test.each([
  { type: 'webhook', url: 'https://acme.dev/hook', secret: SECRET },
  { type: 'webhook', url: 'https://acme.dev/hook' },
  { type: 'slack', url: 'https://hooks.slack.com/services/T/B/x' },
  { type: 'pagerduty', routingKey: 'R0UT1NG' },
  { type: 'pagerduty', routingKey: 'R0UT1NG', apiUrl: 'https://events.eu.pagerduty.com' },
])('the watchdog reads the channel as the settings have it: %o', (channel) => {
  const emergency = emergencyOf(settingsOf(channel), {});
  expect(readSecrets(watchdogSecretsText({ watchdogKey: 'key', emergency }))).toEqual({
    watchdogKey: 'key',
    emergency: channel,
  });
});

test.each([
  ['url', { type: 'webhook', url: 'acme.dev/top-secret' }],
  ['url', { type: 'webhook', url: 'https://me:top-secret@acme.dev/' }],
  ['secret', { type: 'webhook', url: 'https://acme.dev', secret: 'top-secret' }],
  ['url', { type: 'slack', url: 'ftp://top-secret' }],
  ['apiUrl', { type: 'pagerduty', routingKey: 'R', apiUrl: 'top-secret' }],
])('a field %s that the watchdog could not use is refused and named: %o', (field, channel) => {
  const [inFile, inVariable] = [
    [channel, {}] as const,
    [{ ...channel, [field]: '$CHANNEL' }, { CHANNEL: Reflect.get(channel, field) as string }] as const,
  ].map(([written, env]) => errorOf(() => emergencyOf(settingsOf(written), env)));
  for (const { message } of [inFile!, inVariable!]) {
    expect(message).toContain(`watchdog.emergency.${field}`);
    expect(message).not.toContain('top-secret');
  }
  expect(inFile!.fix).toBe('Correct it in the settings.');
  expect(inVariable!.fix).toBe('Correct the environment variable CHANNEL.');
});

test('a variable that is not set is named', () => {
  const { fix } = errorOf(() => emergencyOf(settingsOf({ type: 'slack', url: '$CHANNEL' }), {}));
  expect(fix).toBe('Set CHANNEL.');
});

function errorOf(run: () => unknown): DeployError {
  try {
    run();
  } catch (error) {
    if (error instanceof DeployError) return error;
    throw error;
  }
  throw new Error('It is accepted.');
}

// The parameters of the watchdog over the SDK's own client: an SSM that is not there, hangs, fails or denies.
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type LocalAws, startLocalAws } from '../../scripts/local-aws/local-aws.ts';
import { ssmParameters } from '../../src/watchdog/ssm-state.ts';

const REGION = 'eu-central-1';
const credentials = { accessKeyId: 'AKIALOCALWATCHDOG', secretAccessKey: 'a secret of the local AWS' };
const stops: (() => unknown)[] = [];

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const stop of stops.splice(0)) await stop();
});

async function localAws(policy?: object): Promise<LocalAws> {
  const user = { name: 'watchdog', credentials, ...(policy && { policy }) };
  const aws = await startLocalAws({ port: 0, users: [user], enforcePolicies: true });
  stops.push(() => aws.stop());
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url);
  return aws;
}

async function rawServer(onConnection: (socket: import('node:net').Socket) => void): Promise<void> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    stops.push(() => socket.destroy());
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => server.close());
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as { port: number }).port}`);
}

test('a parameter is written, overwritten and read, in its region alone', async () => {
  await localAws();
  const parameters = ssmParameters();
  expect(await parameters.read(REGION, '/mesh/state')).toBeNull();
  await parameters.write(REGION, '/mesh/state', '{"runAt":1}');
  await parameters.write(REGION, '/mesh/state', '{"runAt":2}');
  expect(await parameters.read(REGION, '/mesh/state')).toBe('{"runAt":2}');
  expect(await parameters.read('us-east-1', '/mesh/state')).toBeNull();
});

test('the two actions that the watchdog calls are all that it needs', async () => {
  const Action = ['ssm:GetParameter', 'ssm:PutParameter'];
  const Statement = [{ Effect: 'Allow', Action, Resource: `arn:aws:ssm:${REGION}:*:parameter/mesh/*` }];
  await localAws({ Version: '2012-10-17', Statement });
  const parameters = ssmParameters();
  await parameters.write(REGION, '/mesh/state', '{}');
  expect(await parameters.read(REGION, '/mesh/state')).toBe('{}');
  await expect(parameters.read(REGION, '/other/state')).rejects.toThrow('not authorized');
});

test('an SSM that never answers is given up', async () => {
  await rawServer(() => {});
  await expect(ssmParameters().read(REGION, '/mesh/state')).rejects.toThrow();
});

test('an SSM that hangs up, or answers with garbage, is an error', async () => {
  await rawServer((socket) => void socket.destroy());
  await expect(ssmParameters().read(REGION, '/mesh/state')).rejects.toThrow();
  await rawServer((socket) => void socket.end('garbage\r\n\r\n'));
  await expect(ssmParameters().write(REGION, '/mesh/state', '{}')).rejects.toThrow();
});

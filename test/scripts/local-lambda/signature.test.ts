import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  credentials,
  FUNCTION,
  jobOf,
  type LambdaHarness,
  startLambdaHarness,
} from '../../support/mesh/lambda-harness.ts';

let harness: LambdaHarness;

beforeAll(async () => {
  harness = await startLambdaHarness();
});
afterAll(() => harness.stop());

describe('the signature', () => {
  test.each([
    [
      'another key id',
      { credentials: { ...credentials, accessKeyId: 'AKIDOTHER' } },
      'UnrecognizedClientException',
    ],
    [
      'another secret',
      { credentials: { ...credentials, secretAccessKey: 'wrong' } },
      'InvalidSignatureException',
    ],
    ['a clock ten minutes slow', { systemClockOffset: -600_000 }, 'InvalidSignatureException'],
    ['a clock ten minutes fast', { systemClockOffset: 600_000 }, 'InvalidSignatureException'],
  ])('a request signed with %s is rejected', async (_how, more, name) => {
    const client = harness.clientOf('us-east-1', more);
    await expect(harness.invoke(client, {})).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('the signature covers the body, the path, the region and the headers', async () => {
    const signed = await capture();
    const send = async (changes: Partial<Captured>): Promise<string> => {
      const { path, headers, body } = { ...signed, ...changes };
      const response = await fetch(`${harness.lambda.url}${path}`, { method: 'POST', headers, body });
      return `${response.status} ${response.headers.get('x-amzn-errortype') ?? ''}`.trim();
    };
    const { authorization = '' } = signed.headers;
    expect(await send({})).toBe('200');
    expect(await send({ body: '{"version":1}' })).toBe('403 InvalidSignatureException');
    expect(await send({ path: signed.path.replace(FUNCTION, 'other') })).toBe(
      '403 InvalidSignatureException',
    );
    expect(await send({ path: `${signed.path}?Qualifier=1` })).toBe('403 InvalidSignatureException');
    const otherRegion = {
      ...signed.headers,
      authorization: authorization.replace('us-east-1', 'eu-central-1'),
    };
    expect(await send({ headers: otherRegion })).toBe('403 InvalidSignatureException');
    const withoutHost = { ...signed.headers, authorization: authorization.replace('host;', '') };
    expect(await send({ headers: withoutHost })).toBe('403 InvalidSignatureException');
    expect(await send({ headers: { ...signed.headers, authorization: 'Bearer me' } })).toBe(
      '403 IncompleteSignatureException',
    );
    const { authorization: _none, ...anonymous } = signed.headers;
    expect(await send({ headers: anonymous })).toBe('403 MissingAuthenticationTokenException');
  });

  test('a signed hash of one body does not authenticate another body', async () => {
    const signer = new SignatureV4({ credentials, region: 'us-east-1', service: 'lambda', sha256: Sha256 });
    const path = `/2015-03-31/functions/${FUNCTION}/invocations`;
    const { host } = new URL(harness.lambda.url);
    const body = JSON.stringify(jobOf([]));
    const request = {
      method: 'POST',
      protocol: 'http:',
      hostname: host,
      path,
      query: {},
      headers: { host },
      body,
    };
    const { headers } = await signer.sign(request);
    expect(headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
    const send = (sent: string): Promise<Response> =>
      fetch(`${harness.lambda.url}${path}`, { method: 'POST', headers, body: sent });
    expect((await send(body)).status).toBe(200);
    expect((await send(body.replace('4000', '5000'))).status).toBe(403);
  });
});

interface Captured {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A request as the SDK signs it for the local Lambda. */
async function capture(): Promise<Captured> {
  const { host } = new URL(harness.lambda.url);
  let captured: Captured | undefined;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    for (const hop of ['connection', 'content-length', 'transfer-encoding']) delete headers[hop];
    captured = { path: request.url ?? '', headers, body };
    response.writeHead(200).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = harness.clientOf('us-east-1', { endpoint: `http://127.0.0.1:${port}` });
  // Signed for the address of the local Lambda, but sent to the server here.
  client.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers.host = host;
      return next(args);
    },
    { step: 'build' },
  );
  await harness.invoke(client, jobOf([]));
  await new Promise((resolve) => server.close(resolve));
  if (!captured) throw new Error('the SDK sent nothing');
  return captured;
}

// Owns a local Lambda of two locations on the built bundle, and invoking it with the AWS SDK.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { CONTRACT_VERSION, reportSchema } from '../../../probes/contract/index.ts';
import { buildProbe } from '../../../scripts/build-probe.ts';
import type { Fault } from '../../../scripts/local-lambda/faults.ts';
import { type LocalLambda, startLocalLambda } from '../../../scripts/local-lambda/local-lambda.ts';
import { words } from '../net/ask-probe.ts';

export const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret-for-tests' };
export const LOCATIONS = ['aws:us-east-1', 'aws:eu-central-1'];
export const FUNCTION = 'probemesh-probe';

export interface Invoked {
  readonly text: string;
  readonly functionError: string | undefined;
  readonly executedVersion: string | undefined;
}

type StartOptions = Parameters<typeof startLocalLambda>[0];

export interface LambdaHarness {
  readonly lambda: LocalLambda;
  readonly folder: string;
  readonly log: string[];
  /** Another local Lambda, with other options. */
  start(more: Partial<StartOptions>): Promise<LocalLambda>;
  clientOf(region: string, more?: Partial<LambdaClientConfig>): LambdaClient;
  invoke(client: LambdaClient, payload: object | string, name?: string): Promise<Invoked>;
  /** The outcomes of one tcp check of each port, from a region. */
  runsOf(region: string, ports: readonly number[]): Promise<string[]>;
  control(location: string, fault: Fault | object | string): Promise<Response>;
  stop(): Promise<void>;
}

/** A job with one tcp check for each port. */
export const jobOf = (ports: readonly number[]): object => ({
  version: CONTRACT_VERSION,
  sentAt: Date.now(),
  deadlineMs: 4_000,
  canaries: [],
  runs: ports.map((port, id) => ({ id, check: { type: 'tcp', host: '127.0.0.1', port, timeoutMs: 500 } })),
});

export async function startLambdaHarness(): Promise<LambdaHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'probemesh-lambda-'));
  const { bundlePath } = await buildProbe(folder);
  const log: string[] = [];
  const start = (more: Partial<StartOptions>): Promise<LocalLambda> =>
    startLocalLambda({
      ...{
        port: 0,
        locations: LOCATIONS,
        bundlePath,
        credentials,
        functionName: FUNCTION,
        allowLoopback: true,
      },
      log: (line) => log.push(line),
      ...more,
    });
  const lambda = await start({});

  const clientOf: LambdaHarness['clientOf'] = (region, more = {}) =>
    new LambdaClient({ region, credentials, maxAttempts: 1, endpoint: lambda.url, ...more });

  const invoke: LambdaHarness['invoke'] = async (client, payload, name = FUNCTION) => {
    const bytes = new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload));
    const output = await client.send(new InvokeCommand({ FunctionName: name, Payload: bytes }));
    return {
      text: new TextDecoder().decode(output.Payload ?? undefined),
      functionError: output.FunctionError,
      executedVersion: output.ExecutedVersion,
    };
  };
  return {
    ...{ lambda, folder, log, start, clientOf, invoke },
    async runsOf(region, ports) {
      const { text } = await invoke(clientOf(region), jobOf(ports));
      return reportSchema.parse(JSON.parse(text)).observations.map(words);
    },
    control: (location, fault) =>
      fetch(`${lambda.url}/control/${location}`, { method: 'PUT', body: JSON.stringify(fault) }),
    async stop() {
      await lambda.stop();
      await rm(folder, { recursive: true });
    },
  };
}

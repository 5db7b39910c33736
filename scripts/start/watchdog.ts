// Owns the watchdog of a local mesh: both of its regions run the built bundle once a minute, each in a process of its own, with
// parameters in the local AWS. Does not decide what a run does.
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { LocalLocation } from '../local-lambda/location-process.ts';
import type { Credentials } from '../local-lambda/signature.ts';

const MINUTE_MS = 60_000;
const FUNCTION = 'probemesh-watchdog';
/** As on Lambda. */
const TIMEOUT_MS = 55_000;
const STATE_PARAMETER = '/probemesh/watchdog/state';
const SECRETS_PARAMETER = '/probemesh/watchdog/secrets';

/** Each runs at its own second of the minute, and none at the one of the cron trigger. */
const REGIONS = [
  { region: 'eu-central-1', peer: 'us-east-1', second: 20 },
  { region: 'us-east-1', peer: 'eu-central-1', second: 50 },
] as const;

export const WATCHDOG_REGIONS: readonly string[] = REGIONS.map(({ region }) => region);

export interface LocalWatchdogOptions {
  readonly bundlePath: string;
  readonly coordinatorUrl: string;
  readonly awsUrl: string;
  readonly credentials: Credentials;
  /** `WATCHDOG_KEY` of the coordinator. */
  readonly key: string;
  /** Further variables of the function, such as those of the bucket. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Null: it sends no alert. */
  readonly emergency: Readonly<Record<string, string>> | null;
  log(line: string): void;
}

export interface LocalWatchdog {
  /** Runs both regions now, as well as at their seconds. Logs what fails. */
  run(): Promise<void>;
  /** Runs the bundle that is on disk now. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

interface LocalFunction {
  readonly region: string;
  /** Of each minute. */
  readonly second: number;
  readonly process: LocalLocation;
}

/** Resolves when both regions have their secrets and a process. */
export async function startLocalWatchdog(options: LocalWatchdogOptions): Promise<LocalWatchdog> {
  const { log } = options;
  await Promise.all(WATCHDOG_REGIONS.map((region) => writeSecrets(region, options)));
  const functions = REGIONS.map((one) => ({ ...one, process: functionOf(one, options) }));
  const timers = new Map<string, NodeJS.Timeout>();
  const run = async ({ region, process }: LocalFunction): Promise<void> => {
    const response = await process.invoke({});
    if (!response.ok) log(`watchdog ${region}: ${response.errorType}: ${response.errorMessage}`);
  };
  const waitForMinute = (one: LocalFunction): void => {
    const offsetMs = one.second * 1_000;
    const next = (Math.floor((Date.now() - offsetMs) / MINUTE_MS) + 1) * MINUTE_MS + offsetMs;
    const timer = setTimeout(() => {
      waitForMinute(one);
      void run(one);
    }, next - Date.now());
    timers.set(one.region, timer);
  };
  const stop = async (): Promise<void> => {
    for (const timer of timers.values()) clearTimeout(timer);
    await Promise.all(functions.map(({ process }) => process.stop()));
  };
  try {
    await Promise.all(functions.map(({ process }) => process.ready()));
  } catch (error) {
    await stop();
    throw error;
  }
  for (const one of functions) waitForMinute(one);
  return {
    stop,
    run: async () => void (await Promise.all(functions.map(run))),
    async reload() {
      for (const reload of await Promise.all(functions.map(({ process }) => process.prepareReload())))
        reload.commit();
    },
  };
}

const functionOf = (
  { region, peer }: (typeof REGIONS)[number],
  { bundlePath, coordinatorUrl, awsUrl, credentials, environment = {}, log }: LocalWatchdogOptions,
): LocalLocation =>
  new LocalLocation({
    ...{ id: `aws:${region}`, bundlePath, functionName: FUNCTION, sourceAddress: '127.0.0.1', log },
    ...{ allowLoopback: true, timeoutMs: TIMEOUT_MS, dnsServers: [], allowCidrs: [], canaryNames: [] },
    environment: {
      ...environment,
      AWS_ENDPOINT_URL: awsUrl,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      PROBEMESH_COORDINATOR_URL: coordinatorUrl,
      PROBEMESH_STATE_PARAMETER: STATE_PARAMETER,
      PROBEMESH_SECRETS_PARAMETER: SECRETS_PARAMETER,
      PROBEMESH_PEER_REGION: peer,
      PROBEMESH_IS_SECOND: String(region !== REGIONS[0].region),
    },
  });

async function writeSecrets(
  region: string,
  { awsUrl: endpoint, credentials, key, emergency }: LocalWatchdogOptions,
): Promise<void> {
  const client = new SSMClient({ region, endpoint, credentials });
  const Value = JSON.stringify({ watchdogKey: key, emergency });
  await client.send(
    new PutParameterCommand({ Name: SECRETS_PARAMETER, Value, Type: 'SecureString', Overwrite: true }),
  );
  client.destroy();
}

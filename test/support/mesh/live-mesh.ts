// Owns starting and stopping a whole mesh in a folder of its own: six locations, a receiver, targets, and the Worker in
// `wrangler dev`. Does not fire the cron or cause faults: the tests do.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProbe } from '../../../scripts/build-probe.ts';
import { startTarget, type Target, tcp } from '../../../scripts/demo/targets.ts';
import { type LocalLambda, startLocalLambda } from '../../../scripts/local-lambda/local-lambda.ts';
import { type Api, call } from '../../../scripts/start/api.ts';
import { bundleWorker, type Coordinator, startCoordinator } from '../../../scripts/start/coordinator.ts';
import { openDataDir, readSecrets } from '../../../scripts/start/data-dir.ts';
import { migrate } from '../../../scripts/start/migrate.ts';
import { freePort } from '../../../scripts/start/ports.ts';
import type { SupervisedProcess } from '../../../scripts/start/spawn-supervised.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const PROBE_FUNCTION = 'probemesh-probe';
/** Below the system's range for outgoing connections, because a closed target's port must stay free. */
const FIRST_PORT = 20_000;
const PORT_SPAN = 10_000;

export const LOCATIONS = [
  'aws:us-east-1',
  'aws:us-west-2',
  'aws:eu-central-1',
  'aws:ap-southeast-1',
  'aws:ap-northeast-1',
  'aws:sa-east-1',
] as const;

export interface Mesh {
  readonly api: Api;
  readonly lambda: LocalLambda;
  readonly receiver: Receiver;
  /** `target-1`, `target-2`, …, each with a monitor of the same id. */
  readonly targets: readonly Target[];
  /** The probe that a reload of `lambda` runs. */
  readonly bundlePath: string;
  /** The local Worker's state folder. */
  readonly state: string;
  /** The output of the Worker, newest last. */
  readonly workerLines: string[];
  /**
   * Starts the coordinator; `onSpawn` gets the process before it responds. Rejects if it ends before that.
   * `clockOffset` makes its clock wrong: see src/skewed-clock.ts.
   */
  startCoordinator(
    onSpawn?: (process: SupervisedProcess) => void,
    clockOffset?: string,
  ): Promise<Coordinator>;
  /** Creates one monitor for each target, with these intervals in turn (seconds), and the channel. */
  configure(intervals: readonly number[]): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when everything runs except the coordinator. */
export async function startMesh(targetCount: number): Promise<Mesh> {
  const dir = mkdtempSync(join(tmpdir(), 'probemesh-full-'));
  const stops: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 })];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    return await assemble(dir, targetCount, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function assemble(
  dir: string,
  targetCount: number,
  stops: (() => unknown)[],
  stop: () => Promise<void>,
): Promise<Mesh> {
  const data = openDataDir(dir, { fresh: false, freshCommand: '' });
  const secrets = readSecrets(dir, undefined);
  const [probe] = await Promise.all([buildProbe(join(dir, 'dist')), bundleWorker(data), migrate(data)]);
  const receiver = await startReceiver(secrets.inboxSecret);
  stops.push(() => receiver.stop());
  const targets: Target[] = [];
  for (let index = 1; index <= targetCount; index += 1) {
    const target = await startTarget(quietTarget(`target-${index}`), await portFor());
    targets.push(target);
    stops.push(() => target.setUp(false));
  }
  const { accessKeyId, secretAccessKey } = secrets;
  const lambda = await startLocalLambda({
    port: 0,
    locations: LOCATIONS,
    bundlePath: probe.bundlePath,
    credentials: { accessKeyId, secretAccessKey },
    functionName: PROBE_FUNCTION,
    allowLoopback: true,
  });
  stops.push(() => lambda.stop());
  const port = await portFor();
  const api: Api = { url: `http://127.0.0.1:${port}`, token: secrets.adminToken };
  const running = new Set<SupervisedProcess>();
  stops.push(async () => {
    for (const process of running) {
      process.kill();
      await process.ended;
    }
  });
  const workerLines: string[] = [];
  const log = (line: string): void => void workerLines.push(line);
  return {
    api,
    lambda,
    receiver,
    targets,
    bundlePath: probe.bundlePath,
    state: data.state,
    workerLines,
    async startCoordinator(onSpawn, clockOffset) {
      const lambdaUrl = lambda.url;
      const remember = (process: SupervisedProcess): void => {
        running.add(process);
        void process.ended.then(() => running.delete(process));
        onSpawn?.(process);
      };
      return startCoordinator({
        data,
        port,
        locations: LOCATIONS,
        lambdaUrl,
        secrets,
        clockOffset,
        log,
        onSpawn: remember,
      });
    },
    async configure(intervals) {
      const channel = { url: receiver.url, secret: secrets.inboxSecret };
      const response = await call(api, 'PUT', '/configuration', {
        monitors: targets.map((target, index) => ({
          id: target.name,
          name: target.title,
          check: { type: 'tcp', host: '127.0.0.1', port: target.port, timeoutMs: 2_000 },
          intervalSeconds: intervals[index % intervals.length],
          public: true,
        })),
        channels: [{ id: 'receiver', type: 'webhook', name: 'Receiver', config: channel }],
        settings: { defaultChannels: ['receiver'] },
      });
      if (response.status !== 200) throw new Error(`PUT /configuration failed: ${JSON.stringify(response)}`);
    },
    stop,
  };
}

const quietTarget = (name: string) => ({
  name,
  title: name,
  breakage: 'closed' as const,
  respond: () => {},
  check: tcp,
});

const portFor = (): Promise<number> => freePort(FIRST_PORT + Math.floor(Math.random() * PORT_SPAN));

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** Calls `get` until it returns a value; throws with `what` after `withinMs`. */
export async function until<T>(
  what: string,
  withinMs: number,
  get: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const value = await get();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await pause(250);
  }
}

export interface MeshStatus {
  readonly state: string;
  readonly monitors: readonly { readonly id: string; readonly verdict: string }[];
  readonly incidents: readonly unknown[];
}

export async function statusOf(mesh: Mesh): Promise<MeshStatus> {
  const { status, body } = await call(mesh.api, 'GET', '/status');
  if (status !== 200) throw new Error(`GET /status returned ${status}`);
  return body as MeshStatus;
}

export const allUp = (status: MeshStatus): boolean =>
  status.monitors.length > 0 && status.monitors.every((monitor) => monitor.verdict === 'up');

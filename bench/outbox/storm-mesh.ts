// Owns the mesh of the storm: six locations on the built probe, the Worker in workerd, and monitors of one target.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProbe } from '../../scripts/build-probe.ts';
import { startLocalLambda } from '../../scripts/local-lambda/local-lambda.ts';
import { type Api, call } from '../../scripts/start/api.ts';
import { bundleWorker, startCoordinator } from '../../scripts/start/coordinator.ts';
import { openDataDir, readSecrets } from '../../scripts/start/data-dir.ts';
import { migrate } from '../../scripts/start/migrate.ts';
import { freePort } from '../../scripts/start/ports.ts';
import { LOCATIONS } from '../coordinator/fixtures.ts';

export interface StormMesh {
  readonly api: Api;
  /** wrangler's state folder. */
  readonly state: string;
  readonly encryptionKey: string;
  /** Creates the monitors and one channel for each URL. */
  configure(monitors: number, channels: Readonly<Record<string, string>>): Promise<void>;
  setTargetUp(up: boolean): Promise<void>;
  stopCoordinator(): Promise<void>;
  stop(): Promise<void>;
}

export async function startStormMesh(): Promise<StormMesh> {
  const dir = mkdtempSync(join(tmpdir(), 'probemesh-storm-'));
  const data = openDataDir(dir, { fresh: false, freshCommand: '' });
  const secrets = readSecrets(dir, undefined);
  const [probe] = await Promise.all([buildProbe(join(dir, 'dist')), bundleWorker(data), migrate(data)]);
  const { accessKeyId, secretAccessKey } = secrets;
  const lambda = await startLocalLambda({
    port: 0,
    locations: LOCATIONS,
    bundlePath: probe.bundlePath,
    credentials: { accessKeyId, secretAccessKey },
    functionName: 'probemesh-probe',
    allowLoopback: true,
  });
  const targetPort = await freePort(21_000 + Math.floor(Math.random() * 4_000));
  const port = await freePort(26_000 + Math.floor(Math.random() * 4_000));
  const coordinator = await startCoordinator({
    ...{ data, port, locations: LOCATIONS, lambdaUrl: lambda.url, secrets },
    log: () => {},
  });
  const api: Api = { url: coordinator.url, token: secrets.adminToken };
  let target: Server | undefined;
  return {
    api,
    state: data.state,
    encryptionKey: secrets.encryptionKey,
    async configure(monitors, channels) {
      const response = await call(api, 'PUT', '/configuration', {
        monitors: Array.from({ length: monitors }, (_, index) => ({
          ...{ id: `storm-${index}`, name: `Storm ${index}`, intervalSeconds: 60 },
          check: { type: 'tcp', host: '127.0.0.1', port: targetPort, timeoutMs: 2_000 },
        })),
        channels: Object.entries(channels).map(([id, url]) => ({
          ...{ id, type: 'webhook', name: id, config: { url, secret: secrets.inboxSecret } },
        })),
        settings: { defaultChannels: Object.keys(channels) },
      });
      if (response.status !== 200) throw new Error(`PUT /configuration failed: ${JSON.stringify(response)}`);
    },
    async setTargetUp(up) {
      if (up) {
        const server = createServer((socket) => socket.on('error', () => {}).end());
        await new Promise<void>((resolve) => server.listen(targetPort, '127.0.0.1', resolve));
        target = server;
      } else await new Promise<void>((resolve) => target?.close(() => resolve()));
    },
    async stopCoordinator() {
      coordinator.kill();
      await coordinator.ended;
    },
    async stop() {
      coordinator.kill();
      await coordinator.ended;
      target?.close();
      await lambda.stop();
      data.release();
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

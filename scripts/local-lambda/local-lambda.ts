// Owns starting, reloading and stopping a Lambda on loopback: one endpoint for all regions, and one child process for each
// location, which runs the built bundle. Does not own the Invoke API and the control endpoint, which are files of their own.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type IRequest, json, Router } from 'itty-router';
import { addControl } from './control.ts';
import { type Fault, HEALTHY } from './faults.ts';
import { bridge } from './http-bridge.ts';
import { invoke } from './invoke-api.ts';
import { LocalLocation } from './location-process.ts';
import type { Credentials } from './signature.ts';
import { sourceAddressOf } from './source-address.ts';

export interface LocalLambdaOptions {
  /** 0 for a free one. */
  readonly port: number;
  /** `aws:<region>` */
  readonly locations: readonly string[];
  readonly bundlePath: string;
  readonly credentials: Credentials;
  readonly functionName: string;
  readonly allowLoopback: boolean;
  /** The function's own timeout; 30 s. */
  readonly timeoutMs?: number;
  /** `address:port` of name servers instead of the system's. */
  readonly dnsServers?: readonly string[];
  /** Private networks that probes may connect to. */
  readonly allowCidrs?: readonly string[];
  /** Names that show that name resolution works, instead of the probe's own. */
  readonly canaryNames?: readonly string[];
  readonly log?: (line: string) => void;
}

export interface LocalLambda {
  readonly url: string;
  /** Throws for an unknown location. */
  setFault(location: string, fault: Fault): void;
  faults(): Record<string, Fault>;
  /** The loopback address that each location connects from. */
  sourceAddresses(): Record<string, string>;
  /** Runs the bundle that is on disk now, everywhere. Rejects, and changes nothing, if it does not load. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when every location is ready. Rejects if the port is in use or the bundle is missing. */
export async function startLocalLambda(options: LocalLambdaOptions): Promise<LocalLambda> {
  const { bundlePath, allowLoopback, functionName, timeoutMs = 30_000 } = options;
  const { dnsServers = [], allowCidrs = [], canaryNames = [] } = options;
  const log = options.log ?? ((): void => {});
  if (!existsSync(bundlePath)) throw new Error(`${bundlePath} does not exist: run npm run build:probe first`);

  const locations = new Map<string, LocalLocation>();
  const router = Router();
  router.post('/2015-03-31/functions/:name/invocations', (request: IRequest, body: Uint8Array) =>
    invoke(request, body, { ...options, locations }),
  );
  const faults = (): Record<string, Fault> =>
    Object.fromEntries([...locations].map(([id, location]) => [id, location.fault]));
  const setFault = (id: string, fault: Fault): void => {
    const location = locations.get(id);
    if (!location)
      throw new Error(`Unknown location "${id}". Use one of: ${[...locations.keys()].join(', ')}.`);
    location.fault = fault;
    log(`${id}: ${fault.fault === 'none' ? 'repaired' : `broken (${fault.fault})`}`);
  };
  const reset = (): void => {
    for (const id of locations.keys()) setFault(id, HEALTHY);
  };
  addControl(router, { faults, setFault, reset });
  router.all('*', () => json({ error: 'Use POST …/invocations, or GET and PUT /control.' }, { status: 404 }));

  const server = createServer((incoming, outgoing) => void bridge(incoming, outgoing, router.fetch, log));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  for (const [index, id] of options.locations.entries()) {
    const sourceAddress = await sourceAddressOf(index);
    const where = { id, sourceAddress, allowLoopback, allowCidrs, dnsServers, canaryNames };
    locations.set(id, new LocalLocation({ ...where, bundlePath, functionName, timeoutMs, log }));
  }
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await Promise.all([closed, ...[...locations.values()].map((location) => location.stop())]);
  };
  try {
    await Promise.all([...locations.values()].map((location) => location.ready()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setFault,
    faults,
    sourceAddresses: () =>
      Object.fromEntries([...locations].map(([id, location]) => [id, location.options.sourceAddress])),
    async reload() {
      const reloads = [...locations.values()].map((location) => location.prepareReload());
      const prepared = await Promise.allSettled(reloads);
      const failure = prepared.find(({ status }) => status === 'rejected');
      for (const one of prepared)
        if (one.status === 'fulfilled') failure ? one.value.cancel() : one.value.commit();
      if (failure) throw (failure as PromiseRejectedResult).reason;
    },
    stop,
  };
}

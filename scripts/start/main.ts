// `npm start` and `npm run dev`: the whole mesh on this machine. Owns the order in which its parts start.
// Does not own the parts: each is a file of its own.

import { existsSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { VERSION } from '../../src/version.ts';
import { apiKeyFrom } from '../api-key.ts';
import { buildProbe } from '../build-probe.ts';
import { DEMO_IDS, type Demo, placeDemo, startDemo } from '../demo/demo.ts';
import { deleteLeftovers } from '../demo/leftovers.ts';
import { placePast } from '../demo/place-past.ts';
import { startLocalAws } from '../local-aws/local-aws.ts';
import { startLocalLambda } from '../local-lambda/local-lambda.ts';
import { originForPeople, requireAdminKey, setupLink, signInPage } from './access.ts';
import { type Api, applyConfigFile, plannedDeletes } from './api.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { startControl } from './control.ts';
import { bundleWorker } from './coordinator.ts';
import { startCronClock, WorkerLost } from './cron-clock.ts';
import { type DataDir, openDataDir, readSecrets, type Secrets } from './data-dir.ts';
import { probeDir, rebuildOnEdit } from './dev.ts';
import { createFaultInjector, type FaultInjector } from './faults.ts';
import { describeKeys, handleKey, readKeys } from './keyboard.ts';
import { meshMachinery } from './machinery.ts';
import { migrate } from './migrate.ts';
import { KNOWN_LOCATIONS, readOptions, StartError, type StartOptions, USAGE } from './options.ts';
import { createPageBucket, PAGE_BUCKET, pageCopyUrl } from './page-bucket.ts';
import { freePort, requireFreePort } from './ports.ts';
import { startReloadableCoordinator } from './reloadable-coordinator.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';
import { startLocalWatchdog, WATCHDOG_REGIONS } from './watchdog.ts';
import { watchdogKeyOf } from './watchdog-key.ts';

/** As in wrangler.toml. */
const PROBE_FUNCTION = 'probemesh-probe';
/** The search for free ports of inbox, control, local AWS and demo targets begins here, counted from --port. */
const CONTROL_OFFSET = 4;
const AWS_OFFSET = 5;
const DEMO_OFFSET = 3;
/** How long a start that was killed a moment ago may still hold its port. */
const PORT_TIMEOUT_MS = 2_000;

const log = (line: string): void => void process.stdout.write(`${line}\n`);
const logError = (line: string): void => void process.stderr.write(`${line}\n`);

const shutdown = createShutdown(logError);
try {
  // npm runs scripts in the project's folder; paths on the command line are relative to the caller's.
  const options = readOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  if (options) await start(options, shutdown);
  else {
    log(USAGE);
    await shutdown.begin(0);
  }
} catch (error) {
  const line = error instanceof StartError ? error.message : (error as Error).stack;
  await shutdown.begin(1, `probemesh: ${line}`);
}

async function start(options: StartOptions, shutdown: Shutdown): Promise<void> {
  const file =
    options.configFile === undefined
      ? undefined
      : readConfigFile(options.configFile, shown(options.configFile));
  const data = openDataDir(options.dataDir, options);
  shutdown.onShutdown(data.release);
  if (options.empty && existsSync(data.demo))
    throw new StartError(
      `${shown(data.dir)} has the demo. Add --fresh to empty it, or --data for another folder.`,
    );
  await requireFreePort(options.port, PORT_TIMEOUT_MS);
  const secrets = readSecrets(data.dir, apiKeyFrom(process.env));

  log(`probemesh ${VERSION}: building the probe and the Worker, migrating the database …`);
  const [probe] = await Promise.all([buildProbe(probeDir(data)), bundleWorker(data), migrate(data)]);
  if (shutdown.hasBegun) return;
  const locations = KNOWN_LOCATIONS.slice(0, options.locations);
  // Before the Worker has the database open.
  if (!file && !options.empty) placePast(data, Date.now(), locations);

  const credentials = { accessKeyId: secrets.accessKeyId, secretAccessKey: secrets.secretAccessKey };
  const lambda = await startLocalLambda({
    ...{ port: 0, locations, bundlePath: probe.bundlePath, credentials },
    ...{ functionName: PROBE_FUNCTION, allowLoopback: true, log },
    ...{ allowCidrs: options.allowCidrs, canaryNames: options.canaryNames },
  });
  shutdown.onShutdown(() => lambda.stop());
  const aws = await startLocalAws({
    port: await freePort(options.port + AWS_OFFSET),
    ...{ users: [{ name: 'watchdog', credentials }], folder: data.aws, log },
  });
  shutdown.onShutdown(() => aws.stop());
  await createPageBucket(aws.url, credentials);
  const copyUrl = pageCopyUrl(aws.url);

  log(`starting the Worker and ${locations.length} locations …`);
  const { port } = options;
  const coordinator = await startReloadableCoordinator({
    data,
    port,
    locations,
    lambdaUrl: lambda.url,
    allowCidrs: options.allowCidrs,
    secrets,
    watchdogRegions: WATCHDOG_REGIONS,
    pageCopyUrl: copyUrl,
    clockOffset: process.env.CLOCK_OFFSET_SECONDS,
    log: logError,
  });
  shutdown.onShutdown(() => coordinator.stop());
  void coordinator.ended.then(() =>
    shutdown.begin(1, 'probemesh: the Worker (wrangler dev) has ended, so everything stops.'),
  );

  const api = { url: coordinator.url, token: secrets.adminToken };
  await requireAdminKey(api);
  const demo = await seed(api, file, data, options, secrets, shutdown);
  const clock = startCronClock(api, (error) => {
    if (!coordinator.isRunning) return;
    logError(`cron: ${error.message}`);
    // wrangler starts another workerd if one dies, but requests do not reach the new one.
    if (error instanceof WorkerLost)
      void shutdown.begin(1, 'probemesh: the Worker (workerd) has ended, so everything stops.');
  });
  shutdown.onShutdown(() => clock.stop());
  const watchdog = await startLocalWatchdog({
    ...{ bundlePath: probe.watchdogPath, coordinatorUrl: coordinator.url, awsUrl: aws.url, credentials },
    environment: PAGE_BUCKET,
    key: watchdogKeyOf(secrets.adminToken),
    emergency: demo ? { type: 'webhook', url: `${demo.inbox.url}/hook`, secret: secrets.inboxSecret } : null,
    log: logError,
  });
  shutdown.onShutdown(() => watchdog.stop());
  void watchdog.run();
  const machinery = meshMachinery(api, clock, coordinator);
  const faults = createFaultInjector(demo?.targets ?? [], lambda, machinery, log);
  const control = await startControl(await freePort(port + CONTROL_OFFSET), faults);
  shutdown.onShutdown(() => control.stop());

  if (options.watch) shutdown.onShutdown(rebuildOnEdit(data, { coordinator, clock, lambda, watchdog }, log));
  const setup = await setupLink(api, secrets);
  printBanner(api, faults, { inbox: demo?.inbox.url, control: control.url, copyUrl, setup }, options.watch);
}

/** Applies the file, or the demo to an empty mesh. Undefined without a demo. */
async function seed(
  api: Api,
  file: ConfigFile | undefined,
  data: DataDir,
  options: StartOptions,
  secrets: Secrets,
  shutdown: Shutdown,
): Promise<Demo | undefined> {
  if (file) {
    const isReplaced = await replacesDemo(api, file, data);
    const allowDelete = options.allowDelete || isReplaced;
    const detach = options.detach || isReplaced;
    const unnotified = await applyConfigFile(api, file, { allowDelete, detach });
    await deleteLeftovers(api, data, file.configuration);
    // The file replaced the demo, which must not return at the next start.
    rmSync(data.demo, { force: true });
    log(`applied ${file.name}`);
    if (unnotified.length > 0) log(unnotifiedText(unnotified));
    return undefined;
  }
  if (options.empty) return undefined;
  const demo = await startDemo(data, secrets, options.port + DEMO_OFFSET, log);
  shutdown.onShutdown(() => demo.stop());
  if (await placeDemo(api, demo, data, secrets)) return demo;
  log(
    `${shown(data.dir)} has monitors of its own, so the demo is left out. Use --fresh to empty it, or --data for another folder.`,
  );
  await demo.stop();
  return undefined;
}

function unnotifiedText(ids: readonly string[]): string {
  const shown = ids.slice(0, 5).join(', ');
  const more = ids.length > 5 ? ` and ${ids.length - 5} more` : '';
  return `warning: outages of ${shown}${more} notify no channel. Set settings.defaultChannels, a route, or channels of the monitor.`;
}

/** The demo was never asked for, so a file may delete all of it, and nothing else. */
async function replacesDemo(api: Api, file: ConfigFile, data: DataDir): Promise<boolean> {
  if (!existsSync(data.demo)) return false;
  // Routes and settings of the demo name its channels.
  return (await plannedDeletes(api, file, { detach: true })).every((id) => DEMO_IDS.includes(id));
}

function printBanner(
  api: Api,
  faults: FaultInjector,
  urls: { inbox: string | undefined; control: string; copyUrl: string; setup: string | undefined },
  watches: boolean,
): void {
  const hasKeys = process.stdin.isTTY && process.stdout.isTTY;
  const help = (): void => describeKeys(faults).forEach(log);
  log(`ready ${api.url}`);
  log(`  status page  ${api.url}/`);
  log(`  dashboard    ${originForPeople(api)}/dashboard`);
  log(`  API          ${api.url}/api/v1   reference: ${api.url}/api/v1/docs`);
  if (urls.inbox) log(`  inbox        ${urls.inbox}/`);
  log(`  control      ${urls.control}/   (GET; PUT /targets/{name}, /locations/{id}, /machinery/{name})`);
  log(
    `  watchdog     ${WATCHDOG_REGIONS.join(', ')}, once a minute; its copy of the page: ${urls.copyUrl}/index.html`,
  );
  log(`  API key      ${api.token}   (role admin)`);
  log(urls.setup ? `  first admin  ${urls.setup}   (works once)` : `  sign in      ${signInPage(api)}`);
  if (watches) log('  watching     src/ and probes/');
  if (!hasKeys) return;
  help();
  const quit = (): void => void shutdown.begin(0, 'stopping …');
  const release = readKeys((key) => {
    handleKey(key, faults, { help, quit }).catch((error: unknown) =>
      logError(`probemesh: ${(error as Error).message}`),
    );
  });
  shutdown.onShutdown(release);
}

/** As the caller would write it. */
function shown(path: string): string {
  const near = relative(process.env.INIT_CWD ?? process.cwd(), path);
  return near === '' || near.startsWith('..') ? path : near;
}

// `npm start`: the whole mesh on this machine. Puts the parts together in order; each part is a file of its own.
import { rmSync } from 'node:fs';
import { relative } from 'node:path';
import { buildProbe } from '../build-probe.ts';
import { type Demo, placeDemo, startDemo } from '../demo/demo.ts';
import { startLocalLambda } from '../local-lambda/local-lambda.ts';
import { type Api, applyConfigFile } from './api.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { startControl } from './control.ts';
import { bundleWorker, startCoordinator } from './coordinator.ts';
import { startCronClock, WorkerLost } from './cron-clock.ts';
import { type DataFolder, openDataFolder, readSecrets, type Secrets } from './data-dir.ts';
import { type Breakables, breakablesOf } from './faults.ts';
import { describeKeys, listenToKeys, press } from './keyboard.ts';
import { migrate } from './migrate.ts';
import { KNOWN_LOCATIONS, readOptions, type StartOptions, StartRefused, USAGE } from './options.ts';
import { freePort, requireFreePort } from './ports.ts';
import { createShutdown, type Ending } from './shutdown.ts';

/** As in wrangler.toml. */
const PROBE_FUNCTION = 'probemesh-probe';
/** Inbox, control and demo targets are looked for from here up, counted from --port. */
const CONTROL_OFFSET = 4;
const DEMO_OFFSET = 3;
/** What a start that was killed a moment ago may take to be gone. */
const PORT_PATIENCE_MS = 2_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

const ending = createShutdown(complain);
try {
  // npm runs scripts in the project's folder; paths on the command line are relative to the caller's.
  const options = readOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  if (options) await start(options, ending);
  else {
    say(USAGE);
    await ending.end(0);
  }
} catch (error) {
  const line = error instanceof StartRefused ? error.message : (error as Error).stack;
  await ending.end(1, `probemesh: ${line}`);
}

async function start(options: StartOptions, ending: Ending): Promise<void> {
  const file =
    options.configFile === undefined
      ? undefined
      : readConfigFile(options.configFile, shown(options.configFile));
  const data = openDataFolder(options.dataDir, options.fresh);
  ending.onEnd(data.release);
  await requireFreePort(options.port, PORT_PATIENCE_MS);
  const secrets = readSecrets(data.dir, process.env.PROBEMESH_ADMIN_TOKEN);

  say('building the probe and the Worker, bringing the database up to date …');
  const [probe] = await Promise.all([buildProbe(`${data.dir}/dist`), bundleWorker(data), migrate(data)]);
  if (ending.isEnding) return;

  const locations = KNOWN_LOCATIONS.slice(0, options.locations);
  const credentials = { accessKeyId: secrets.accessKeyId, secretAccessKey: secrets.secretAccessKey };
  const lambda = await startLocalLambda({
    ...{ port: 0, locations, bundlePath: probe.bundlePath, credentials },
    ...{ functionName: PROBE_FUNCTION, allowLoopback: true, log: say },
  });
  ending.onEnd(() => lambda.stop());

  say(`starting the Worker and ${locations.length} locations …`);
  const { port } = options;
  const coordinator = await startCoordinator({
    data,
    port,
    locations,
    lambdaUrl: lambda.url,
    secrets,
    log: complain,
  });
  ending.onEnd(() => coordinator.stop());
  void coordinator.ended.then(() =>
    ending.end(1, 'probemesh: the Worker (wrangler dev) has ended, so everything stops.'),
  );

  const api = { url: coordinator.url, token: secrets.adminToken };
  const demo = await fill(api, file, data, options, secrets, ending);
  const clock = startCronClock(coordinator.url, (error) => {
    complain(`cron: ${error.message}`);
    // wrangler starts another workerd when one dies, and nothing reaches that.
    if (error instanceof WorkerLost)
      void ending.end(1, 'probemesh: the Worker (workerd) is gone, so everything stops.');
  });
  ending.onEnd(() => clock.stop());
  const breakables = breakablesOf(demo?.targets ?? [], lambda, say);
  const control = await startControl(await freePort(port + CONTROL_OFFSET), breakables);
  ending.onEnd(() => control.stop());

  introduce(api, breakables, { inbox: demo?.inbox.url, control: control.url });
}

/** The file's monitors and channels, or the demo's; undefined where there is no demo. */
async function fill(
  api: Api,
  file: ConfigFile | undefined,
  data: DataFolder,
  options: StartOptions,
  secrets: Secrets,
  ending: Ending,
): Promise<Demo | undefined> {
  if (file) {
    await applyConfigFile(api, file);
    // The demo is no longer in this mesh, and does not come back by itself.
    rmSync(data.demo, { force: true });
    say(`applied ${file.name}`);
    return undefined;
  }
  const demo = await startDemo(data, secrets, options.port + DEMO_OFFSET, say);
  ending.onEnd(() => demo.stop());
  if (await placeDemo(api, demo, data, secrets)) return demo;
  say(
    `${shown(data.dir)} has monitors of its own: no demo. (--fresh empties it, --data takes another folder.)`,
  );
  await demo.stop();
  return undefined;
}

function introduce(
  api: Api,
  breakables: Breakables,
  urls: { inbox: string | undefined; control: string },
): void {
  const hasKeys = process.stdin.isTTY && process.stdout.isTTY;
  const help = (): void => describeKeys(breakables).forEach(say);
  say(`ready ${api.url}`);
  say(`  status page  ${api.url}/`);
  say(`  API          ${api.url}/api/v1   reference: ${api.url}/api/v1/docs`);
  if (urls.inbox) say(`  inbox        ${urls.inbox}/`);
  say(`  break, mend  ${urls.control}/   (GET; PUT /targets/{name}, PUT /locations/{id})`);
  say(`  admin token  ${api.token}`);
  if (!hasKeys) return;
  help();
  const quit = (): void => void ending.end(0, 'stopping …');
  const release = listenToKeys((key) => {
    press(key, breakables, { help, quit }).catch((error: unknown) =>
      complain(`probemesh: ${(error as Error).message}`),
    );
  });
  ending.onEnd(release);
}

/** As the caller would write it. */
function shown(path: string): string {
  const near = relative(process.env.INIT_CWD ?? process.cwd(), path);
  return near === '' || near.startsWith('..') ? path : near;
}

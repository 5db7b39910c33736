// Owns the demo: targets, an inbox, and the monitors, channels and routes for them. Its ports stay the same at every start
// if they are free. Does not touch a mesh that has its own monitors.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Inbox, startInbox } from '../inbox/inbox.ts';
import { type Api, call, describeProblem } from '../start/api.ts';
import type { DataDir, Secrets } from '../start/data-dir.ts';
import { freePort } from '../start/ports.ts';
import { DEMO_CHANNEL_IDS, DEMO_ROUTES, demoCallbacks, demoChannels, INBOX_ID } from './channels.ts';
import { createJob, JOB, type Job } from './job.ts';
import { type Breakable, GROUPS, startTarget, TARGETS } from './targets.ts';

export interface Demo {
  readonly inbox: Inbox;
  /** The servers, then the job. */
  readonly targets: readonly Breakable[];
  readonly job: Job;
  stop(): Promise<void>;
}

/** The demo's ports at its last start. */
export interface Ports {
  readonly inbox: number;
  /** By the target's name. */
  readonly targets: Record<string, number>;
}

const INTERVAL_SECONDS = 30;

/** Ids of the demo's monitors, channels and routes. */
export const DEMO_IDS: readonly string[] = [
  ...TARGETS.map(({ name }) => name),
  JOB.name,
  ...DEMO_CHANNEL_IDS,
  ...DEMO_ROUTES.map(({ id }) => id),
];

/** Starts the targets and the inbox without changing the mesh. The search for free ports begins at `firstPort`. */
export async function startDemo(
  data: DataDir,
  secrets: Secrets,
  firstPort: number,
  log: (line: string) => void,
): Promise<Demo> {
  const kept = readPorts(data);
  const inbox = await startInbox({
    port: await freePort(kept?.inbox ?? firstPort),
    secret: secrets.inboxSecret,
    log,
  });
  const targets: Breakable[] = [];
  for (const [index, definition] of TARGETS.entries()) {
    const port = await freePort(kept?.targets[definition.name] ?? firstPort + 10 + index);
    targets.push(await startTarget(definition, port));
  }
  const job = createJob(log);
  targets.push(job);
  return {
    inbox,
    targets,
    job,
    async stop() {
      await inbox.stop();
      await Promise.all(targets.map((target) => target.close()));
    },
  };
}

/**
 * Adds the demo to an empty mesh, or moves it to the ports of this start. Returns whether the demo is in the mesh:
 * a mesh with its own monitors is not changed.
 */
export async function placeDemo(api: Api, demo: Demo, data: DataDir, secrets: Secrets): Promise<boolean> {
  const kept = readPorts(data);
  if (!kept && !(await isEmpty(api))) return false;
  if (!kept) {
    const monitors = demo.targets.map((target) => ({
      id: target.name,
      name: target.title,
      check: target.check,
      intervalSeconds: INTERVAL_SECONDS,
      public: true,
      group: GROUPS[target.name] ?? null,
    }));
    await must(api, 'PUT', '/configuration', {
      ...{ monitors, channels: demoChannels(demo.inbox.url, secrets), routes: DEMO_ROUTES },
      settings: { defaultChannels: [INBOX_ID] },
    });
  } else {
    for (const target of demo.targets) {
      if (target.port === null || kept.targets[target.name] === target.port) continue;
      await move(api, `/monitors/${target.name}`, { check: target.check });
    }
    if (`http://127.0.0.1:${kept.inbox}` !== demo.inbox.url) {
      for (const { id, config } of demoChannels(demo.inbox.url, secrets))
        await move(api, `/channels/${id}`, { config });
    }
  }
  await beginJob(api, demo);
  demo.inbox.setCallbacks(demoCallbacks(api.url, secrets));
  const ports: Ports = {
    inbox: Number(new URL(demo.inbox.url).port),
    targets: Object.fromEntries(
      demo.targets.flatMap(({ name, port }) => (port === null ? [] : [[name, port]])),
    ),
  };
  writeFileSync(data.demo, JSON.stringify(ports));
  return true;
}

/** Nothing, if somebody has deleted its heartbeat. */
async function beginJob(api: Api, { job }: Demo): Promise<void> {
  const { status, body } = await call(api, 'GET', `/monitors/${JOB.name}/heartbeat`);
  const { pingUrl } = (status === 200 ? body : {}) as { readonly pingUrl?: string | null };
  // PUBLIC_URL may be another address of the same mesh.
  if (pingUrl) job.begin(new URL(new URL(pingUrl).pathname, api.url).href);
}

/** Undefined if the demo is not in the mesh. */
export function readPorts(data: Pick<DataDir, 'demo'>): Ports | undefined {
  return existsSync(data.demo) ? (JSON.parse(readFileSync(data.demo, 'utf8')) as Ports) : undefined;
}

async function isEmpty(api: Api): Promise<boolean> {
  const { monitors } = (await must(api, 'GET', '/monitors')) as { monitors: unknown[] };
  const { channels } = (await must(api, 'GET', '/channels')) as { channels: unknown[] };
  return monitors.length === 0 && channels.length === 0;
}

/** Ignores 404: what the user deleted stays deleted. */
async function move(api: Api, path: string, change: unknown): Promise<void> {
  const response = await call(api, 'PATCH', path, change);
  if (response.status !== 200 && response.status !== 404) throw new Error(errorText('PATCH', path, response));
}

async function must(api: Api, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await call(api, method, path, body);
  if (response.status !== 200) throw new Error(errorText(method, path, response));
  return response.body;
}

const errorText = (method: string, path: string, response: Awaited<ReturnType<typeof call>>): string =>
  `The demo could not be set up: ${method} ${path}: ${describeProblem(response).join('; ')}`;

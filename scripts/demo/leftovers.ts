// Owns what is left of the demo once a file has replaced it: entries of a kind that the file does not mention. Their
// targets and their inbox do not run any more, so they would be down, and impair the mesh. Does not delete what a person
// has changed, or what another monitor names.
import { type Api, call } from '../start/api.ts';
import type { DataDir } from '../start/data-dir.ts';
import { DEMO_CHANNEL_IDS, DEMO_ROUTES } from './channels.ts';
import { type Ports, readPorts } from './demo.ts';
import { JOB, JOB_CHECK } from './job.ts';
import { DEMO_ANNOUNCEMENT } from './past.ts';

/** Deletes them. Nothing without a demo in the mesh, and nothing of a kind that the applied configuration mentions. */
export async function deleteLeftovers(
  api: Api,
  data: Pick<DataDir, 'demo'>,
  applied: unknown,
): Promise<void> {
  const ports = readPorts(data);
  if (!ports) return;
  const mentioned = Object.keys(applied as object).map((kind) => `/${kind}/`);
  // Routes first: they name the channels.
  if (!mentioned.includes('/routes/'))
    for (const { id } of DEMO_ROUTES)
      if ((await call(api, 'GET', `/routes/${id}`)).status === 200)
        await call(api, 'DELETE', `/routes/${id}`);
  const announcement = `/announcements/${DEMO_ANNOUNCEMENT}`;
  if ((await call(api, 'GET', announcement)).status === 200) await call(api, 'DELETE', announcement);
  if (!mentioned.includes('/settings/')) await forgetDefaults(api);
  for (const [path, port] of pathsOf(ports)) {
    // The file decides about them: one may have the id and the port of the demo.
    if (mentioned.some((kind) => path.startsWith(kind))) continue;
    const { status, body } = await call(api, 'GET', path);
    // 409: a monitor of the file names it. It stays, so that the file is not changed.
    if (status === 200 && usesPort(body, port)) await call(api, 'DELETE', path);
  }
  if (mentioned.includes('/monitors/')) return;
  const { status, body } = await call(api, 'GET', `/monitors/${JOB.name}`);
  if (status === 200 && isJob(body)) await call(api, 'DELETE', `/monitors/${JOB.name}`);
}

/** It has the check of the demo, so nobody has changed it. */
const isJob = (body: unknown): boolean => {
  const { check = {} } = body as { readonly check?: Readonly<Record<string, unknown>> };
  return Object.entries(JOB_CHECK).every(([name, value]) => check[name] === value);
};

/** The inbox is not a default channel any more. */
async function forgetDefaults(api: Api): Promise<void> {
  const { status, body } = await call(api, 'GET', '/settings');
  if (status !== 200) return;
  const { defaultChannels } = body as { defaultChannels: readonly string[] };
  const kept = defaultChannels.filter((id) => !DEMO_CHANNEL_IDS.includes(id));
  if (kept.length < defaultChannels.length) await call(api, 'PATCH', '/settings', { defaultChannels: kept });
}

const pathsOf = ({ inbox, targets }: Ports): [path: string, port: number][] => [
  ...Object.entries(targets).map(([id, port]): [string, number] => [`/monitors/${id}`, port]),
  ...DEMO_CHANNEL_IDS.map((id): [string, number] => [`/channels/${id}`, inbox]),
];

interface Entry {
  readonly check?: { readonly host?: string; readonly port?: number; readonly url?: string };
  /** The API never returns the URL of a receiver, only its host and port. */
  readonly config?: { readonly urlHint?: string | null; readonly apiUrl?: string };
}

/** Whether it still has the target or the receiver that the demo gave it. */
function usesPort(body: unknown, port: number): boolean {
  const { check, config } = body as Entry;
  const address = `127.0.0.1:${port}`;
  if (config)
    return config.apiUrl?.startsWith(`http://${address}/`) ?? config.urlHint?.startsWith(address) ?? false;
  if (check?.url !== undefined) return check.url.startsWith(`http://${address}/`);
  return check?.host === '127.0.0.1' && check.port === port;
}

// Owns the calls that `npm start` makes to the API of its own mesh, and the text of its error responses.
import { basename } from 'node:path';
import { type ConfigFile, errorLine } from './config-file.ts';
import { StartError } from './options.ts';

export interface Api {
  readonly url: string;
  readonly token: string;
}

export interface ApiResponse {
  readonly status: number;
  readonly body: unknown;
}

/** Names the configuration file in the audit log. A header takes ASCII, so other characters are percent-encoded. */
const fileHeader = ({ name }: ConfigFile) => ({ 'probemesh-file': encodeURIComponent(basename(name)) });

export async function call(
  api: Api,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiResponse> {
  const response = await fetch(`${api.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** An error response as text, one line for each error. */
export function describeProblem({ status, body }: ApiResponse, locate?: (path: string) => string): string[] {
  if (typeof body !== 'object' || body === null) return [`${status} ${String(body).slice(0, 300)}`];
  const { errors = [], detail, title } = body as Problem;
  if (errors.length === 0) return [detail ?? title ?? `status ${status}`];
  return errors.map(({ path, message }) =>
    locate ? errorLine(locate(path), path, message) : `${path}: ${message}`,
  );
}

/** The start of a response to a dry run. */
interface DryRun {
  readonly plan?: {
    readonly monitors: { readonly delete: readonly string[] };
    readonly channels: { readonly delete: readonly string[] };
    readonly routes?: { readonly delete: readonly string[] };
  };
}

export interface FileOptions {
  readonly allowDelete: boolean;
  readonly detach: boolean;
}

/** Ids that the file deletes. Empty if the API rejects the file. */
export async function plannedDeletes(
  api: Api,
  file: ConfigFile,
  { detach }: Pick<FileOptions, 'detach'>,
): Promise<string[]> {
  const { body } = await call(api, 'PUT', pathOf({ dryRun: true, detach }), file.configuration);
  const { plan } = body as DryRun;
  return plan ? [...plan.monitors.delete, ...plan.channels.delete, ...(plan.routes?.delete ?? [])] : [];
}

/** Applies the file. Returns the monitors that notify no channel. Throws {@link StartError} if the API applied nothing. */
export async function applyConfigFile(
  api: Api,
  file: ConfigFile,
  { allowDelete, detach }: FileOptions,
): Promise<readonly string[]> {
  const path = pathOf({ allowDelete, detach });
  const response = await call(api, 'PUT', path, file.configuration, fileHeader(file));
  if (response.status === 200) return (response.body as { unnotified?: readonly string[] }).unnotified ?? [];
  throw new StartError(file.redact(refusalText(file, response)));
}

function pathOf(flags: Readonly<Record<string, boolean>>): string {
  const set = Object.keys(flags).filter((name) => flags[name]);
  return `/configuration${set.length === 0 ? '' : '?'}${set.map((name) => `${name}=true`).join('&')}`;
}

interface RefusalBody {
  readonly type?: string;
  readonly detail?: string;
  readonly references?: readonly unknown[];
}

const MAX_SHOWN = 20;

function refusalText(file: ConfigFile, response: ApiResponse): string {
  const { type = '', detail = '', references } = response.body as RefusalBody;
  if (references)
    return `${file.name} was not applied. ${detail.replace('add ?detach=true', 'start with --detach')}`;
  if (!type.endsWith('#problem-deletes-refused')) {
    const lines = describeProblem(response, file.locate).map((line) => `  ${line}`);
    return `${file.name} is invalid. Nothing was applied:\n${lines.join('\n')}`;
  }
  const [reason] = detail.split(' To see the plan');
  const lines = describeProblem(response).map((line) => `  ${line}`);
  const more = lines.length > MAX_SHOWN ? [`  … and ${lines.length - MAX_SHOWN} more`] : [];
  return [
    `${file.name} was not applied. ${reason}`,
    ...[...lines.slice(0, MAX_SHOWN), ...more],
    'If you want to delete them, start with --allow-delete.',
  ].join('\n');
}

// The few calls that `npm start` makes to the API of its own mesh.
import { type ConfigFile, faultLine } from './config-file.ts';
import { StartRefused } from './options.ts';

export interface Api {
  readonly url: string;
  readonly token: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export async function call(api: Api, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${api.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
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

/** What a refusal says, a line each. */
export function describeRefusal({ status, body }: Answer, locate?: (path: string) => string): string[] {
  if (typeof body !== 'object' || body === null) return [`${status} ${String(body).slice(0, 300)}`];
  const { errors = [], detail, title } = body as Problem;
  if (errors.length === 0) return [detail ?? title ?? `status ${status}`];
  return errors.map(({ path, message }) =>
    locate ? faultLine(locate(path), path, message) : `${path}: ${message}`,
  );
}

/** Replaces everything by the file's content, or throws {@link StartRefused} and nothing is applied. */
export async function applyConfigFile(api: Api, file: ConfigFile): Promise<void> {
  const answer = await call(api, 'PUT', '/configuration', file.configuration);
  if (answer.status === 200) return;
  const lines = describeRefusal(answer, file.locate).map((line) => `  ${line}`);
  throw new StartRefused(`${file.name} was refused; nothing was applied:\n${lines.join('\n')}`);
}

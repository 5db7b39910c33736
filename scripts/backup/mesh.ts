// Owns the requests of a backup and a restore to a mesh, and the text of its refusals. Does not know what they are for.
import { BackupError } from '../../src/services/backup/backup-lines.ts';
import { describeProblem } from '../start/api.ts';

/** The mesh refused a request. */
export class Refused extends BackupError {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Mesh {
  /** The response as JSON. Throws {@link Refused}. */
  json<T>(method: string, path: string, body?: string): Promise<T>;
  /** The lines of the response. Throws {@link Refused} before the first. */
  lines(method: string, path: string, body?: string): AsyncGenerator<string>;
}

type Send = (path: string, init: RequestInit) => Promise<Response>;

/** Requests that the network or a restart of the Worker cut off are sent again: all of them can be repeated. */
const ATTEMPTS = 4;
const PAUSE_MS = 1_000;

/** `send` gets paths below `/api/v1`. */
export function connectMesh(send: Send, pauseMs = PAUSE_MS): Mesh {
  const request = async (method: string, path: string, body?: string): Promise<Response> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await send(path, { method, ...(body === undefined ? {} : { body }) });
        if (response.status < 500 || attempt === ATTEMPTS) return response;
        await response.body?.cancel();
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs * attempt));
    }
  };
  const accepted = async (response: Response): Promise<Response> => {
    if (response.status < 300) return response;
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const lines = describeProblem({ status: response.status, body: isJson ? JSON.parse(text) : text });
    throw new Refused(response.status, lines.join('\n'));
  };
  return {
    async json<T>(method: string, path: string, body?: string): Promise<T> {
      return (await (await accepted(await request(method, path, body))).json()) as T;
    },
    async *lines(method, path, body) {
      const response = await accepted(await request(method, path, body));
      yield* linesOf(response.body!.pipeThrough(new TextDecoderStream()));
    },
  };
}

/** The mesh at this address, with an API key. */
export const meshAt = (url: string, key: string): Mesh =>
  connectMesh((path, init) =>
    fetch(`${url}/api/v1${path}`, {
      ...init,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    }),
  );

/** Throws if the last line has no end: then it may be cut off. */
export async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of texts) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') throw new BackupError('It is cut off in the middle of a line.');
}

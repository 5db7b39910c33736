// Owns the command `npm run audit`: its options, the calls and what it prints. It recomputes the chain from the export, so a
// mesh that reports a damaged log as valid is found. Does not verify signatures: the mesh has the key.

import { parseArgs } from 'node:util';
import { readMeshAccess } from '../mesh-access.ts';
import { type Api, type ApiResponse, call, describeProblem } from '../start/api.ts';
import { type ChainResult, readChain } from './read-chain.ts';

const USAGE = `npm run -s audit -- verify --url URL [--head SEQ:HASH]
npm run -s audit -- export --url URL > audit.ndjson
npm run -s audit -- verify --file audit.ndjson [--head SEQ:HASH]

verify: recomputes the hash of every entry of the audit log, and has the mesh verify the signatures. --head is the newest
entry at an earlier time, as this command printed it: it must still be in the log. --file verifies an export instead.
export: prints every entry, one JSON object a line.
PROBEMESH_API_KEY is an API key with the role admin.`;

/** Another command line or key could fix these. */
const INVALID = 2;
const FAILED = 1;
/** The log could not be read, so nothing is known about it. */
const UNREAD = 3;

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** The lines of a file. */
  readonly readLines: (path: string) => AsyncIterable<string>;
}

interface Options {
  readonly action: 'verify' | 'export';
  readonly api: Api | null;
  readonly file: string | null;
  readonly head: { readonly seq: number; readonly hash: string } | null;
}

/** A command line that cannot be run. The message is the fix. */
class UsageError extends Error {}

/** Resolves with the exit code: 0 if the log is whole, 1 if it is not, 2 if the command cannot be run like this, 3 if it is unread. */
export async function auditCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out, err } = surroundings;
  try {
    const options = readOptions(args, surroundings.env);
    if (options === null) {
      out(USAGE);
      return 0;
    }
    if (options.action === 'export') return await exportLog(options.api!, surroundings);
    return await verifyLog(options, surroundings);
  } catch (error) {
    const { message, cause } = error as Error;
    err(`audit: ${cause instanceof Error ? `${message}: ${cause.message}` : message}`);
    return error instanceof UsageError ? INVALID : UNREAD;
  }
}

const HEAD = /^(\d{1,15}):([0-9a-f]{64})$/;

/** Null: the person asks for help. */
function readOptions(args: readonly string[], env: Surroundings['env']): Options | null {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new UsageError(`${(error as Error).message} --help shows the options.`);
  }
  const { values, positionals } = parsed;
  if (values.help) return null;
  const [action = 'verify', ...more] = positionals;
  if ((action !== 'verify' && action !== 'export') || more.length > 0)
    throw new UsageError(`Unknown action "${positionals.join(' ')}". Use verify or export.`);
  const head = values.head === undefined ? null : HEAD.exec(values.head);
  if (values.head !== undefined && head === null)
    throw new UsageError('--head must be the number and the hash of an entry, as SEQ:HASH.');
  const common = { action, head: head && { seq: Number(head[1]), hash: head[2]! } } as const;
  if (values.file !== undefined) {
    if (action === 'export')
      throw new UsageError('--file is for verify. Redirect the output of export to a file.');
    return { ...common, file: values.file, api: null };
  }
  const access = readMeshAccess(values.url, env);
  if (typeof access === 'string') throw new UsageError(access);
  return { ...common, file: null, api: { url: access.url, token: access.apiKey } };
}

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      file: { type: 'string' },
      head: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });

async function exportLog(api: Api, { out }: Surroundings): Promise<number> {
  for await (const line of exportedLines(api)) out(line);
  return 0;
}

async function verifyLog(
  { api, file, head }: Options,
  { out, err, readLines }: Surroundings,
): Promise<number> {
  // Before the export: entries that are written meanwhile are in the export, and not the other way round.
  const reported = api && (await askMesh(api));
  const chain = await readChain(api ? exportedLines(api) : readLines(file!), head?.seq ?? null);
  const problems = [
    ...(chain.problem === null ? [] : [chain.problem]),
    ...headProblems(chain, head),
    ...(reported === null ? [] : reportedProblems(chain, reported)),
  ];
  for (const problem of problems) err(`audit: ${problem}`);
  if (problems.length > 0) return FAILED;
  const { entries, last } = chain;
  out(
    `The audit log is whole: ${entries} entries${reported === null ? '. Signatures were not verified' : ''}.`,
  );
  if (last !== null) out(`Record its head, and pass it to the next run: --head ${last.seq}:${last.hash}`);
  return 0;
}

function headProblems({ first, last, found }: ChainResult, head: Options['head']): string[] {
  if (head === null) return [];
  if (found !== null)
    return found === head.hash
      ? []
      : [`Entry ${head.seq} has another hash than the one you recorded. The log was replaced.`];
  if (first !== null && head.seq < first.seq)
    return [`Entry ${head.seq} has expired: the log begins with ${first.seq}. Pass a newer head.`];
  return [`Entry ${head.seq}, which you recorded, is missing. The log ends with ${last?.seq ?? 'nothing'}.`];
}

interface Verification {
  readonly head: { readonly seq: number; readonly hash: string } | null;
  readonly problems: readonly { readonly code: string; readonly detail: string }[];
}

/** What the mesh reports, and whether its head is in the export. */
function reportedProblems(
  { problem, last, hashes }: ChainResult,
  { head, problems }: Verification,
): string[] {
  const details = problems.map(({ code, detail }) => `${code}: ${detail}`);
  if (problem !== null || head === null) return details;
  const isComplete =
    last !== null && last.seq >= head.seq && (hashes.get(head.seq) ?? head.hash) === head.hash;
  return isComplete
    ? details
    : [
        ...details,
        `The export ends with entry ${last?.seq ?? 'nothing'}, but the newest is ${head.seq}. Repeat it.`,
      ];
}

async function askMesh(api: Api): Promise<Verification> {
  const response = await call(api, 'GET', '/audit-entries/verification');
  if (response.status !== 200) throw refusalOf(response);
  return response.body as Verification;
}

async function* exportedLines({ url, token }: Api): AsyncGenerator<string> {
  const response = await fetch(`${url}/api/v1/audit-entries/export`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (response.status !== 200 || response.body === null) {
    const text = await response.text();
    throw refusalOf({ status: response.status, body: parseJson(text) });
  }
  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') throw new Error('The export is cut off in the middle of a line. Repeat it.');
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

function refusalOf(response: ApiResponse): Error {
  const [line = ''] = describeProblem(response);
  return response.status === 401 || response.status === 403 ? new UsageError(line) : new Error(line);
}

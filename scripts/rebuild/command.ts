// Owns the command `npm run rebuild`: its options, the call and what it prints. The mesh itself does the work.

import { readMeshAccess } from '../mesh-access.ts';
import { parseOptions } from '../parse-options.ts';
import { type ApiResponse, call, describeProblem } from '../start/api.ts';

const USAGE = `npm run rebuild -- --url URL

Verifies the stored state of a mesh, and has it rebuilt if it is damaged. PROBEMESH_API_KEY is an API key with the
role admin.
The coordinator rebuilds a damaged state by itself. This command also finds damage that it has not read yet.`;

/** Another command line or token could fix these. */
const INVALID = 2;
const FAILED = 1;

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/** Resolves with the exit code: 0 if the state is whole now. */
export async function rebuildCommand(
  args: readonly string[],
  { env, out, err }: Surroundings,
): Promise<number> {
  const invalid = (line: string): number => {
    err(`rebuild: ${line}`);
    return INVALID;
  };
  let values: { url?: string | undefined; help?: boolean | undefined };
  try {
    ({ values } = parseOptions(
      { args: [...args], options: { url: { type: 'string' }, help: { type: 'boolean', short: 'h' } } },
      (sentence) => new Error(`${sentence} --help shows the options.`),
    ));
  } catch (error) {
    return invalid((error as Error).message);
  }
  if (values.help) {
    out(USAGE);
    return 0;
  }
  const access = readMeshAccess(values.url, env);
  if (typeof access === 'string') return invalid(access);
  const { url, apiKey: token } = access;
  let response: ApiResponse;
  try {
    response = await call({ url, token }, 'POST', '/state/rebuild');
  } catch (error) {
    const { message, cause } = error as Error;
    err(`rebuild: ${url} does not respond: ${cause instanceof Error ? cause.message : message}`);
    return FAILED;
  }
  if (response.status !== 200) {
    for (const line of describeProblem(response)) err(`rebuild: ${line}`);
    return response.status === 401 ? INVALID : FAILED;
  }
  for (const line of describe(response.body as Rebuilt)) out(line);
  return 0;
}

interface Rebuilt {
  readonly rebuilt: boolean;
  readonly seq: number;
  readonly replayedRows: number;
  readonly lostRows: number;
  readonly reasons: readonly { readonly code: string; readonly detail: string }[];
}

function describe({ rebuilt, seq, replayedRows, lostRows, reasons }: Rebuilt): string[] {
  if (!rebuilt) return [`The state is whole, up to journal row ${seq}. Nothing was changed.`];
  return [
    ...reasons.map(({ code, detail }) => `${code}: ${detail}`),
    `The state was rebuilt, up to journal row ${seq}. ${replayedRows} rows were replayed.`,
    ...(lostRows === 0
      ? ['Nothing is lost.']
      : [
          `${lostRows} rows could not be applied. They are in the table damaged_journal.`,
          'Open incidents stay open. Every location measures again before it votes.',
        ]),
  ];
}

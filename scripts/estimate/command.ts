// Owns the command `npm run estimate`: where the monitors come from, and what is printed. Does not compute.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseYaml } from '../../src/configuration/parse-yaml.ts';
import { apiKeyFrom } from '../api-key.ts';
import { call, describeProblem } from '../start/api.ts';
import { estimate } from './cost.ts';
import { groupsOf } from './groups-of.ts';
import { type Arguments, readArguments, USAGE } from './read-arguments.ts';
import { costTable } from './readme-table.ts';
import { pricesText, textOf } from './text.ts';
import type { Group } from './workload.ts';

/** Another command line could fix these. */
const INVALID = 2;
const FAILED = 1;

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

class MeshError extends Error {}

/** Resolves with the exit code. */
export async function estimateCommand(
  args: readonly string[],
  { env, cwd, out, err }: Surroundings,
): Promise<number> {
  let given: Arguments;
  try {
    given = readArguments(args);
    if (given.output === 'help') out(USAGE);
    if (given.output === 'prices') out(pricesText());
    if (given.output === 'table') out(costTable());
    if (given.output !== 'text' && given.output !== 'json') return 0;
    const groups = await groupsFrom(given, env, cwd);
    const result = estimate({ ...given.workload, groups });
    out(given.output === 'json' ? JSON.stringify(result, null, 2) : textOf(result));
    return 0;
  } catch (error) {
    err(`estimate: ${(error as Error).message}`);
    return error instanceof MeshError ? FAILED : INVALID;
  }
}

async function groupsFrom(
  { config, url, workload }: Arguments,
  env: Surroundings['env'],
  cwd: string,
): Promise<readonly Group[]> {
  const regions = workload.regions.length;
  if (config !== undefined) return groupsOf(readConfiguration(resolve(cwd, config), config), regions);
  if (url !== undefined) return groupsOf(await configurationOf(url, env), regions);
  return workload.groups;
}

function readConfiguration(path: string, shown: string): unknown {
  const { content } = parseYaml(readText(path, shown));
  if ('message' in content) throw new Error(`${shown}: ${content.message}`);
  return content.value;
}

function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${shown} cannot be read (${code}). Pass the path of a configuration file.`);
  }
}

async function configurationOf(text: string, env: Surroundings['env']): Promise<unknown> {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new Error('--url must be the URL of a mesh, such as https://status.example.com.');
  const token = apiKeyFrom(env);
  if (!token) throw new Error('PROBEMESH_API_KEY is not set: set it to an API key with the role viewer.');
  const response = await call({ url: url.origin, token }, 'GET', '/configuration').catch((error: Error) => {
    const { cause, message } = error;
    throw new MeshError(
      `${url.origin} does not respond: ${cause instanceof Error ? cause.message : message}`,
    );
  });
  if (response.status !== 200) throw new MeshError(describeProblem(response).join(' '));
  return response.body;
}

// Owns the command line of `npm run check-target`, and the check that it describes. Does not run anything.

import { checkTypes, findCheck } from '../../probes/checks/catalogue.ts';
import { keepExactNumbers } from '../../probes/checks/shared/exact-number.ts';
import {
  NETWORK_ARGS,
  NETWORK_USAGE,
  type NetworkOptions,
  readNetworkOptions,
} from '../local-lambda/network-options.ts';
import { parseOptions } from '../parse-options.ts';

export interface TargetOptions extends NetworkOptions {
  /** Not validated yet: the schema of the check does that. */
  readonly check: { readonly type: string } & Readonly<Record<string, unknown>>;
  /** Undefined means this machine, or every location of the mesh. */
  readonly locations: readonly string[] | undefined;
  /** A running mesh, instead of probes on this machine. */
  readonly url: string | undefined;
  /** The monitor whose stored secrets replace those that are null. */
  readonly monitor: string | undefined;
  readonly json: boolean;
}

/** The check did not run; the message contains the fix. */
export class UsageError extends Error {}

export const USAGE = `npm run check-target -- TARGET [options]

Runs one check now and prints its phases, address and trace. TARGET is HOST:PORT, or a URL for http.

  --type TYPE            ${checkTypes.join(', ')} (default tcp, or http for a URL)
  --option NAME=VALUE    option of the check, as JSON or text; repeatable
  --options JSON         options of the check, as one object
  --secret NAME=env:VAR  secret from an environment variable, used as {{NAME}}; repeatable
  --timeout MS           timeout of the check (default 5000)
  --locations A,B        locations that run the check, such as aws:eu-central-1
  --url URL              run through this mesh, not from this machine; PROBEMESH_API_KEY is a key of the role editor or admin
  --monitor ID           monitor of that mesh whose stored secrets replace null secrets
${NETWORK_USAGE}
  --json                 print the results as JSON
  --help                 show this text

Exit codes: 0 ok, 1 failed, 2 invalid usage, 3 not measured.`;

/** Undefined for --help. Throws {@link UsageError}. */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): TargetOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [target, ...rest] = positionals;
  if (target === undefined || rest.length > 0)
    throw new UsageError('Give one target, as HOST:PORT or as a URL. --help shows the options.');
  const type = values.type ?? (/^https?:\/\//i.test(target) ? 'http' : 'tcp');
  const secrets = secretsOf(values.secret, env);
  const options: Record<string, unknown> = {
    ...targetOf(type, target),
    ...objectOf(values.options),
    ...Object.fromEntries(values.option.map(optionOf)),
    ...(values.timeout === undefined ? {} : { timeoutMs: Number(values.timeout) }),
  };
  if (Object.keys(secrets).length > 0) options.secrets = { ...(options.secrets as object), ...secrets };
  if (values.monitor !== undefined && values.url === undefined)
    throw new UsageError('--monitor needs a running mesh: give its --url as well.');
  const network = readNetworkOptions(values, (message) => new UsageError(message));
  if (values.url !== undefined && network.allowCidrs.length + network.canaryNames.length > 0)
    throw new UsageError(
      '--allow-cidrs and --canary-names apply to this machine. Remove them, or remove --url.',
    );
  return {
    check: { ...options, type },
    locations: values.locations?.split(',').map((id) => id.trim()),
    url: values.url === undefined ? undefined : meshUrl(values.url),
    monitor: values.monitor,
    json: values.json,
    ...network,
  };
}

const parse = (args: readonly string[]) =>
  parseOptions(
    {
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: {
        type: { type: 'string' },
        option: { type: 'string', multiple: true, default: [] },
        options: { type: 'string', default: '{}' },
        secret: { type: 'string', multiple: true, default: [] },
        timeout: { type: 'string' },
        locations: { type: 'string' },
        url: { type: 'string' },
        monitor: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        ...NETWORK_ARGS,
      },
    },
    (sentence) => new UsageError(`${sentence} --help shows the options.`),
  );

/** A check with a `host` gets host and port; another gets the whole text as its first option (a URL, a name). */
function targetOf(type: string, target: string): Record<string, unknown> {
  const check = findCheck(type);
  if (!check) throw new UsageError(`--type must be one of ${checkTypes.join(', ')}, not ${type}.`);
  const names = 'shape' in check.options ? Object.keys(check.options.shape as object) : [];
  if (!names.includes('host')) {
    const [first = 'host'] = names.filter((name) => name !== 'type');
    return { [first]: target };
  }
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*)):(\d{1,5})$/.exec(target) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? { host: target.replace(/^\[(.*)\]$/, '$1') } : { host, port: Number(port) };
}

function objectOf(text: string): Record<string, unknown> {
  const value = jsonOrText(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new UsageError('--options must be a JSON object in quotes, such as \'{"timeoutMs": 1000}\'.');
}

function optionOf(text: string): [string, unknown] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new UsageError(`--option must be name=value, not ${text}.`);
  return [name, jsonOrText(value)];
}

/** Text that is not JSON is a string. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(keepExactNumbers(text));
  } catch {
    return text;
  }
}

/** A secret on the command line itself would be in the shell's history, and visible to every process. */
function secretsOf(
  given: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, variable] = /^([^=]+)=env:(.+)$/.exec(text) ?? [];
      if (name === undefined || variable === undefined) {
        const [shown = ''] = text.split('=');
        throw new UsageError(`--secret ${shown} must come from the environment: use ${shown}=env:VARIABLE.`);
      }
      const value = env[variable];
      if (value === undefined)
        throw new UsageError(`--secret ${name}: the environment variable ${variable} is not set.`);
      return [name, value];
    }),
  );
}

function meshUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin;
  throw new UsageError(`--url must be a URL such as http://127.0.0.1:8787, not ${text}.`);
}

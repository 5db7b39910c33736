// The command line of `npm run check-target`: what may be said, and the check that it makes. Touches nothing else.
import { parseArgs } from 'node:util';
import { checkTypes, findCheck } from '../../probes/checks/catalogue.ts';

export interface TargetOptions {
  /** As it was written: types and rules are the schema's to judge. */
  readonly check: { readonly type: string } & Readonly<Record<string, unknown>>;
  /** Undefined: the one local location, or every location of the mesh. */
  readonly locations: readonly string[] | undefined;
  /** A mesh that runs, instead of probes on this machine. */
  readonly url: string | undefined;
  /** Whose stored secrets a null stands for. */
  readonly monitor: string | undefined;
  readonly json: boolean;
}

/** Nothing was run; the message says what to do. */
export class TargetRefused extends Error {}

export const USAGE = `npm run check-target -- TARGET [options]

Runs one check now and shows phases, address and conversation. TARGET is HOST:PORT, or a URL for http.

  --type TYPE            ${checkTypes.join(', ')} (tcp; http for a URL)
  --option NAME=VALUE    an option of the check, as JSON or as text; again for more
  --options JSON         options of the check, as one object
  --secret NAME=env:VAR  a secret, from the environment: used as {{NAME}}
  --timeout MS           of the check (5000)
  --locations A,B        from where, such as aws:eu-central-1
  --url URL              a mesh that runs, instead of probes here; the token is PROBEMESH_ADMIN_TOKEN
  --monitor ID           of that mesh: a secret that is null is this monitor's
  --json                 prints the results as JSON
  --help                 this text

Ends with 0 (ok), 1 (failed), 2 (it cannot be run like this) or 3 (nothing was measured).`;

/** Throws {@link TargetRefused}; undefined when only help was asked for. */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): TargetOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [target, ...rest] = positionals;
  if (target === undefined || rest.length > 0)
    throw new TargetRefused('Name one target, as HOST:PORT or as a URL; --help shows the rest.');
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
    throw new TargetRefused('--monitor is for a mesh that runs: give its --url as well.');
  return {
    check: { ...options, type },
    locations: values.locations?.split(',').map((id) => id.trim()),
    url: values.url === undefined ? undefined : meshUrl(values.url),
    monitor: values.monitor,
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
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
      },
    });
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split('. ');
    throw new TargetRefused(`${sentence.replace(/\.$/, '')}; --help shows what there is.`);
  }
}

/** A check with a host takes HOST:PORT apart; the first option of any other (a URL, a name) takes what was written. */
function targetOf(type: string, target: string): Record<string, unknown> {
  const check = findCheck(type);
  if (!check) throw new TargetRefused(`--type ${type} is none: there are ${checkTypes.join(', ')}.`);
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
  throw new TargetRefused('--options is no JSON object: write it as \'{"timeoutMs": 1000}\', in quotes.');
}

function optionOf(text: string): [string, unknown] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new TargetRefused(`--option ${text} has no value: write it as name=value.`);
  return [name, jsonOrText(value)];
}

/** What is no JSON is a text. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** On the command line itself a secret would be in the shell's history, and seen by every process. */
function secretsOf(
  given: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, variable] = /^([^=]+)=env:(.+)$/.exec(text) ?? [];
      if (name === undefined || variable === undefined) {
        const [shown = ''] = text.split('=');
        throw new TargetRefused(
          `--secret ${shown} is read from the environment: write it as ${shown}=env:VARIABLE.`,
        );
      }
      const value = env[variable];
      if (value === undefined)
        throw new TargetRefused(`--secret ${name}: the environment has no ${variable}.`);
      return [name, value];
    }),
  );
}

function meshUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin;
  throw new TargetRefused(`--url ${text} is no address: write it as http://127.0.0.1:8787.`);
}

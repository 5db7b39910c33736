// Owns the command line of `npm start` and `npm run dev`: options and their defaults. Does not touch any file.
import { resolve } from 'node:path';
import {
  NETWORK_ARGS,
  NETWORK_USAGE,
  type NetworkOptions,
  readNetworkOptions,
} from '../local-lambda/network-options.ts';
import { parseOptions } from '../parse-options.ts';

export interface StartOptions extends NetworkOptions {
  /** Absolute path of a YAML file that replaces the demo. */
  readonly configFile: string | undefined;
  /** Neither the demo nor a file: the mesh begins without a monitor. */
  readonly empty: boolean;
  /** The file may delete any number of monitors and channels. */
  readonly allowDelete: boolean;
  /** Removes deleted monitors from the windows that name them, and deleted channels from monitors. */
  readonly detach: boolean;
  readonly port: number;
  readonly locations: number;
  /** Absolute path of the folder that is kept between starts. */
  readonly dataDir: string;
  readonly fresh: boolean;
  /** The command that would empty the data folder, for error messages. */
  readonly freshCommand: string;
  /** Rebuild and reload after edits of the sources. */
  readonly watch: boolean;
}

/** The mesh did not start; the message contains the fix. */
export class StartError extends Error {}

/** In the order of wrangler.toml, then more regions that AWS enables for every account. */
export const KNOWN_LOCATIONS = [
  'aws:us-east-1',
  'aws:us-west-2',
  'aws:eu-central-1',
  'aws:ap-southeast-1',
  'aws:ap-northeast-1',
  'aws:sa-east-1',
  'aws:eu-west-1',
  'aws:ca-central-1',
  'aws:ap-south-1',
  'aws:us-east-2',
  'aws:eu-north-1',
  'aws:ap-southeast-2',
] as const;

const DEFAULT_DATA_DIR = '.probemesh';

export const USAGE = `npm start -- [options]

  --config FILE          monitors and channels from a YAML file, instead of the demo
  --empty                begin without a monitor, instead of the demo
  --allow-delete         let FILE delete any number of entries
  --detach               remove what FILE deletes from everything that names it
  --port N               port of the status page and the API (default 8787)
  --locations N          number of probe locations, 1 to ${KNOWN_LOCATIONS.length} (default 6)
  --data DIR             folder that is kept between starts (default ${DEFAULT_DATA_DIR})
  --fresh                empty DIR first
  --watch                rebuild and reload after edits of src/ and probes/, as npm run dev does
${NETWORK_USAGE}
  --help                 show this text

  PROBEMESH_API_KEY sets the API key of the role admin. Without it, probemesh generates a key and stores it in DIR.
  CLOCK_OFFSET_SECONDS makes the coordinator's clock wrong, to try what that does: 21600, or 21600@FROM..TO with Unix times.`;

/** Undefined for --help. Throws {@link StartError}. Relative paths start at the caller's folder (`cwd`). */
export function readOptions(args: readonly string[], cwd: string): StartOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  if (values['allow-delete'] && values.config === undefined)
    throw new StartError('--allow-delete needs --config: without a file, nothing is deleted.');
  if (values.detach && values.config === undefined)
    throw new StartError('--detach needs --config: without a file, nothing is deleted.');
  if (values.empty && values.config !== undefined)
    throw new StartError('--empty and --config exclude each other: remove one of them.');
  return {
    empty: values.empty,
    configFile: values.config === undefined ? undefined : resolve(cwd, filled('--config', values.config)),
    allowDelete: values['allow-delete'],
    detach: values.detach,
    port: wholeNumber('--port', values.port, 1, 65_535),
    locations: wholeNumber('--locations', values.locations, 1, KNOWN_LOCATIONS.length),
    dataDir: resolve(cwd, filled('--data', values.data)),
    fresh: values.fresh,
    freshCommand: `npm start -- ${values.data === DEFAULT_DATA_DIR ? '' : `--data ${values.data} `}--fresh`,
    watch: values.watch,
    ...readNetworkOptions(values, (message) => new StartError(message)),
  };
}

const parse = (args: readonly string[]) =>
  parseOptions(
    {
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        config: { type: 'string' },
        empty: { type: 'boolean', default: false },
        'allow-delete': { type: 'boolean', default: false },
        detach: { type: 'boolean', default: false },
        port: { type: 'string', default: '8787' },
        locations: { type: 'string', default: '6' },
        data: { type: 'string', default: DEFAULT_DATA_DIR },
        fresh: { type: 'boolean', default: false },
        watch: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        ...NETWORK_ARGS,
      },
    },
    (sentence) => new StartError(`${sentence}\n\n${USAGE}`),
  ).values;

function filled(option: string, value: string): string {
  if (value === '') throw new StartError(`${option} is empty: give a path.`);
  return value;
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new StartError(`${option} must be a whole number from ${min} to ${max}, not ${text}.`);
}

// The command line of `npm start`: what may be said, and its defaults. Touches nothing else.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface StartOptions {
  /** A YAML file that replaces the demo; absolute. */
  readonly configFile: string | undefined;
  readonly port: number;
  readonly locations: number;
  /** Where everything is kept between starts; absolute. */
  readonly dataDir: string;
  readonly fresh: boolean;
}

/** Nothing was started; the message says what to do. */
export class StartRefused extends Error {}

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

export const USAGE = `npm start -- [options]

  --config FILE     monitors and channels as YAML, instead of the demo
  --port N          of the status page and the API (8787)
  --locations N     how many probe locations, 1 to ${KNOWN_LOCATIONS.length} (6)
  --data DIR        where everything is kept between starts (.probemesh)
  --fresh           empties DIR first
  --help            this text

  PROBEMESH_ADMIN_TOKEN sets the admin token; without it one is made and kept in DIR.`;

/** Throws {@link StartRefused}; `undefined` when only help was asked for. Relative paths are the caller's (`cwd`). */
export function readOptions(args: readonly string[], cwd: string): StartOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  return {
    configFile: values.config === undefined ? undefined : resolve(cwd, filled('--config', values.config)),
    port: wholeNumber('--port', values.port, 1, 65_535),
    locations: wholeNumber('--locations', values.locations, 1, KNOWN_LOCATIONS.length),
    dataDir: resolve(cwd, filled('--data', values.data)),
    fresh: values.fresh,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        config: { type: 'string' },
        port: { type: 'string', default: '8787' },
        locations: { type: 'string', default: '6' },
        data: { type: 'string', default: '.probemesh' },
        fresh: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split('. ');
    throw new StartRefused(`${sentence}.\n\n${USAGE}`);
  }
}

function filled(option: string, value: string): string {
  if (value === '') throw new StartRefused(`${option} is empty: name a path.`);
  return value;
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new StartRefused(`${option} ${text} cannot be: give a whole number from ${min} to ${max}.`);
}

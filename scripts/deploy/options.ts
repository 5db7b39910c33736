// Owns the command line of `npm run deploy`. Does not read any file.
import { resolve } from 'node:path';
import { parseOptions } from '../parse-options.ts';
import { SETTINGS_FILE } from './settings.ts';

export const COMMANDS = ['deploy', 'status', 'destroy', 'rotate-keys'] as const;
export type Command = (typeof COMMANDS)[number];

export interface DeployOptions {
  readonly command: Command;
  /** Absolute path of the settings. */
  readonly settingsPath: string;
  /** Show what would be done, and do nothing. */
  readonly planOnly: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  /** Null: all regions of the settings. */
  readonly regions: readonly string[] | null;
  /** A release that changes Durable Object classes may be deployed, although it cannot be rolled back. */
  readonly allowsNoRollback: boolean;
  /** DNS records of a domain may be replaced. */
  readonly replacesDns: boolean;
  /** Write the workflow of GitHub Actions, and do nothing else. */
  readonly github: boolean;
}

/** A command line that cannot be run. The message is the fix. */
export class UsageError extends Error {}

export const USAGE = `npm run deploy -- [deploy | status | destroy | rotate-keys] [options]

  deploy         makes, changes and upgrades the mesh of the settings (default)
  status         shows what is deployed, and its health
  destroy        deletes what carries the name of the mesh, with its data
  rotate-keys    replaces the AWS key, the encryption key and the key of the watchdog

  --config FILE  settings (default ${SETTINGS_FILE})
  --plan         show what would be done, and do nothing
  --yes          do it without a question
  --regions A,B  only these AWS regions of the settings
  --no-rollback  deploy a change of Durable Object classes, which Cloudflare cannot roll back
  --replace-dns  replace DNS records that a domain of the settings has now
  --github       write a workflow of GitHub Actions that deploys, and do nothing else
  --json         print the result as JSON; progress goes to stderr
  --help         show this text

  AWS: the standard chain of credentials, such as AWS_PROFILE. Cloudflare: npx wrangler login, or CLOUDFLARE_API_TOKEN.
  Exit code: 0 done or nothing to do, 1 something failed, 2 wrong usage or settings, 3 cancelled, 130 stopped.`;

/** Undefined for --help. Throws {@link UsageError}. Relative paths start at the caller's folder (`cwd`). */
export function readOptions(args: readonly string[], cwd: string): DeployOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [command = 'deploy', ...more] = positionals;
  if (!isCommand(command) || more.length > 0)
    throw new UsageError(`Unknown command "${positionals.join(' ')}". Use ${COMMANDS.join(', ')}.`);
  if (command !== 'deploy')
    for (const name of ['regions', 'no-rollback', 'replace-dns', 'github'] as const)
      if (values[name]) throw new UsageError(`--${name} is for deploy, not for ${command}. Remove it.`);
  if (values.config === '') throw new UsageError('--config is empty. Give it the path of the settings.');
  return {
    command,
    settingsPath: resolve(cwd, values.config),
    planOnly: values.plan,
    yes: values.yes,
    json: values.json,
    regions: values.regions === undefined ? null : readRegions(values.regions),
    allowsNoRollback: values['no-rollback'],
    replacesDns: values['replace-dns'],
    github: values.github,
  };
}

const isCommand = (text: string): text is Command => COMMANDS.some((command) => command === text);

function readRegions(text: string): string[] {
  const regions = text
    .split(',')
    .map((region) => region.trim())
    .filter((region) => region !== '');
  if (regions.length === 0)
    throw new UsageError('--regions is empty. Use regions such as eu-central-1,us-east-1.');
  return [...new Set(regions)];
}

const parse = (args: readonly string[]) =>
  parseOptions(
    {
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: {
        config: { type: 'string', default: SETTINGS_FILE },
        plan: { type: 'boolean', default: false },
        yes: { type: 'boolean', short: 'y', default: false },
        json: { type: 'boolean', default: false },
        regions: { type: 'string' },
        'no-rollback': { type: 'boolean', default: false },
        'replace-dns': { type: 'boolean', default: false },
        github: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    },
    (sentence) => new UsageError(`${sentence} \`npm run deploy -- --help\` shows the options.`),
  );

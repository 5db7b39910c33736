// Owns the questions in the terminal: the settings, and whether to go on. Does not decide when to ask.
import { confirm, isCancel, multiselect, select, text } from '@clack/prompts';
import { stringify } from 'yaml';
import { KNOWN_LOCATIONS } from '../start/options.ts';
import { type Settings, type SettingsInput, settingsSchema } from './settings.ts';

/** Questions that a test can answer. Each resolves with null if the person cancels. */
export interface Prompts {
  settings(): Promise<{ readonly settings: Settings; readonly text: string } | null>;
  confirm(question: string): Promise<boolean | null>;
  typed(question: string): Promise<string | null>;
}

const answered = <T>(answer: T): Exclude<T, symbol> | null =>
  isCancel(answer) ? null : (answer as Exclude<T, symbol>);

export const terminalPrompts: Prompts = {
  settings: askSettings,
  confirm: async (message) => answered(await confirm({ message })),
  typed: async (message) => answered(await text({ message })),
};

const REGIONS = KNOWN_LOCATIONS.map((location) => location.slice('aws:'.length));
const DEFAULT_REGIONS = ['us-east-1', 'eu-central-1', 'ap-southeast-1'];

const fieldError =
  (field: 'name' | 'domain') =>
  (value: string | undefined): string | undefined => {
    if (!value) return undefined;
    return settingsSchema.shape[field].safeParse(value).error?.issues[0]?.message;
  };

/** Stops at the first question that is cancelled. */
async function askSettings(): Promise<{ settings: Settings; text: string } | null> {
  const name = answered(
    await text({
      ...{ message: 'Name of the mesh', placeholder: 'probemesh', defaultValue: 'probemesh' },
      validate: fieldError('name'),
    }),
  );
  if (name === null) return null;
  const regions = answered(
    await multiselect({
      message: 'AWS regions that measure (space selects)',
      options: REGIONS.map((value) => ({ value })),
      initialValues: DEFAULT_REGIONS,
      required: true,
    }),
  );
  if (regions === null) return null;
  const domain = answered(
    await text({
      message: 'Domain of the coordinator, in a zone of your Cloudflare account (empty: workers.dev)',
      ...{ placeholder: 'status.acme.dev', defaultValue: '' },
      validate: fieldError('domain'),
    }),
  );
  if (domain === null) return null;
  const plan = answered(
    await select({
      message: 'Plan of Cloudflare Workers',
      options: [
        { value: 'paid' as const, label: 'Workers Paid' },
        { value: 'free' as const, label: 'Free', hint: 'a few monitors' },
      ],
    }),
  );
  if (plan === null) return null;
  const hasWatchdog = answered(
    await confirm({ message: 'Run a watchdog on AWS, which notices when Cloudflare fails?' }),
  );
  if (hasWatchdog === null) return null;
  const input: SettingsInput = {
    ...{ name, regions, plan },
    ...(domain === '' ? {} : { domain }),
    ...(hasWatchdog ? { watchdog: { regions: regions.slice(0, 2) } } : {}),
  };
  return { settings: settingsSchema.parse(input), text: settingsText(input) };
}

export const settingsText = (input: SettingsInput): string =>
  `# The deployment of this mesh: npm run deploy. Fields: docs/guide/deploy.md\n${stringify(input)}`;

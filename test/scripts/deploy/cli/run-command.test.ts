// The command line of `npm run deploy`: what cannot be run, questions, and the file that it writes for GitHub Actions.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { workflowText } from '../../../../scripts/deploy/github-workflow.ts';
import { readOptions } from '../../../../scripts/deploy/options.ts';
import { settingsText } from '../../../../scripts/deploy/prompts.ts';
import { runCommand } from '../../../../scripts/deploy/run-command.ts';
import { parseSettings, settingsSchema } from '../../../../scripts/deploy/settings.ts';

const SETTINGS = 'name: mesh\nregions: [eu-central-1]\n';

/** Without a terminal, in an empty folder. No account is reachable: what gets that far throws. */
async function run(args: readonly string[], settings: string | null = null) {
  const root = await mkdtemp(join(tmpdir(), 'probemesh-command-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  if (settings !== null) await writeFile(join(root, 'probemesh.deploy.yaml'), settings);
  const printed: string[] = [];
  const never = () => Promise.reject(new Error('asked without a terminal'));
  const exitCode = await runCommand(
    {
      ...{ args, cwd: root, out: (text) => printed.push(text), err: (text) => printed.push(text) },
      console: {
        isTerminal: false,
        signal: new AbortController().signal,
        settings: never,
        confirm: never,
        typed: never,
      },
    },
    (log) => ({
      ...{
        env: {},
        root,
        log,
        runner: never,
        probe: never,
        fetch: never,
        now: () => 0,
        wait: async () => undefined,
      },
      hasRecords: async () => false,
    }),
  );
  return { exitCode, printed: printed.join('\n'), root };
}

test('without settings and without a terminal, one error says what to write', async () => {
  const { exitCode, printed } = await run([]);
  expect(exitCode).toBe(2);
  expect(printed).toBe(
    'deploy: probemesh.deploy.yaml does not exist. Write it (docs/guide/deploy.md shows the fields), or run `npm run deploy` in a terminal, which asks for it.',
  );
});

test.each([
  [['frob'], 'Unknown command "frob". Use deploy, status, destroy, rotate-keys.'],
  [['deploy', 'destroy'], 'Unknown command "deploy destroy".'],
  [['--frob'], "Unknown option '--frob'."],
  [['destroy', '--regions', 'eu-central-1'], '--regions is for deploy, not for destroy. Remove it.'],
  [['--regions', ','], '--regions is empty.'],
  [['--config', ''], '--config is empty.'],
])('%j cannot be run, and the error says why', async (args, message) => {
  const { exitCode, printed } = await run(args, SETTINGS);
  expect(exitCode).toBe(2);
  expect(printed).toContain(message);
});

test('wrong settings are listed with line and field, and nothing is called', async () => {
  const { exitCode, printed } = await run(['--plan'], 'name: Mesh\nregions: []\nmemry: 1\n');
  expect(exitCode).toBe(2);
  expect(printed).toMatch(/probemesh\.deploy\.yaml:1: name: /);
  expect(printed).toMatch(/probemesh\.deploy\.yaml:2: regions: /);
  expect(printed).toMatch(/memry/);
});

test('without a terminal, a command that changes something needs --yes', async () => {
  for (const command of ['deploy', 'destroy', 'rotate-keys']) {
    const { exitCode, printed } = await run([command], SETTINGS);
    expect({ command, exitCode }).toEqual({ command, exitCode: 2 });
    expect(printed).toContain('Add --yes');
  }
});

test('--help shows every command and option', async () => {
  const { exitCode, printed } = await run(['--help']);
  expect(exitCode).toBe(0);
  for (const word of [
    'status',
    'destroy',
    'rotate-keys',
    '--plan',
    '--regions',
    '--json',
    '--github',
    '--no-rollback',
  ])
    expect(printed).toContain(word);
});

test('a path of the settings begins where the person is', () => {
  expect(readOptions(['--config', 'mesh/eu.yaml'], '/home/ada')?.settingsPath).toBe('/home/ada/mesh/eu.yaml');
});

test('--github writes a workflow that deploys with a role and with secrets, and no value of one', async () => {
  const { exitCode, printed, root } = await run(['--github'], SETTINGS);
  expect(exitCode).toBe(0);
  const text = await readFile(join(root, '.github/workflows/probemesh-deploy.yml'), 'utf8');
  const workflow = parse(text);
  expect(workflow.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  expect(workflow.concurrency['cancel-in-progress']).toBe(false);
  const steps = workflow.jobs.deploy.steps as readonly {
    run?: string;
    env?: Record<string, string>;
    with?: object;
  }[];
  expect(steps.at(-1)?.run).toBe('npm run deploy -- --yes');
  for (const [name, value] of Object.entries(steps.at(-1)?.env ?? {}))
    expect(value).toBe(`\${{ ${name === 'CLOUDFLARE_ACCOUNT_ID' ? 'vars' : 'secrets'}.${name} }}`);
  expect(printed).toContain('gh secret set PROBEMESH_WATCHDOG_KEY');
});

test('the workflow has the variables of the emergency channel', () => {
  const settings = settingsSchema.parse({
    regions: ['eu-central-1'],
    watchdog: { regions: ['eu-central-1'], emergency: { type: 'pagerduty', routingKey: '$PAGERDUTY_KEY' } },
  });
  expect(workflowText(settings)).toMatch(/PAGERDUTY_KEY: \$\{\{ secrets\.PAGERDUTY_KEY \}\}/);
});

test('the workflow has the signing key only if the probes sign requests', () => {
  const textWith = (signRequests: boolean): string =>
    workflowText(settingsSchema.parse({ regions: ['eu-central-1'], signRequests }));
  expect(textWith(true)).toMatch(/PROBEMESH_SIGNING_KEY: \$\{\{ secrets\.PROBEMESH_SIGNING_KEY \}\}/);
  expect(textWith(false)).not.toContain('SIGNING_KEY');
});

test('the settings that the terminal asks for are read back as they were answered', () => {
  const text = settingsText({
    name: 'mesh',
    regions: ['eu-central-1'],
    domain: 'status.acme.dev',
    plan: 'free',
  });
  expect(parseSettings(text)).toMatchObject({
    name: 'mesh',
    domain: 'status.acme.dev',
    plan: 'free',
    watchdog: null,
  });
});

// `npm run deploy` in a real terminal: its questions, wrong answers, Ctrl-C at each of them and during a step, and a narrow window.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../../../scripts/deploy/settings.ts';
import { deployInTerminal, deployProcess, serveAccounts } from '../../../support/deploy/deploy-process.ts';
import { type DeployedMesh, deployedMesh } from '../../../support/deploy/deployed-mesh.ts';

const LIMIT_MS = 240_000;
const [ENTER, DOWN, BACKSPACE, CTRL_C] = ['\r', '\u001b[B', '\u007f', '\u0003'];
const ONE = { name: 'mesh', regions: ['eu-central-1'] };

const hasPty = process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty']).status === 0;
if (!hasPty) console.log('left out: tests in a terminal need python3');

async function emptyFolder() {
  const mesh = await deployedMesh(ONE);
  const settingsPath = join(mesh.root, 'probemesh.deploy.yaml');
  await rm(settingsPath);
  return { mesh, settingsPath, accounts: await serveAccounts(mesh) };
}

/** Whether either account has anything of a mesh. */
const isUntouched = ({ aws, cloudflare }: DeployedMesh): boolean =>
  aws.calls.every(({ mutates }) => !mutates) &&
  [cloudflare.databases, cloudflare.queues, cloudflare.scripts].every(({ size }) => size === 0);

/** Each question, and keys that answer it. */
const QUESTIONS = [
  ['Name of the mesh', `mesh${ENTER}`],
  ['AWS regions that measure', ENTER],
  ['Domain of the coordinator', ENTER],
  ['Plan of Cloudflare Workers', ENTER],
  ['Run a watchdog on AWS', ENTER],
  ['Do it?', ENTER],
] as const;

describe.skipIf(!hasPty)('in a terminal', { timeout: LIMIT_MS }, () => {
  test('it asks for the settings, says what is wrong with an answer, writes the file, and deploys', async () => {
    const { mesh, settingsPath, accounts } = await emptyFolder();
    const terminal = deployInTerminal(mesh, accounts);
    await terminal.shows('Name of the mesh');
    terminal.type(`Bad Name${ENTER}`);
    await terminal.shows('Use 1 to 30 lower-case letters');
    terminal.type(`${BACKSPACE.repeat(8)}mesh${ENTER}`);
    await terminal.shows('AWS regions that measure');
    // All, then none.
    terminal.type('a');
    terminal.type('a');
    terminal.type(ENTER);
    await terminal.shows('Please select at least one option');
    terminal.type(` ${ENTER}`);
    await terminal.shows('Domain of the coordinator');
    terminal.type(`https://acme.dev${ENTER}`);
    await terminal.shows('Use a host name');
    terminal.type(`${BACKSPACE.repeat(16)}${ENTER}`);
    await terminal.shows('Plan of Cloudflare Workers');
    terminal.type(DOWN);
    terminal.type(ENTER);
    await terminal.shows('Run a watchdog on AWS');
    terminal.type(ENTER);
    await terminal.shows('probemesh.deploy.yaml is written.');
    await terminal.shows('Do it?');
    terminal.type(ENTER);
    const { exitCode, printed, isRestored } = await terminal.ended();
    expect({ exitCode, isRestored, printed }).toMatchObject({ exitCode: 0, isRestored: true });
    expect(printed).toMatch(
      /Make the first admin: https:\/\/mesh\.acme\.workers\.dev\/setup\?token=[0-9a-f]{64}/,
    );
    expect(parseSettings(readFileSync(settingsPath, 'utf8'))).toMatchObject({
      ...{ name: 'mesh', domain: null, plan: 'free' },
      ...{ regions: ['us-east-1'], watchdog: { regions: ['us-east-1'] } },
    });
  });

  test('Ctrl-C at any question changes nothing, gives the terminal back, and ends with 3', async () => {
    for (const at of QUESTIONS.keys()) {
      const { mesh, settingsPath, accounts } = await emptyFolder();
      const terminal = deployInTerminal(mesh, accounts);
      for (const [question, keys] of QUESTIONS.slice(0, at)) {
        await terminal.shows(question);
        terminal.type(keys);
      }
      await terminal.shows(QUESTIONS[at]![0]);
      terminal.type(CTRL_C);
      const { exitCode, isRestored, printed } = await terminal.ended();
      expect({ at, exitCode, isRestored }).toEqual({ at, exitCode: 3, isRestored: true });
      expect(printed).toContain('Nothing was changed.');
      expect({ at, isUntouched: isUntouched(mesh) }).toEqual({ at, isUntouched: true });
      // The answers are kept for the next run, once all are given.
      expect({ at, isWritten: existsSync(settingsPath) }).toEqual({ at, isWritten: at === 5 });
    }
  });

  test('who refuses the plan changes nothing, also in a window of 30 columns and 10 lines', async () => {
    const { mesh, accounts } = await emptyFolder();
    const terminal = deployInTerminal(mesh, accounts, [], { columns: 30, rows: 10 });
    for (const keys of [`mesh${ENTER}`, ENTER, ENTER, ENTER, ENTER]) {
      await terminal.shows(/[◆]/);
      terminal.type(keys);
      await terminal.shows(/[◇]/);
    }
    await terminal.shows('Do it?');
    terminal.type('n');
    const { exitCode, isRestored, printed } = await terminal.ended();
    expect({ exitCode, isRestored }).toEqual({ exitCode: 3, isRestored: true });
    expect(printed).toContain('Nothing was changed.');
    expect(isUntouched(mesh)).toBe(true);
  });

  test('Ctrl-C during a step ends it, says what is done and how to go on, and ends with 130', async () => {
    const mesh = await deployedMesh(ONE);
    const accounts = await serveAccounts(mesh);
    const terminal = deployInTerminal(mesh, accounts, ['--yes']);
    mesh.aws.faults.afterMutation = async ({ operation }) => {
      if (operation !== 'CreateFunction') return;
      terminal.type(CTRL_C);
      await terminal.shows('Stopping: steps that have begun will end.');
    };
    const { exitCode, isRestored, printed } = await terminal.ended();
    expect({ exitCode, isRestored }).toEqual({ exitCode: 130, isRestored: true });
    expect(printed).toMatch(/Stopped: \d+ steps are done, \d+ were not begun\..+Run `npm run deploy` again/);
    expect(printed).toContain('✓ Lambda function mesh-probe in eu-central-1');
    expect(printed).toContain('- Worker mesh on workers.dev: not begun');
    mesh.aws.faults.afterMutation = null;
    expect(await mesh.run('--yes')).toMatchObject({ exitCode: 0, report: { result: 'done' } });
  });

  test('destroy deletes nothing for another name or Ctrl-C', async () => {
    const mesh = await deployedMesh(ONE);
    const accounts = await serveAccounts(mesh);
    await mesh.run('--yes');
    const before = mesh.aws.calls.filter(({ mutates }) => mutates).length;
    for (const keys of [`mush${ENTER}`, CTRL_C]) {
      const terminal = deployInTerminal(mesh, accounts, ['destroy']);
      await terminal.shows('Type the name of the mesh, mesh, to delete it:');
      terminal.type(keys);
      const { exitCode, isRestored, printed } = await terminal.ended();
      expect({ keys, exitCode, isRestored }).toEqual({ keys, exitCode: 3, isRestored: true });
      expect(printed).toContain('Nothing was deleted.');
    }
    expect(mesh.aws.calls.filter(({ mutates }) => mutates)).toHaveLength(before);
    expect(mesh.cloudflare.scripts.size).toBe(1);
  });
});

test('without a terminal and without --yes, one line says what to add, and it ends with 2', {
  timeout: LIMIT_MS,
}, async () => {
  const mesh = await deployedMesh(ONE);
  const { exitCode, printed } = await deployProcess(mesh, await serveAccounts(mesh), []).ended();
  expect({ exitCode, printed }).toEqual({
    exitCode: 2,
    printed:
      'deploy: There is no terminal to ask in. Add --yes to do it without a question, or --plan to see it.\n',
  });
  expect(isUntouched(mesh)).toBe(true);
});

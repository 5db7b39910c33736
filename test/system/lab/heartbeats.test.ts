// Debian's cron runs jobs with the recipes, and a live mesh sees which of them run, fail, hang and stop. systemd and shellcheck
// read the other recipes.
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../../scripts/start/api.ts';
import { type CronClock, startCronClock } from '../../../scripts/start/cron-clock.ts';
import { RECIPES } from '../../../src/heartbeats/recipes.ts';
import { bodiesOf, createHeartbeats } from '../../support/mesh/heartbeats.ts';
import { type Mesh, startMesh, statusOf, until } from '../../support/mesh/live-mesh.ts';
import { because } from '../../support/missing-program.ts';
import { type Folder, makeFolder } from './folder.ts';
import { labProblem, programPath } from './packages.ts';
import { type LabCron, startCron } from './servers/cron.ts';

const problem = labProblem('cron', 'curl');

const recipe = (id: (typeof RECIPES)[number]['id'], address: string): string =>
  RECIPES.find((one) => one.id === id)!.text(address);

const HEARTBEATS = [
  { id: 'runs', name: 'Mirror', check: { everySeconds: 60, graceSeconds: 20 } },
  { id: 'fails', name: 'Backup', check: { everySeconds: 3_600 } },
  { id: 'hangs', name: 'Export', check: { everySeconds: 3_600, maxDurationSeconds: 10 } },
] as const;

let mesh: Mesh | undefined;
let folder: Folder | undefined;
let cron: LabCron | undefined;
let clock: CronClock | undefined;

beforeAll(async () => {
  if (problem !== null) return;
  mesh = await startMesh(0);
  await mesh.startCoordinator();
  folder = makeFolder();
  const { path } = folder;
  const receiver = { url: mesh.receiver.url, secret: mesh.receiver.secret };
  const [runs, fails, hangs] = await createHeartbeats(mesh.api, HEARTBEATS, receiver);
  clock = startCronClock(mesh.api, () => {});
  const wrapper = (id: string, address: string): string => {
    const file = join(path, `${id}.sh`);
    writeFileSync(file, recipe('wrap', address));
    chmodSync(file, 0o755);
    return file;
  };
  cron = await startCron(path, [
    recipe('crontab', runs!)
      .trim()
      .replace('0 3 * * *', '* * * * *')
      .replace('/usr/local/bin/backup.sh', '/bin/true'),
    `* * * * * ${wrapper('fails', fails!)} sh -c 'echo disk full; exit 3'`,
    `* * * * * ${wrapper('hangs', hangs!)} sleep 3600`,
  ]);
}, 180_000);
afterAll(async () => {
  await cron?.close();
  clock?.stop();
  await mesh?.stop();
  folder?.remove();
});

const verdictOf = async (id: string): Promise<string | undefined> =>
  (await statusOf(mesh!)).monitors.find((monitor) => monitor.id === id)?.verdict;

const explain = async (id: string): Promise<string> =>
  ((await call(mesh!.api, 'GET', `/monitors/${id}/explain`)).body as { why: string }).why;

const titlesOf = (id: string): string[] => bodiesOf(mesh!.receiver.received, id).map(({ title }) => title);

describe.skipIf(problem !== null)(`cron${because(problem)}`, () => {
  test('a job of cron that runs is up, and one that fails or hangs is notified once each', async () => {
    await until('the first job is up', 150_000, async () => (await verdictOf('runs')) === 'up');
    await until('the others are down', 120_000, async () => {
      return (await verdictOf('fails')) === 'down' && (await verdictOf('hangs')) === 'down';
    });
    expect(await explain('fails')).toContain('The job ended with exit code 3 at ');
    expect(await explain('hangs')).toMatch(/A run \([0-9a-f-]{36}\) began at .* It may take 10 s\./);
    await until('both notifications', 30_000, () => titlesOf('fails')[0] && titlesOf('hangs')[0]);
    expect(titlesOf('runs')).toEqual([]);
    expect(await verdictOf('runs')).toBe('up');
    expect(cron!.output()).toBe('');
  }, 330_000);

  test('a job of cron that is stopped is late, and is notified once', async () => {
    await cron!.close();
    await until('the job is late', 180_000, async () => (await verdictOf('runs')) === 'down');
    await until('its notification', 30_000, () => titlesOf('runs')[0]);
    // More evaluations notify nothing.
    await new Promise((resolve) => setTimeout(resolve, 65_000));
    expect(titlesOf('runs')).toEqual(['Mirror did not report in time']);
    expect(titlesOf('fails')).toEqual(['Backup reported a failure (exit code 3)']);
    expect(titlesOf('hangs')).toEqual(['Export runs too long']);
    const [late] = bodiesOf(mesh!.receiver.received, 'runs');
    const { expectedAt, receivedAt } = late!.data.heartbeat!;
    expect(Date.parse(expectedAt) - Date.parse(receivedAt!)).toBe(60_000);
    expect(mesh!.receiver.refused).toEqual([]);
  }, 330_000);
});

const noSystemd = labProblem('systemd-analyze');

describe.skipIf(noSystemd !== null)(`systemd${because(noSystemd)}`, () => {
  test('systemd-analyze verify finds nothing in the unit files of the recipes', () => {
    const units = makeFolder();
    try {
      const files = ['backup.service', 'backup.timer'].map((name) => join(units.path, name));
      const service = recipe('systemd-service', 'https://mesh.example.com/ping/key');
      const verify = (text: string): string => {
        writeFileSync(files[0]!, text.replaceAll('/usr/local/bin/backup.sh', '/bin/true'));
        writeFileSync(files[1]!, recipe('systemd-timer', ''));
        // Its exit code is 0 for what it ignores.
        const { status, stdout, stderr } = spawnSync(
          programPath('systemd-analyze'),
          ['verify', '--man=no', ...files],
          { encoding: 'utf8' },
        );
        return `${status} ${stdout}${stderr}`;
      };
      expect(verify(service)).toBe('0 ');
      expect(verify(service.replace('Type=oneshot', 'Type=onceshot'))).toContain('onceshot');
    } finally {
      units.remove();
    }
  });
});

const noShellcheck = labProblem('shellcheck');

describe.skipIf(noShellcheck !== null)(`shellcheck${because(noShellcheck)}`, () => {
  test.each(RECIPES.filter(({ language }) => language === 'sh').map(({ id }) => id))(
    'shellcheck finds nothing in the recipe "%s"',
    (id) => {
      const input = recipe(id, 'https://mesh.example.com/ping/key');
      const { status, stdout } = spawnSync(programPath('shellcheck'), ['-s', 'sh', '-'], {
        ...{ input, encoding: 'utf8' },
      });
      expect([status, stdout]).toEqual([0, '']);
    },
  );
});

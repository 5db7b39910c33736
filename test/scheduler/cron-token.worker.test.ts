// Which ticks a Worker runs: all of the platform's, and in a local mesh only those of its own start.
import { expect, test, vi } from 'vitest';
import { cronTokenOf } from '../../scripts/start/cron-clock.ts';
import worker from '../../src/worker.ts';
import { bindings } from '../support/d1/http-mesh.ts';

const token = cronTokenOf('API key of this mesh');
const local = { ...bindings, ALLOW_LOOPBACK: 'true', CRON_TOKEN: token, PUBLIC_URL: 'http://127.0.0.1:1' };

/** How the second clock of a local mesh was turned. */
async function turns(cron: string, env: object): Promise<boolean[]> {
  const turned: boolean[] = [];
  const clock = { arm: async () => 'armed' as const, turn: async (on: boolean) => void turned.push(on) };
  const controller = { cron, scheduledTime: 0, noRetry() {} } as ScheduledController;
  const SECOND_CLOCK = { getByName: () => clock };
  await worker
    .scheduled(controller, { ...bindings, ...env, SECOND_CLOCK, DB: unreachable(() => {}) })
    .catch(() => {});
  return turned;
}

const unreachable = (onUse: () => void): D1Database =>
  new Proxy(bindings.DB, {
    get() {
      onUse();
      throw new Error('the test ends here');
    },
  });

/** Whether the tick got as far as D1. */
async function runs(cron: string, env: object): Promise<boolean> {
  let reached = false;
  const DB = unreachable(() => {
    reached = true;
  });
  const controller = { cron, scheduledTime: 0, noRetry() {} } as ScheduledController;
  const isSwitch = cron.includes('second-clock');
  const run = worker.scheduled(controller, { ...bindings, ...env, DB });
  if (isSwitch) await run;
  else await expect(run).rejects.toThrow();
  return reached;
}

test.each(['* * * * *', '', 'wrong', cronTokenOf('another token'), `${token} `])(
  'a local mesh does not run a tick with the cron expression %j',
  async (cron) => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(await runs(cron, local)).toBe(false);
    expect(warned.mock.calls.flat().join()).toContain('tick.refused');
    warned.mockRestore();
  },
);

test('a local mesh runs a tick that has its token', async () => {
  expect(await runs(token, local)).toBe(true);
});

test('a deployed Worker runs the ticks of the platform, and ignores the variable of the local mesh', async () => {
  expect(await runs('* * * * *', {})).toBe(true);
  expect(await runs('* * * * *', { CRON_TOKEN: token })).toBe(true);
});

test('a local mesh turns its second clock off and on with its token, and runs no tick for it', async () => {
  expect(await turns(`${token} second-clock=off`, local)).toEqual([false]);
  expect(await turns(`${token} second-clock=on`, local)).toEqual([true]);
  expect(await runs(`${token} second-clock=off`, local)).toBe(false);
});

test.each([
  `${cronTokenOf('another token')} second-clock=off`,
  'second-clock=off',
  ' second-clock=off',
  `${token} second-clock=never`,
])('a local mesh does not turn its second clock with %j', async (cron) => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  expect(await turns(cron, local)).toEqual([]);
  warned.mockRestore();
});

test('a deployed Worker never turns its second clock', async () => {
  expect(await turns(`${token} second-clock=off`, { CRON_TOKEN: token })).toEqual([]);
  expect(await turns('* * * * * second-clock=off', {})).toEqual([]);
});

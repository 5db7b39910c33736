// Which ticks a Worker runs: all of the platform's, and in a local mesh only those of its own start.
import { expect, test, vi } from 'vitest';
import { cronTokenOf } from '../../scripts/start/cron-clock.ts';
import worker from '../../src/worker.ts';
import { bindings } from '../support/d1/http-mesh.ts';

const token = cronTokenOf('API key of this mesh');
const local = { ...bindings, ALLOW_LOOPBACK: 'true', CRON_TOKEN: token, PUBLIC_URL: 'http://127.0.0.1:1' };

/** Whether the tick got as far as D1. */
async function runs(cron: string, env: object): Promise<boolean> {
  let reached = false;
  const DB = new Proxy(bindings.DB, {
    get() {
      reached = true;
      throw new Error('the test ends here');
    },
  });
  const controller = { cron, scheduledTime: 0, noRetry() {} } as ScheduledController;
  await expect(worker.scheduled(controller, { ...bindings, ...env, DB })).rejects.toThrow();
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

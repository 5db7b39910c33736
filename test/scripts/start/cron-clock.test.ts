// What the start of a local mesh sends to the trigger of its Worker, over a real socket.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type CronTarget,
  cronTokenOf,
  fireCron,
  turnSecondClock,
} from '../../../scripts/start/cron-clock.ts';

let server: Server;
let target: CronTarget;
let asked: string[];
let status: number;

beforeEach(async () => {
  [asked, status] = [[], 200];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://worker');
    asked.push(`${url.pathname} ${url.searchParams.get('cron')}`);
    response.writeHead(status).end('{"outcome":"ok"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'key of this mesh' };
});
afterEach(() => void server.close());

const PATH = '/cdn-cgi/local/scheduled';
const token = cronTokenOf('key of this mesh');

test('a tick brings the token of its mesh as its cron expression', async () => {
  await fireCron(target, 0);
  expect(asked).toEqual([`${PATH} ${token}`]);
});

test('the switch of the second clock brings the token and the new state', async () => {
  await turnSecondClock(target, false);
  await turnSecondClock(target, true);
  expect(asked).toEqual([`${PATH} ${token} second-clock=off`, `${PATH} ${token} second-clock=on`]);
});

test('a switch that the Worker refuses rejects with what it answered', async () => {
  status = 500;
  await expect(turnSecondClock(target, false)).rejects.toThrow(
    'the switch of the second clock failed: status 500',
  );
});

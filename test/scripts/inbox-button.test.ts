// The button of a message in the inbox of `npm start`, over real sockets: what it sends, and what a person reads if it fails.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Inbox, startInbox } from '../../scripts/inbox/inbox.ts';
import { generateSecret } from '../../src/channels/webhook.ts';
import golden from '../channels/golden/slack.json' with { type: 'json' };

let inbox: Inbox;
beforeEach(async () => {
  inbox = await startInbox({ port: 0, secret: generateSecret(), log: () => {} });
  const { url, body } = golden['incident.opened'][0]!;
  const path = new URL(url).pathname;
  const sent = await fetch(`${inbox.url}/slack${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(sent.status).toBe(200);
});
afterEach(() => inbox.stop());

/** Opens the page after the button was pressed. */
const press = async (headers: Record<string, string> = {}) => {
  const pressed = await fetch(`${inbox.url}/press/1`, { method: 'POST', headers });
  return { status: pressed.status, page: await pressed.text() };
};
const useCoordinator = (url: string) =>
  inbox.setCallbacks({
    url,
    slack: { channelId: 'demo-slack', signingSecret: 'a signing secret of Slack' },
    pagerduty: { channelId: 'demo-pagerduty', webhookSecret: 'a secret of PagerDuty' },
  });

async function coordinator(status: number) {
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url);
    request.resume();
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths, stop };
}

test('a button whose coordinator does not answer shows that beside the message', async () => {
  const { url, stop } = await coordinator(200);
  await stop();
  useCoordinator(url);
  expect((await press()).page).toContain('The coordinator could not be reached');
});

test('a button that the coordinator refuses shows its status beside the message', async () => {
  const refusing = await coordinator(401);
  useCoordinator(refusing.url);
  expect((await press()).page).toContain('The coordinator responded 401.');
  expect(refusing.paths).toEqual(['/interactions/slack/demo-slack']);
  await refusing.stop();
});

test('a page of another site presses no button', async () => {
  const other = await coordinator(200);
  useCoordinator(other.url);
  expect((await press({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect(other.paths).toEqual([]);
  await other.stop();
});

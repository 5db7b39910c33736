// The target of a check: which targets are rejected, by the field to change, and how notifications show it.
import { beforeEach, describe, expect, test } from 'vitest';
import {
  bindings,
  createMonitor,
  empty,
  patch,
  post,
  runUntilConfirmed,
  SHOP,
} from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const http = (url: string) => ({ ...SHOP, check: { type: 'http', url } });

describe('the URL of a check', () => {
  test.each([
    ['loopback', 'http://127.0.0.1/'],
    ['loopback as one number', 'http://2130706433/'],
    ['loopback in octal and hex', 'http://0177.0.0x1/'],
    ['short loopback', 'http://127.1/'],
    ['IPv6 loopback', 'http://[::1]:8080/'],
    ['loopback inside IPv6', 'http://[::ffff:127.0.0.1]/'],
    ['loopback inside IPv6, in hex', 'https://[::ffff:7f00:1]/'],
    ['a private address behind NAT64', 'https://[64:ff9b::10.0.0.1]/'],
    ['the metadata address', 'http://169.254.169.254/latest/meta-data/'],
    ['a full-width loopback', 'http://１２７.０.０.１/'],
  ])('a URL with %s is rejected with the path check.url', async (_, url) => {
    const response = await post('/api/v1/monitors', http(url));
    expect([response.status, response.json.errors[0].path]).toEqual([422, 'check.url']);
  });

  test('a URL with port 25 is rejected with the path check.url, also in an update', async () => {
    expect((await post('/api/v1/monitors', http('http://mail.example.com:25/'))).json.errors).toMatchObject([
      { path: 'check.url', message: expect.stringContaining('AWS blocks TCP port 25') },
    ]);
    await createMonitor(http('https://shop.example.com/'));
    const changed = await patch('/api/v1/monitors/shop', { check: { url: 'http://10.0.0.1/' } });
    expect(changed.json.errors).toMatchObject([{ path: 'check.url' }]);
  });
});

describe('notifications', () => {
  const notifiedTarget = async (): Promise<object> => {
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    const body = await bindings.DB.prepare(
      "SELECT body FROM notifications WHERE event = 'incident.opened'",
    ).first<string>('body');
    return JSON.parse(body!).data.monitor.check;
  };

  test.each([
    ['https://shop.example.com/health?deep=1', { host: 'shop.example.com', port: 443 }],
    ['http://shop.example.com:8080/', { host: 'shop.example.com', port: 8080 }],
  ])('a notification of a monitor with the URL %s shows its host and port only', async (url, named) => {
    await createMonitor(http(url));
    expect(await notifiedTarget()).toEqual({ type: 'http', ...named });
  });

  test('a check without a target of its own is accepted, and its notification shows an empty target', async () => {
    await createMonitor({ check: { type: 'dns', name: 'shop.example.com' } });
    expect(await notifiedTarget()).toEqual({ type: 'dns', host: '', port: 0 });
  });

  test('a notification of a monitor that was stored without a newer option shows its target', async () => {
    await createMonitor();
    await bindings.DB.prepare('UPDATE monitors SET "check" = ?')
      .bind(JSON.stringify({ type: 'tcp', host: 'shop.example.com', port: 443 }))
      .run();
    expect(await notifiedTarget()).toEqual({ type: 'tcp', host: 'shop.example.com', port: 443 });
    // An update that adds the defaults of the newer options does not change the target.
    await patch('/api/v1/monitors/shop', { check: { timeoutMs: 4_000 } });
    const journal = await bindings.DB.prepare('SELECT group_concat(detail) AS d FROM journal').first<string>(
      'd',
    );
    expect(journal).not.toContain('target_changed');
  });
});

// Where checks go: what is refused when a monitor is written, by the field to change, and what notifications say of it.
import { beforeEach, describe, expect, test } from 'vitest';
import { bindings, createMonitor, empty, patch, post, SHOP, settleOn } from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const http = (url: string) => ({ ...SHOP, check: { type: 'http', url } });

describe('a target that is written as a URL', () => {
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
  ])('%s is refused by check.url', async (_, url) => {
    const answer = await post('/api/v1/monitors', http(url));
    expect([answer.status, answer.json.errors[0].path]).toEqual([422, 'check.url']);
  });

  test('port 25 is refused by check.url as well, and also when it is a change', async () => {
    expect((await post('/api/v1/monitors', http('http://mail.example.com:25/'))).json.errors).toMatchObject([
      { path: 'check.url', message: expect.stringContaining('AWS blocks TCP port 25') },
    ]);
    await createMonitor(http('https://shop.example.com/'));
    const changed = await patch('/api/v1/monitors/shop', { check: { url: 'http://10.0.0.1/' } });
    expect(changed.json.errors).toMatchObject([{ path: 'check.url' }]);
  });
});

describe('notifications', () => {
  const told = async (): Promise<object> => {
    await settleOn(1, 0);
    await settleOn(1, 6);
    const body = await bindings.DB.prepare(
      "SELECT body FROM notifications WHERE event = 'incident.opened'",
    ).first<string>('body');
    return JSON.parse(body!).data.monitor.check;
  };

  test.each([
    ['https://shop.example.com/health?deep=1', { host: 'shop.example.com', port: 443 }],
    ['http://shop.example.com:8080/', { host: 'shop.example.com', port: 8080 }],
  ])('of %s name its host and port, and nothing else of it', async (url, named) => {
    await createMonitor(http(url));
    expect(await told()).toEqual({ type: 'http', ...named });
  });

  test('of a check without a target of its own name none, and no rule stands in its way', async () => {
    await createMonitor({ check: { type: 'dns', name: 'shop.example.com' } });
    expect(await told()).toEqual({ type: 'dns', host: '', port: 0 });
  });

  test('of a monitor that was stored before an option was invented name its target', async () => {
    await createMonitor();
    await bindings.DB.prepare('UPDATE monitors SET "check" = ?')
      .bind(JSON.stringify({ type: 'tcp', host: 'shop.example.com', port: 443 }))
      .run();
    expect(await told()).toEqual({ type: 'tcp', host: 'shop.example.com', port: 443 });
    // And what was seen of it still counts when somebody writes it with the new defaults.
    await patch('/api/v1/monitors/shop', { check: { timeoutMs: 4_000 } });
    const journal = await bindings.DB.prepare('SELECT group_concat(detail) AS d FROM journal').first<string>(
      'd',
    );
    expect(journal).not.toContain('target_changed');
  });
});

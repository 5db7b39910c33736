// The configuration as YAML: shown, planned with a diff, applied, and refused with the line of each mistake.
import { beforeEach, describe, expect, test } from 'vitest';
import { ask, bindings, clock, empty } from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';

const PATH = '/dashboard/configuration';
const SHOP = { id: 'shop', name: 'Shop <b>', check: { type: 'tcp', host: 'shop.example.com', port: 443 } };

let ada: SignedIn;
beforeEach(async () => {
  await empty();
  await bindings.DB.batch(
    ['people', 'sessions', 'audit_entries', 'audit_chain'].map((table) =>
      bindings.DB.prepare(`DELETE FROM ${table}`),
    ),
  );
  ada = await signIn('editor');
  await ask('/api/v1/monitors', { method: 'POST', body: { ...SHOP, intervalSeconds: 60 } });
});

const unescaped = (html: string): string =>
  html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
const documentOf = (html: string): string =>
  unescaped(/<textarea[^>]*>([\s\S]*?)<\/textarea>/.exec(html)![1]!);
const hidden = (html: string, name: string): string =>
  unescaped(new RegExp(`name="${name}" value="([\\s\\S]*?)"/>`).exec(html)![1]!);
const monitors = async () => (await ask('/api/v1/monitors')).json.monitors;

const stored = async (): Promise<string> => documentOf((await get(PATH, ada)).text);

test('the document on the page changes nothing when it comes back', async () => {
  const text = await stored();
  expect(text).toContain('host: shop.example.com');
  const preview = await submit(`${PATH}/preview`, ada, { text });
  expect(preview.status).toBe(200);
  expect(preview.text).toContain('The document changes nothing.');
});

test('a change is planned with its diff, applied, and told', async () => {
  const text = (await stored()).replace('port: 443', 'port: 8443');
  const preview = await submit(`${PATH}/preview`, ada, { text: text.replaceAll('\n', '\r\n') });
  expect(preview.status).toBe(200);
  expect(preview.text).toContain('shop (check.port)');
  expect(preview.text).toMatch(
    /class="removed">[^/]*<\/span><span class="hidden">Removed: <\/span><code>\s+port: 443</,
  );
  expect(preview.text).toMatch(/Added: <\/span><code>\s+port: 8443</);
  expect((await monitors())[0].check.port).toBe(443);
  const fields = { text: hidden(preview.text, 'text'), base: hidden(preview.text, 'base') };
  const applied = await submit(PATH, ada, fields);
  expect([applied.status, applied.headers.get('location')]).toEqual([303, PATH]);
  expect((await monitors())[0].check.port).toBe(8443);
});

test('a plan for a configuration that somebody changed meanwhile is shown anew, and not applied', async () => {
  const text = (await stored()).replace('port: 443', 'port: 8443');
  const preview = await submit(`${PATH}/preview`, ada, { text });
  clock.now += 1_000;
  await ask('/api/v1/monitors/shop', { method: 'PATCH', body: { name: 'Store' } });
  const fields = { text: hidden(preview.text, 'text'), base: hidden(preview.text, 'base') };
  const again = await submit(PATH, ada, fields);
  expect(again.status).toBe(409);
  expect(again.text).toContain('Another person changed the configuration meanwhile');
  expect(again.text).toContain('name: Store');
  expect((await monitors())[0].check.port).toBe(443);
});

describe('a document is refused with the line of the mistake, and nothing changes:', () => {
  test.each([
    [
      'YAML that does not parse',
      (text: string) => `${text}\n\tx: 1`,
      /Line \d+: YAML is indented with spaces/,
    ],
    [
      'a wrong value',
      (text: string) => text.replace('port: 443', 'port: 70000'),
      /Line 7: <code>monitors\[0\]\.check\.port<\/code>/,
    ],
    ['an unknown field', (text: string) => text.replace('port: 443', 'prot: 443'), /monitors\[0\]\.check/],
    ['a list', () => '- 1', /Nothing was changed/],
  ])('%s', async (_, change, message) => {
    const text = change(await stored());
    const refused = await submit(`${PATH}/preview`, ada, { text });
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(message);
    expect(documentOf(refused.text).trim()).toBe(text.trim());
    expect(await monitors()).toHaveLength(1);
  });
});

test('a document that deletes much needs a box', async () => {
  for (const id of ['a', 'b', 'c', 'd'])
    await ask('/api/v1/monitors', { method: 'POST', body: { ...SHOP, id, intervalSeconds: 60 } });
  const preview = await submit(`${PATH}/preview`, ada, { text: 'monitors: []\n' });
  expect(preview.text).toContain('Deleted (5)');
  const fields = { text: hidden(preview.text, 'text'), base: hidden(preview.text, 'base') };
  const without = await submit(PATH, ada, fields);
  expect([without.status, (await monitors()).length]).toEqual([409, 5]);
  const applied = await submit(PATH, ada, { ...fields, allowDelete: 'yes' });
  expect([applied.status, (await monitors()).length]).toEqual([303, 0]);
});

test('viewers read it, and people with a restriction do not', async () => {
  const viewer = await signIn('viewer');
  const { text } = await get(PATH, viewer);
  expect(text).toContain('host: shop.example.com');
  expect(text).not.toContain('<textarea');
  expect((await submit(`${PATH}/preview`, viewer, { text: '' })).status).toBe(403);
  const restricted = await signIn('editor', { tags: ['team:shop'] });
  expect((await get(PATH, restricted)).status).toBe(403);
});

test('the file to download is the document, and names are text on the page', async () => {
  const file = await get(`${PATH}/probemesh.yaml`, ada);
  expect(file.headers.get('content-disposition')).toBe('attachment; filename="probemesh.yaml"');
  expect(file.text.trim()).toBe((await stored()).trim());
  expect((await get(PATH, ada)).text).not.toContain('Shop <b>');
});

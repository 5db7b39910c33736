// Changing many monitors: the preview changes nothing and says what would become of each, the change does exactly that, and
// undo restores it.
import { beforeEach, describe, expect, test } from 'vitest';
import { ask, bindings, createMonitor, empty, patch, post, RECEIVER } from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';

const BULK = '/dashboard/monitors/_bulk';
let ada: SignedIn;
beforeEach(async () => {
  await empty();
  await bindings.DB.prepare('delete from sessions').run();
  ada = await signIn('admin');
  for (const id of ['a', 'b', 'c'])
    await createMonitor({ id, name: `Monitor ${id}`, tags: { team: 'shop' } });
});

const read = async (id: string) => (await ask(`/api/v1/monitors/${id}`)).json;
const preview = (query: string, person = ada) => get(`${BULK}?${query}`, person);
const revisionOf = (text: string): string => /name="revision" value="([^"]+)"/.exec(text)?.[1] ?? '';
/** What the form of a preview posts. */
const apply = async (query: string, more: Record<string, string> = {}, person = ada) => {
  const { text } = await preview(query, person);
  return send(query, { revision: revisionOf(text), ...more }, person);
};
const send = (query: string, more: Record<string, string>, person = ada) => {
  const body = new URLSearchParams(query);
  for (const [name, value] of Object.entries({ csrf: person.csrf, ...more })) body.append(name, value);
  return ask(BULK, {
    method: 'POST',
    token: null,
    body: body.toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      origin: 'https://status.test',
      cookie: person.cookie,
    },
  });
};
const flashOf = (answer: Awaited<ReturnType<typeof send>>) =>
  JSON.parse(
    decodeURIComponent(
      decodeURIComponent(/flash=([^;]*)/.exec(answer.headers.get('set-cookie')!)![1]!).split('.')[0]!,
    ),
  );
const undo = (answer: Awaited<ReturnType<typeof send>>, person = ada) =>
  submit(`${BULK}/undo`, person, flashOf(answer).undo.fields);

const TICKED = 'scope=ticked&monitor=a&monitor=b';

describe('the preview', () => {
  test('shows each monitor before and after, and changes nothing', async () => {
    await patch('/api/v1/monitors/b', { paused: true });
    const { status, text } = await preview(`${TICKED}&action=pause`);
    expect(status).toBe(200);
    expect(text).toContain('What changes: 1 monitor');
    expect(text).toMatch(/<td[^>]*>Checked<\/td><td[^>]*>Paused<\/td>/);
    expect(text).toContain('1 monitor stay the same');
    expect((await read('a')).paused).toBe(false);
  });

  test('of all that a filter matches takes those, and no others', async () => {
    await patch('/api/v1/monitors/c', { tags: { team: 'web' } });
    const query = 'scope=all&f.tag=team:shop&action=interval&interval=300&preview=yes';
    expect((await preview(query)).text).toContain('What changes: 2 monitors');
    expect((await apply(query)).status).toBe(303);
    expect((await read('a')).intervalSeconds).toBe(300);
    expect((await read('c')).intervalSeconds).toBe(60);
  });

  test.each([
    ['scope=ticked&action=pause', 'No monitor is ticked.'],
    ['scope=all&f.state=broken&action=pause', 'A filter of the list is not valid.'],
    ['scope=all&f.q=nothing&action=pause', 'No monitor matches the filters any more.'],
    [`${TICKED}&action=addTags&preview=yes&tags=`, 'Write a tag, such as team:shop.'],
    [`${TICKED}&action=addTags&preview=yes&tags=no%20tag%3Ax`, 'A tag name must be'],
    [`${TICKED}&action=channels&channelMode=add&preview=yes`, 'Choose a channel.'],
    [`${TICKED}&action=locations&locationMode=some&preview=yes`, 'Choose a location, or all.'],
    [`${TICKED}&action=interval&interval=61&preview=yes`, 'Must be'],
  ])('of %s says what is missing', async (query, text) => {
    const answer = await preview(query);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(text);
  });

  test('keeps what was typed', async () => {
    expect((await preview(`${TICKED}&action=addTags&preview=yes&tags=no%20tag%3Ax`)).text).toContain(
      'value="no tag:x"',
    );
  });
});

describe('a change', () => {
  test.each([
    ['action=pause', { paused: true }],
    ['action=addTags&tags=stage:test,old&preview=yes', { tags: { team: 'shop', stage: 'test', old: '' } }],
    ['action=removeTags&tags=team&preview=yes', { tags: {} }],
    ['action=group&group=Shop&preview=yes', { group: 'Shop' }],
    [
      'action=locations&locationMode=some&location=aws:us-east-1&preview=yes',
      { locations: ['aws:us-east-1'] },
    ],
    ['action=channels&channelMode=set&preview=yes', { channels: [] }],
  ])('by %s is applied, and undone', async (action, expected) => {
    const before = await read('a');
    const changed = await apply(`${TICKED}&${action}`);
    expect(changed.status).toBe(303);
    expect(flashOf(changed).text).toMatch(/^2 monitors (paused|changed)\.$/);
    expect(await read('a')).toMatchObject(expected);
    const undone = await undo(changed);
    expect(flashOf(undone).text).toBe('2 monitors are as before.');
    const { updatedAt: _, since: _s, ...after } = await read('a');
    const { updatedAt: _u, since: _t, ...was } = before;
    expect(after).toEqual(was);
  });

  test('adds a channel and removes it again', async () => {
    await post('/api/v1/channels', RECEIVER);
    await apply(`${TICKED}&action=channels&channelMode=add&channel=on-call&preview=yes`);
    expect((await read('a')).channels).toEqual(['on-call']);
    await apply(`${TICKED}&action=channels&channelMode=remove&channel=on-call&preview=yes`);
    expect((await read('a')).channels).toEqual([]);
  });

  test('is refused if a monitor has changed since the preview, and the page shows what would change now', async () => {
    const { text } = await preview(`${TICKED}&action=pause`);
    await patch('/api/v1/monitors/b', { paused: true });
    const answer = await send(`${TICKED}&action=pause`, { revision: revisionOf(text) });
    expect(answer.status).toBe(409);
    expect(answer.text).toContain('The monitors have changed since the preview, so nothing was changed.');
    expect(answer.text).toContain('What changes: 1 monitor');
    expect((await read('a')).paused).toBe(false);
    expect((await send(`${TICKED}&action=pause`, {})).status).toBe(409);
  });

  test('leaves out what is refused, and says so', async () => {
    await patch('/api/v1/monitors/c', { dependsOn: ['a'] });
    const { text } = await preview(`${TICKED}&action=delete`);
    expect(text).toContain('1 monitor is refused and would stay as now.');
    expect(text).toContain('is named by monitor &quot;c&quot; (dependsOn)');
    expect((await apply(`${TICKED}&action=delete`)).status).toBe(422);
    const deleted = await apply(`${TICKED}&action=delete`, { confirm: 'yes' });
    expect(flashOf(deleted)).toMatchObject({ text: '1 monitor deleted. 1 was refused.' });
    expect(flashOf(deleted).undo).toBeUndefined();
    const detached = await apply(`${TICKED}&action=delete&detach=yes`, { confirm: 'yes' });
    expect(flashOf(detached).text).toContain('1 monitor deleted.');
    expect((await read('c')).dependsOn).toEqual([]);
  });
});

describe('undo', () => {
  test('leaves a monitor that has changed since', async () => {
    const changed = await apply(`${TICKED}&action=group&group=Shop&preview=yes`);
    await patch('/api/v1/monitors/b', { group: 'Other' });
    expect(flashOf(await undo(changed)).text).toBe(
      '1 monitor is as before. 1 has changed since, and stayed.',
    );
    expect([(await read('a')).group, (await read('b')).group]).toEqual([null, 'Other']);
  });

  test('is for the person who made the change', async () => {
    const changed = await apply(`${TICKED}&action=pause`);
    const other = await signIn('editor');
    expect(flashOf(await undo(changed, other)).text).toContain('Nothing was undone');
    expect((await read('a')).paused).toBe(true);
  });

  test.each([
    ['x', 'y'],
    ['1', '99999'],
    ['-1', '0'],
    ['1.5', '2'],
  ])('of entries %s to %s does nothing', async (first, last) => {
    const answer = await submit(`${BULK}/undo`, ada, { first, last });
    expect(flashOf(answer).text).toContain('Nothing was undone');
  });
});

test('a restricted editor changes what is inside, and learns nothing of the rest', async () => {
  await createMonitor({ id: 'secret', name: 'Hidden', tags: { team: 'web' } });
  const shop = await signIn('editor', { tags: ['team:shop'] });
  const { text } = await preview('scope=ticked&monitor=secret&monitor=a&action=pause', shop);
  expect(text).toContain('What changes: 1 monitor');
  expect(text).not.toContain('Hidden');
  expect((await preview('scope=all&action=pause', shop)).text).toContain('What changes: 3 monitors');
  await apply('scope=ticked&monitor=secret&monitor=a&action=pause', {}, shop);
  expect([(await read('secret')).paused, (await read('a')).paused]).toEqual([false, true]);
});

test.each(['viewer', 'responder'] as const)('a %s cannot use these pages', async (role) => {
  const person = await signIn(role);
  expect((await preview(`${TICKED}&action=pause`, person)).status).toBe(403);
  expect((await send(`${TICKED}&action=pause`, { revision: 'x' }, person)).status).toBe(403);
});

// The page of a signed link in a real browser: in light and dark, wide and narrow, by keyboard, and after the button.
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { acknowledgeUrl } from '../../../src/acknowledge-link.ts';
import { type Mesh, noBrowser, startMesh } from './mesh.ts';
import { expectWellFormed, type Visit, visit, WIDE_AND_NARROW } from './people.ts';

/** A folder for screenshots of every page. Unset: no screenshots. */
const SCREENSHOTS = process.env.SCREENSHOTS;
const KEYS = { encryptionKey: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=' };

let mesh: Mesh;
let link = '';
let id = '';
beforeAll(async () => {
  if (noBrowser !== null) return;
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
  mesh = await startMesh({ vars: { ALLOW_LOOPBACK: 'true' } });
});
afterAll(() => mesh?.stop());

const api = async (path: string) => {
  const headers = { authorization: 'Bearer test-token' };
  // biome-ignore lint/suspicious/noExplicitAny: the API's tests check its types.
  return (await (await fetch(mesh.url + path, { headers })).json()) as any;
};

/** A name that is long, and that a page without escaping would run. */
const NAME = 'Payments of the <b>web shop</b> & everything else that belongs to it';

beforeEach(async () => {
  if (noBrowser !== null) return;
  const secret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
  const config = { url: 'https://hooks.example.com/probemesh', secret };
  await mesh.play({
    monitors: [
      {
        ...{ id: 'pay', name: NAME, intervalSeconds: 60, public: true },
        check: { type: 'tcp', host: 'pay.example.com', port: 443 },
      },
    ],
    phases: [{ 1: 6 }],
    channels: [{ id: 'ops', type: 'webhook', name: 'Ops chat', config }],
  });
  const [incident] = (await api('/api/v1/incidents')).incidents;
  id = incident.id;
  const { createdAt } = await api('/api/v1/channels/ops');
  const channel = { id: 'ops', createdAt: Date.parse(createdAt) };
  const url = await acknowledgeUrl(KEYS, '', id, channel, Date.parse(incident.detectedAt));
  link = url;
});

async function shoot({ page }: Visit, name: string): Promise<void> {
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test.each(WIDE_AND_NARROW)(
    'the page before and after the button, of a snooze and of a dead link is accessible and fits, at $width px in $colorScheme',
    async (run) => {
      const suffix = `${run.colorScheme}-${run.width}`;
      const seen = await visit(mesh, link, null, run);
      await shoot(seen, `acknowledge-${suffix}`);
      expect(await seen.page.locator('h1').textContent()).toBe(`${NAME} is down`);
      await expectWellFormed(seen);
      await seen.page.getByLabel('Stop reminders and escalation').selectOption('for 2 hours');
      await seen.page.getByRole('button', { name: 'Acknowledge' }).click();
      await seen.page.waitForURL('**/acknowledge/*?done');
      await shoot(seen, `acknowledge-snoozed-${suffix}`);
      await expectWellFormed(seen);
      await seen.page.getByLabel('Your name').fill('Ada');
      await seen.page.getByRole('button', { name: 'Acknowledge' }).click();
      await seen.page.getByText('You acknowledged the incident').waitFor();
      await shoot(seen, `acknowledge-done-${suffix}`);
      await expectWellFormed(seen);
      await seen.context.close();
      const dead = await visit(mesh, '/acknowledge/wrong', null, run);
      // The browser itself reports the status 404.
      dead.messages.length = 0;
      await shoot(dead, `acknowledge-dead-${suffix}`);
      await expectWellFormed(dead);
      await dead.context.close();
      expect((await api(`/api/v1/incidents/${id}`)).acknowledgedBy).toBe('Ada (Ops chat)');
    },
  );

  test('the keyboard alone acknowledges: the button follows the two fields', async () => {
    const seen = await visit(mesh, link, null);
    await seen.page.getByLabel('Your name').focus();
    await seen.page.keyboard.type('Grace');
    await seen.page.keyboard.press('Tab');
    await seen.page.keyboard.press('Tab');
    await seen.page.keyboard.press('Enter');
    await seen.page.getByText('You acknowledged the incident').waitFor();
    expect((await api(`/api/v1/incidents/${id}`)).acknowledgedBy).toBe('Grace (Ops chat)');
    await seen.context.close();
  });

  test('a copy of the form on another site acknowledges nothing', async () => {
    const seen = await visit(mesh, '/', null);
    await seen.page.goto('about:blank');
    await seen.page.setContent(`<form method="post" action="${mesh.url}${link}"><button>Go</button></form>`);
    await seen.page.getByRole('button', { name: 'Go' }).click();
    await seen.page.getByText('You cannot do this').waitFor();
    expect((await api(`/api/v1/incidents/${id}`)).acknowledgedBy).toBeNull();
    await seen.context.close();
  });
});

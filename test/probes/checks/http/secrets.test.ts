import { describe, expect, test } from 'vitest';
import { words } from '../../../support/net/ask-probe.ts';
import { answering, detailOf, run } from '../../../support/net/http-run.ts';

describe('secrets that a server echoes', () => {
  const secret = 'tök/"en" with spaces & more';
  const ascii = 'T0ken/"x" <y>&+z';
  const forms = [
    ascii,
    encodeURIComponent(ascii),
    encodeURI(ascii),
    JSON.stringify(ascii).slice(1, -1),
    ascii.toLowerCase(),
  ];

  test('echoed secrets are redacted from the whole observation, in every encoding and at every cut', async () => {
    const { port } = await answering((_, response) => {
      response.writeHead(500, {
        server: ascii,
        location: `/x?${encodeURI(ascii)}`,
        via: `${'v'.repeat(250)}${ascii}`,
      });
      response.end(`${forms.join('\n')}\n${btoa(`me:${ascii}`)}\n${'.'.repeat(800)}${ascii}`);
    });
    const check = {
      method: 'POST',
      headers: { 'x-token': '{{a}}' },
      body: '{{b}}',
      secrets: { a: ascii, b: secret },
    };
    for (const more of [
      {},
      { status: ['5xx'], contains: 'nothing' },
      { status: ['5xx'], jsonPath: [{ path: '$', exists: true }] },
    ]) {
      const observation = await run(port, { ...check, ...more }, { trace: true });
      expect(words(observation)).toBe('failed unexpected_reply');
      const kept = JSON.stringify({ ...observation, facts: undefined });
      for (const form of [...forms, secret, 'T0ken', 'VDBrZW'])
        expect(kept).not.toContain(JSON.stringify(form).slice(1, -1));
      expect(kept).toContain('•••');
    }
  });

  test('echoed secrets are redacted from the excerpt of a value and from a redirect', async () => {
    const check = { headers: { 'x-token': '{{a}}' }, secrets: { a: ascii } };
    const value = await answering((_, response) =>
      response.end(JSON.stringify({ a: `${'.'.repeat(70)}${ascii}` })),
    );
    const observation = await run(value.port, { ...check, jsonPath: [{ path: '$.a', equals: 'b' }] });
    expect(detailOf(observation)).toContain('instead of "b"');
    expect(JSON.stringify(observation)).not.toContain('T0k');
    const away = await answering((_, response) =>
      response.writeHead(302, { location: `ftp://x/${ascii}` }).end(),
    );
    expect(detailOf(await run(away.port, check))).toBe(
      'redirects to ftp://x/•••, and probes follow http and https only',
    );
  });
});

// Traces of the platform contain the URL of every request that the Worker sends: neither Cloudflare nor wrangler keeps any.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { wranglerEnv } from '../scripts/start/wrangler.ts';

test('neither a deployed Worker nor the local mesh stores traces of outgoing requests', () => {
  const toml = readFileSync(fileURLToPath(new URL('../wrangler.toml', import.meta.url)), 'utf8');
  expect(toml).toMatch(/^\[observability\.traces\]\nenabled = false$/m);
  expect(wranglerEnv({ wrangler: '/tmp' })).toMatchObject({
    X_LOCAL_OBSERVABILITY: 'false',
    X_LOCAL_EXPLORER: 'false',
  });
});

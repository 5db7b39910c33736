// Owns an empty mesh of `npm start` for a browser: real locations and ticks, under a host name, with the link that sets it up.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { freePort } from '../../../scripts/start/ports.ts';
import { until } from '../../support/mesh/live-mesh.ts';
import { endAll, runScript } from '../start/npm-script.ts';
import { CHROMIUM } from './mesh.ts';

export interface EmptyMesh {
  readonly browser: Browser;
  /** Under a host name, because passkeys need one. */
  readonly origin: string;
  /** The link with which the first admin is made. */
  readonly setup: string;
  stop(): Promise<void>;
}

/** Below the system's range for outgoing connections, because a closed target's port must stay free. */
export const quietPort = (): Promise<number> => freePort(20_000 + Math.floor(Math.random() * 10_000));

/** With three locations. */
export async function startEmptyMesh(): Promise<EmptyMesh> {
  const dir = mkdtempSync(join(tmpdir(), 'probemesh-empty-'));
  const port = String(await quietPort());
  const args = ['--empty', '--data', join(dir, 'data'), '--port', port, '--locations', '3'];
  const started = runScript('start', args);
  await started.ready(280_000);
  const setup = await until('the setup link', 20_000, () =>
    started.lines.map((line) => /first admin\s+(\S+)/.exec(line)?.[1]).find(Boolean),
  );
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  return {
    browser,
    origin: new URL(setup).origin,
    setup,
    async stop() {
      await browser.close();
      await endAll();
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

// Owns bundles of probes that use other versions of the contract: the frozen one of the previous version, and today's
// code under other numbers.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FROZEN = join(ROOT, 'test/probes/contract/fixtures/previous/probe.mjs.gz');

/** The probe that was deployed before the present version of the contract, as it was built then. */
export const unpackPreviousProbe = (path: string): void =>
  writeFileSync(path, gunzipSync(readFileSync(FROZEN)));

/** Today's probe, as if `present` and `previous` were the versions that it speaks. */
export async function buildProbeOfVersions(path: string, present: number, previous: number): Promise<void> {
  const numbers = { '': present, '/previous': previous };
  await build({
    ...{ entryPoints: ['probes/lambda/handler.ts'], absWorkingDir: ROOT, outfile: path, bundle: true },
    ...{ platform: 'node', target: 'node24', format: 'esm', logLevel: 'silent' },
    define: { PROBE_BUILD: JSON.stringify(`0.1.0+${present}`) },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    plugins: [
      {
        name: 'versions',
        setup(bundling) {
          bundling.onLoad({ filter: /probes\/contract(\/previous)?\/version\.ts$/ }, ({ path: file }) => ({
            contents: `export const CONTRACT_VERSION = ${numbers[file.includes('/previous/') ? '/previous' : '']};`,
          }));
        },
      },
    ],
  });
}

// Owns the bundles of the Worker that are compared, as the real `wrangler deploy --dry-run` makes them, and their sizes.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { PROJECT_ROOT, WRANGLER, wranglerEnv } from '../../scripts/start/wrangler.ts';

const run = promisify(execFile);

interface Bundle {
  readonly name: string;
  readonly code: string;
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Minified bytes of each package and of each folder of `src`, the largest first. */
  readonly parts: readonly (readonly [name: string, bytes: number])[];
}

/** `more` are further arguments of wrangler. */
export async function bundle(name: string, folder: string, more: readonly string[]): Promise<Bundle> {
  const env = { ...wranglerEnv({ wrangler: folder }), PROBEMESH_ASSETS_BUILT: 'true' };
  const args = ['deploy', '--dry-run', '--metafile', '--outdir', folder, ...more];
  await run(process.execPath, ['--no-warnings', WRANGLER, ...args], {
    cwd: PROJECT_ROOT,
    env,
    maxBuffer: 64e6,
  });
  const code = readFileSync(join(folder, 'worker.js'));
  return {
    name,
    code: code.toString('utf8'),
    bytes: code.length,
    gzipBytes: gzipSync(code).length,
    parts: partsOf(readFileSync(join(folder, 'bundle-meta.json'), 'utf8')),
  };
}

interface Metafile {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

function partsOf(metafile: string): readonly (readonly [string, number])[] {
  const { outputs } = JSON.parse(metafile) as Metafile;
  const sums = new Map<string, number>();
  for (const [output, { inputs }] of Object.entries(outputs)) {
    if (output.endsWith('.map')) continue;
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const part = partOf(file);
      sums.set(part, (sums.get(part) ?? 0) + bytesInOutput);
    }
  }
  return [...sums].sort(([, a], [, b]) => b - a);
}

/** `node_modules/@scope/name/x.js`: the package. `src/http/dashboard/x.ts`: two folders of it. */
function partOf(file: string): string {
  const packaged = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
  return packaged ?? file.split('/').slice(0, 3).join('/');
}

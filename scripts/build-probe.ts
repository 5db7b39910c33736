// Owns bundling the probe and the watchdog: dist/probe/{index,watchdog}.mjs, and dist/probe.zip with both for Lambda (arm64,
// nodejs24.x). The same sources give the same bytes, wherever and whenever they are built.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { zipSync } from 'fflate';
import { VERSION } from '../src/version.ts';
import { englishOnly } from './english-only.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export interface BuiltProbe {
  readonly bundlePath: string;
  /** The code that holds the emergency secret has no code of checks in it, and runs with a role of its own. */
  readonly watchdogPath: string;
  readonly zipPath: string;
  /** Names the bundle in every report: the version of package.json, then the hash of the code, `0.1.0+4f0c1d2e3a5b`. */
  readonly build: string;
}

/** The earliest date that a zip can carry. */
const ZIP_EPOCH = '1980-01-01T00:00:00';

export async function buildProbe(outDir = join(ROOT, 'dist')): Promise<BuiltProbe> {
  const [unnamed, watchdog] = await Promise.all([bundle(PROBE, ''), bundle(WATCHDOG, '')]);
  const hash = createHash('sha256').update(unnamed).digest('hex').slice(0, 12);
  const name = `${VERSION}+${hash}`;
  const code = await bundle(PROBE, name);
  const bundlePath = join(outDir, 'probe', 'index.mjs');
  const watchdogPath = join(outDir, 'probe', 'watchdog.mjs');
  const zipPath = join(outDir, 'probe.zip');
  await mkdir(join(outDir, 'probe'), { recursive: true });
  await writeFile(bundlePath, code);
  await writeFile(watchdogPath, watchdog);
  const attributes = { mtime: new Date(ZIP_EPOCH), level: 9, os: 3, attrs: 0o100644 << 16 } as const;
  await writeFile(
    zipPath,
    zipSync({ 'index.mjs': [code, attributes], 'watchdog.mjs': [watchdog, attributes] }),
  );
  return { bundlePath, watchdogPath, zipPath, build: name };
}

const PROBE = 'probes/lambda/handler.ts';
const WATCHDOG = 'src/watchdog/handler.ts';

async function bundle(entryPoint: string, name: string): Promise<Uint8Array> {
  const built = await build({
    entryPoints: [entryPoint],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    legalComments: 'none',
    // The error that is thrown has the same lines.
    logLevel: 'silent',
    define: { PROBE_BUILD: JSON.stringify(name) },
    plugins: [englishOnly],
    // CommonJS modules in the bundle need these.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return built.outputFiles[0]!.contents;
}

if (import.meta.main) {
  const { zipPath, bundlePath, watchdogPath, build: name } = await buildProbe();
  console.log(
    `probe ${name}: ${zipPath} (Lambda, arm64, nodejs24.x, handlers index.handler and watchdog.handler), ${bundlePath}, ${watchdogPath}`,
  );
}

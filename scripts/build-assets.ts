// Owns building the static assets of the dashboard: each island of TypeScript and the stylesheet as one minified file, with a
// hash of its content in its name, and the module that names their paths. Does not build the Worker: wrangler does.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ISLANDS = 'src/http/dashboard/islands';
/** What pages load. The other files of the folder are parts of these. */
const ENTRIES = ['app.ts', 'chart.ts', 'dashboard.css'];
/** Where a Worker with static assets finds them. */
export const ASSETS = join(ROOT, 'dist', 'assets');
const FOLDER = 'assets/dashboard';
const PATHS_MODULE = join(ROOT, 'src', 'http', 'dashboard', 'asset-paths.ts');

/** developers.cloudflare.com/workers/static-assets/headers. The names have hashes, so a copy never becomes outdated. */
const HEADERS = `/${FOLDER}/*
  cache-control: public, max-age=31536000, immutable
  x-content-type-options: nosniff
  cross-origin-resource-policy: same-origin
`;

/** Builds into `outDir`. `check`: throws if the module of the paths is not that of these sources, and writes nothing there. */
export async function buildAssets(outDir = ASSETS, { check = false } = {}): Promise<void> {
  const built = await build({
    entryPoints: ENTRIES.map((name) => `${ISLANDS}/${name}`),
    absWorkingDir: ROOT,
    outdir: join(outDir, FOLDER),
    entryNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.svg': 'file' },
    bundle: true,
    write: false,
    format: 'esm',
    target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
    minify: true,
    legalComments: 'none',
    tsconfigRaw: {},
  });
  const paths = new Map(
    built.outputFiles.map(({ path }) => {
      const name = basename(path);
      return [name.replace(/-[A-Z0-9]{8}\./, '.'), `/${FOLDER}/${name}`];
    }),
  );
  const module = pathsModule(paths);
  const written = existsSync(PATHS_MODULE) ? readFileSync(PATHS_MODULE, 'utf8') : '';
  if (written !== module) {
    if (check) throw new Error('src/http/dashboard/asset-paths.ts is outdated. Run `npm run build:assets`.');
    await writeFile(PATHS_MODULE, module);
  }
  // Several builds of the same sources may run at once, so nothing that one of them needs is removed.
  const folder = join(outDir, FOLDER);
  await mkdir(folder, { recursive: true });
  for (const { path, contents } of built.outputFiles) if (!existsSync(path)) await writeFile(path, contents);
  await writeFile(join(outDir, '_headers'), HEADERS);
  const current = new Set(built.outputFiles.map(({ path }) => basename(path)));
  for (const name of readdirSync(folder))
    if (!current.has(name)) await rm(join(folder, name), { force: true });
}

const pathsModule = (
  paths: ReadonlyMap<string, string>,
): string => `// Owns the paths of the static assets of the dashboard. \`npm run build:assets\` writes this file.

export const ASSET_PATHS = {
${[...paths]
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, path]) => `  '${name}': '${path}',`)
  .join('\n')}
} as const;
`;

// `wrangler dev` builds once more for a mesh that has its assets already.
if (process.argv[1] === fileURLToPath(import.meta.url) && process.env.PROBEMESH_ASSETS_BUILT !== 'true')
  await buildAssets(ASSETS, { check: process.argv.includes('--check') });

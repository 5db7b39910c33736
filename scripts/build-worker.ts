// Owns building the Worker: dist/worker/worker.mjs with what every isolate loads at its start, and chunks beside it that are
// loaded by the first request that needs them. The same sources give the same bytes. Does not build the static assets.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';
import { englishOnly } from './english-only.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const WORKER = join(ROOT, 'dist', 'worker');
export const WORKER_ENTRY = 'worker.mjs';

/** What tells wrangler how to bundle, and how to run the bundle. */
interface Toml {
  readonly compatibility_flags?: readonly string[];
  readonly build?: unknown;
  readonly alias?: unknown;
  readonly minify?: unknown;
  readonly keep_names?: unknown;
}

/** Modules compile when they are first imported. Without it, workerd compiles every chunk at the start. */
export const LAZY_MODULES = 'new_module_registry';

/** wrangler.toml for the built Worker: wrangler bundles nothing, and takes the folder of `main` as the modules of the Worker. */
export function configOfBuilt<T extends object>(toml: T & Toml, main: string) {
  const { build: _b, alias: _a, minify: _m, keep_names: _k, compatibility_flags: flags = [], ...rest } = toml;
  return {
    ...{ ...rest, main, compatibility_flags: [...flags, LAZY_MODULES] },
    ...{ no_bundle: true, rules: [{ type: 'ESModule', globs: ['**/*.mjs'] }] },
  };
}

export interface BuiltWorker {
  readonly entryPath: string;
  /** The entry and what it imports: every isolate loads these at its start. Names of files beside the entry. */
  readonly eager: readonly string[];
  /** Loaded when the code gets there. */
  readonly lazy: readonly string[];
  readonly metafile: Metafile;
}

/** A CommonJS package requires `buffer`. A Worker has only `node:buffer`, and only imports it. */
const builtInModules: Plugin = {
  name: 'built-in-modules',
  setup(bundling) {
    bundling.onResolve({ filter: /^[a-z_/]+$/ }, ({ path, kind }) =>
      kind === 'require-call' && builtinModules.includes(path) ? { path, namespace: 'built-in' } : undefined,
    );
    bundling.onLoad({ filter: /.*/, namespace: 'built-in' }, ({ path }) => ({
      contents: `import all from 'node:${path}'; module.exports = all;`,
    }));
  },
};

/** Throws esbuild's error if the sources do not build. */
export async function buildWorker(outDir = WORKER, { minify = true } = {}): Promise<BuiltWorker> {
  const built = await build({
    entryPoints: { worker: 'src/worker.ts' },
    absWorkingDir: ROOT,
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    // As wrangler bundles.
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    target: 'es2024',
    external: ['cloudflare:*', 'node:*'],
    define: { 'process.env.NODE_ENV': '"production"', 'navigator.userAgent': '"Cloudflare-Workers"' },
    tsconfig: join(ROOT, 'tsconfig.json'),
    minify,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [englishOnly, builtInModules],
  });
  // A chunk of an earlier build would be uploaded, too.
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  for (const { path, contents } of built.outputFiles) await writeFile(path, contents);
  return { entryPath: join(outDir, WORKER_ENTRY), ...partsOf(built.metafile), metafile: built.metafile };
}

function partsOf(metafile: Metafile): Pick<BuiltWorker, 'eager' | 'lazy'> {
  const eager = staticImports(metafile, WORKER_ENTRY);
  const all = Object.keys(metafile.outputs).filter((path) => path.endsWith('.mjs'));
  const lazy = all.map((path) => basename(path)).filter((name) => !eager.includes(name));
  return { eager, lazy: lazy.sort() };
}

/** A module and what it imports, and so on: these load together. */
export function staticImports({ outputs }: Metafile, name: string): string[] {
  const found = new Set(Object.keys(outputs).filter((path) => basename(path) === name));
  for (const path of found)
    for (const { path: imported, kind, external } of outputs[path]!.imports)
      if (kind === 'import-statement' && external !== true) found.add(imported);
  return [...found].map((path) => basename(path)).sort();
}

if (import.meta.main) {
  const { entryPath, eager, lazy } = await buildWorker();
  console.log(`Worker: ${eager.length} modules at the start, ${lazy.length} later, in ${dirname(entryPath)}`);
}

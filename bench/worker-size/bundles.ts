// Owns the builds of the Worker that are compared, and their sizes: in chunks, as it is deployed, and in one module.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { buildWorker, WORKER_ENTRY } from '../../scripts/build-worker.ts';

interface Size {
  readonly kib: number;
  readonly gzipKib: number;
}

interface Bundle {
  readonly name: string;
  readonly folder: string;
  /** The entry is the first. */
  readonly modules: readonly string[];
  readonly eager: Size;
  readonly lazy: Size;
}

/** Minified KiB of a package, or of a folder of `src`. */
type Part = readonly [name: string, kib: number];

export async function bundles(
  folderOf: (name: string) => string,
): Promise<{ readonly all: readonly Bundle[]; readonly eagerParts: readonly Part[] }> {
  const folder = folderOf('chunks');
  const { entryPath, eager, lazy, metafile } = await buildWorker(folder);
  const others = [...eager, ...lazy].filter((name) => name !== WORKER_ENTRY);
  const whole = folderOf('one-module');
  await build({
    entryPoints: [entryPath],
    outfile: join(whole, WORKER_ENTRY),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'silent',
  });
  return {
    all: [
      {
        name: 'in chunks, as deployed',
        folder,
        modules: [WORKER_ENTRY, ...others],
        eager: sizeOf(folder, eager),
        lazy: sizeOf(folder, lazy),
      },
      {
        name: 'in one module',
        folder: whole,
        modules: [WORKER_ENTRY],
        eager: sizeOf(whole, [WORKER_ENTRY]),
        lazy: { kib: 0, gzipKib: 0 },
      },
    ],
    eagerParts: partsOf(metafile.outputs, eager),
  };
}

/** As Cloudflare counts: each module is compressed by itself. */
function sizeOf(folder: string, names: readonly string[]): Size {
  const files = names.map((name) => readFileSync(join(folder, name)));
  const sum = (sizes: readonly number[]): number => sizes.reduce((all, one) => all + one, 0) / 1024;
  return {
    kib: sum(files.map((file) => file.length)),
    gzipKib: sum(files.map((file) => gzipSync(file).length)),
  };
}

type Outputs = Readonly<
  Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
>;

function partsOf(outputs: Outputs, names: readonly string[]): readonly Part[] {
  const sums = new Map<string, number>();
  for (const [output, { inputs }] of Object.entries(outputs)) {
    if (!names.includes(basename(output))) continue;
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const part = partOf(file);
      sums.set(part, (sums.get(part) ?? 0) + bytesInOutput / 1024);
    }
  }
  return [...sums].sort(([, a], [, b]) => b - a);
}

/** `node_modules/@scope/name/x.js`: the package. `src/http/dashboard/x.ts`: two folders of it. */
function partOf(file: string): string {
  const packaged = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
  return packaged ?? file.split('/').slice(0, 3).join('/');
}

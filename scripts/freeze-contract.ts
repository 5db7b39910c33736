// Owns freezing a version of the contract before the next one: its schemas, its fixtures and its probe become those of the
// previous version. Does not raise the version, and does not write the conversions between the two.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { buildProbe } from './build-probe.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SCHEMAS = ['facts', 'job', 'observation', 'report', 'version'];
const FIXTURES = ['jobs.json', 'reports.json'];
const HEADER =
  '// Frozen by `npm run freeze:contract`: the previous version of the contract. Do not edit it.\n';

/** Freezes the contract of a checkout of probemesh into another one, which can be the same. */
async function freezeContract(from: string, into: string): Promise<void> {
  const schemas = join(into, 'probes/contract/previous');
  const fixtures = join(into, 'test/probes/contract/fixtures/previous');
  await Promise.all([mkdir(schemas, { recursive: true }), mkdir(fixtures, { recursive: true })]);
  for (const name of SCHEMAS) {
    const text = await readFile(join(from, `probes/contract/${name}.ts`), 'utf8');
    await writeFile(join(schemas, `${name}.ts`), HEADER + text);
  }
  for (const name of FIXTURES)
    await cp(join(from, 'test/probes/contract/fixtures', name), join(fixtures, name));
  const folder = await mkdtemp(join(tmpdir(), 'probemesh-freeze-'));
  try {
    // The checkout's own build, because the next version can build it differently.
    const { buildProbe: build } = (await import(join(from, 'scripts/build-probe.ts'))) as {
      buildProbe: typeof buildProbe;
    };
    const { bundlePath } = await build(folder);
    const packed = gzipSync(await readFile(bundlePath), { level: 9 });
    await writeFile(join(fixtures, 'probe.mjs.gz'), packed);
    console.log(`${from}: frozen in ${schemas} and ${fixtures}; its probe has ${packed.length} bytes`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

await freezeContract(resolve(process.argv[2] ?? ROOT), ROOT);

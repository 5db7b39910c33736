// What `npm ci` fetches is what the lock file names, byte for byte, on every platform.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Package {
  readonly version?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly optional?: boolean;
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
}

const read = <T>(path: string): T =>
  JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')) as T;
const lock = read<{ packages: Record<string, Package> }>('package-lock.json');
const { '': _root, ...packages } = lock.packages;
const manifest = read<{
  optionalDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
}>('package.json');
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 13);
const first = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0];

test('every package of the lock file has a SHA-512 hash', () => {
  expect(Object.keys(packages).length).toBeGreaterThan(100);
  const without = Object.entries(packages).filter(([, { integrity }]) => !integrity?.startsWith('sha512-'));
  expect(without).toEqual([]);
});

test('only the packages that package.json allows run a script when they are installed', () => {
  const scripted = Object.entries(packages).flatMap(([path, { hasInstallScript, optional }]) =>
    hasInstallScript && !optional ? [nameOf(path)] : [],
  );
  expect([...new Set(scripted)].sort()).toEqual(Object.keys(manifest.allowScripts).sort());
});

test.each([
  ['linux', 'x64'],
  ['linux', 'arm64'],
  ['darwin', 'x64'],
  ['darwin', 'arm64'],
  ['win32', 'x64'],
])('the lock file has the Node of %s %s, at the version of package.json', (os, cpu) => {
  const found = Object.keys(manifest.optionalDependencies).filter((name) => {
    const locked = packages[`node_modules/${name}`];
    return first(locked?.os) === os && first(locked?.cpu) === cpu;
  });
  expect(found).toHaveLength(1);
  const [name = ''] = found;
  expect(packages[`node_modules/${name}`]).toMatchObject({
    version: manifest.optionalDependencies[name],
    optional: true,
  });
  const [major = 0, minor = 0] = (manifest.optionalDependencies[name] ?? '').split('.').map(Number);
  expect(major * 1_000 + minor).toBeGreaterThanOrEqual(22_018);
});

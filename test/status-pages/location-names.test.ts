import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { locationName, locationNames } from '../../src/status-pages/location-names.ts';

/** What the AWS SDK knows of every partition, with the names of AWS. */
const SDK = readFileSync(
  new URL(
    '../../node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js',
    import.meta.url,
  ),
  'utf8',
);
const regions = [...SDK.matchAll(/"([a-z]+(?:-[a-z]+)+-\d)": \{/g)].map(([, region]) => region!);

test('every region that the AWS SDK knows has a name, and no two have the same', () => {
  expect(regions.length).toBeGreaterThan(40);
  const names = locationNames(regions.map((region) => `aws:${region}`));
  const unnamed = regions.filter((region) => names[`aws:${region}`] === region);
  expect(unnamed).toEqual([]);
  expect(new Set(Object.values(names)).size).toBe(regions.length);
});

test.each([
  ['aws:eu-central-1', 'Frankfurt'],
  ['aws:sa-east-1', 'São Paulo'],
  ['aws:xx-new-9', 'xx-new-9'],
  ['agent:office-berlin', 'office-berlin'],
  ['agent:eu-central-1', 'eu-central-1'],
  ['aws:constructor', 'constructor'],
  ['', ''],
])('%s is shown as %s', (id, name) => {
  expect(locationName(id)).toBe(name);
});

test('the mesh can give a location another name', () => {
  expect(locationName('aws:eu-central-1', { 'aws:eu-central-1': 'Europe' })).toBe('Europe');
});

// The places of regions on the map: every region that has a name has one, on the map.
import { expect, test } from 'vitest';
import { MAP, project } from '../../../../src/http/dashboard/locations/projection.ts';
import { placeOf } from '../../../../src/http/dashboard/locations/region-places.ts';
import { locationName } from '../../../../src/status-pages/location-names.ts';

const REGIONS = [
  'us-east-1',
  'eu-central-1',
  'ap-southeast-2',
  'sa-west-1',
  'af-south-1',
  'me-west-1',
  'ap-southeast-6',
];

test.each(REGIONS)('the region %s has a name and a place on the map', (region) => {
  expect(locationName(`aws:${region}`)).not.toBe(region);
  const [x, y] = project(placeOf(`aws:${region}`)!);
  expect(x).toBeGreaterThan(0);
  expect(x).toBeLessThan(MAP.width);
  expect(y).toBeGreaterThan(0);
  expect(y).toBeLessThan(MAP.height);
});

test('a location that is not a region is not on the map', () => {
  expect(['agent:office-berlin', 'aws:us-iso-east-1', 'aws:constructor', 'us-east-1'].map(placeOf)).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

test('the projection is that of Natural Earth: the equator is in its place, and east is right', () => {
  const [west] = project({ latitude: 0, longitude: -180 });
  const [middle, equator] = project({ latitude: 0, longitude: 0 });
  expect(west).toBeCloseTo(0);
  expect(middle).toBe(500);
  expect(equator).toBeGreaterThan(project({ latitude: 60, longitude: 0 })[1]);
});

// Owns the world map of the dashboard: the land of Natural Earth (public domain, naturalearthdata.com), which the package
// world-atlas has, as one small SVG. `--check`: fails if the committed file is another one.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { feature } from 'topojson-client';
import { MAP, project } from '../src/http/dashboard/locations/projection.ts';

type Topology = Parameters<typeof feature>[0];
type Ring = readonly (readonly number[])[];

const FILE = fileURLToPath(new URL('../src/http/dashboard/islands/css/world.svg', import.meta.url));
const ATLAS = createRequire(import.meta.url).resolve('world-atlas/land-110m.json');
/** Rings that end north of this are drawn: no Antarctica. */
const SOUTHMOST = -57;
/** Smaller islands are specks. In square units of the picture. */
const MIN_AREA = 3;

function worldSvg(): string {
  const topology = JSON.parse(readFileSync(ATLAS, 'utf8')) as Topology;
  const land = feature(topology, topology.objects.land!);
  const shapes = 'features' in land ? land.features : [land];
  const rings = shapes.flatMap(({ geometry }): Ring[] =>
    geometry.type === 'MultiPolygon'
      ? geometry.coordinates.flat()
      : geometry.type === 'Polygon'
        ? geometry.coordinates
        : [],
  );
  const path = rings
    .filter((ring) => Math.max(...ring.map(([, latitude]) => latitude!)) > SOUTHMOST)
    .map(pathOf)
    .join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${MAP.width} ${MAP.height}" aria-hidden="true"><path d="${path}"/></svg>\n`;
}

/** Steps between points on a grid of half a unit. Empty for a speck. */
function pathOf(ring: Ring): string {
  const points = ring.map(([longitude, latitude]) =>
    project({ longitude: longitude!, latitude: latitude! }).map(half),
  );
  const area = points.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = points[(index + 1) % points.length]!;
    return sum + (x! * nextY! - nextX! * y!) / 2;
  }, 0);
  if (Math.abs(area) < MIN_AREA) return '';
  const steps = points.slice(1, -1).flatMap(([x, y], index) => {
    const [beforeX, beforeY] = points[index]!;
    return x === beforeX && y === beforeY ? [] : [short(x! - beforeX!, y! - beforeY!)];
  });
  return `M${short(...(points[0]! as [number, number]))}l${steps.join(' ')}z`.replaceAll(' -', '-');
}

const half = (value: number): number => Math.round(value * 2) / 2;
const short = (x: number, y: number): string => `${tight(x)} ${tight(y)}`;
const tight = (value: number): string => String(value).replace(/^(-?)0\./, '$1.');

const svg = worldSvg();
if (!process.argv.includes('--check')) writeFileSync(FILE, svg);
else if (readFileSync(FILE, 'utf8') !== svg)
  throw new Error('src/http/dashboard/islands/css/world.svg is outdated. Run `node scripts/build-map.ts`.');

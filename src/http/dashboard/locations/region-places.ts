// Owns where locations are on the map. Pure. Of a region it is the city that AWS names, else the middle of its state or the
// capital of its country, to a tenth of a degree: AWS does not publish where its data centres are.
// Names: docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html. Coordinates: geonames.org.
import type { Place } from './projection.ts';

const AWS_PLACES: Readonly<Record<string, readonly [latitude: number, longitude: number]>> = {
  'af-south-1': [-33.9, 18.4],
  'ap-east-1': [22.3, 114.2],
  'ap-east-2': [25.0, 121.5],
  'ap-northeast-1': [35.7, 139.7],
  'ap-northeast-2': [37.6, 127.0],
  'ap-northeast-3': [34.7, 135.5],
  'ap-south-1': [19.1, 72.9],
  'ap-south-2': [17.4, 78.5],
  'ap-southeast-1': [1.3, 103.9],
  'ap-southeast-2': [-33.9, 151.2],
  'ap-southeast-3': [-6.2, 106.8],
  'ap-southeast-4': [-37.8, 145.0],
  'ap-southeast-5': [3.1, 101.7],
  'ap-southeast-6': [-36.8, 174.8],
  'ap-southeast-7': [13.8, 100.5],
  'ca-central-1': [45.5, -73.6],
  'ca-west-1': [51.0, -114.1],
  'cn-north-1': [39.9, 116.4],
  'cn-northwest-1': [37.5, 105.2],
  'eu-central-1': [50.1, 8.7],
  'eu-central-2': [47.4, 8.5],
  'eu-north-1': [59.3, 18.1],
  'eu-south-1': [45.5, 9.2],
  'eu-south-2': [41.7, -0.9],
  'eu-west-1': [53.3, -6.3],
  'eu-west-2': [51.5, -0.1],
  'eu-west-3': [48.9, 2.4],
  'eusc-de-east-1': [52.4, 13.1],
  'il-central-1': [32.1, 34.8],
  'me-central-1': [24.5, 54.4],
  'me-south-1': [26.2, 50.6],
  'me-west-1': [24.7, 46.7],
  'mx-central-1': [20.6, -100.4],
  'sa-east-1': [-23.5, -46.6],
  'sa-west-1': [-33.4, -70.7],
  'us-east-1': [39.0, -77.5],
  'us-east-2': [40.0, -83.0],
  'us-gov-east-1': [40.0, -82.9],
  'us-gov-west-1': [44.0, -120.5],
  'us-west-1': [37.4, -122.0],
  'us-west-2': [45.5, -122.7],
};

/** Null: not known, so the location is listed beside the map. */
export function placeOf(id: string): Place | null {
  const region = id.startsWith('aws:') ? id.slice('aws:'.length) : '';
  if (!Object.hasOwn(AWS_PLACES, region)) return null;
  const [latitude, longitude] = AWS_PLACES[region]!;
  return { latitude, longitude };
}

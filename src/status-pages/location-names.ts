// Owns the names of locations for readers: Frankfurt, not aws:eu-central-1. Pure. A mesh can set others, and has to for a
// location whose name is not public.
// Regions: docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html. A test compares them with the AWS SDK.

/** The city where AWS names one, else the state or country. */
const AWS_REGIONS: Readonly<Record<string, string>> = {
  'af-south-1': 'Cape Town',
  'ap-east-1': 'Hong Kong',
  'ap-east-2': 'Taipei',
  'ap-northeast-1': 'Tokyo',
  'ap-northeast-2': 'Seoul',
  'ap-northeast-3': 'Osaka',
  'ap-south-1': 'Mumbai',
  'ap-south-2': 'Hyderabad',
  'ap-southeast-1': 'Singapore',
  'ap-southeast-2': 'Sydney',
  'ap-southeast-3': 'Jakarta',
  'ap-southeast-4': 'Melbourne',
  'ap-southeast-5': 'Malaysia',
  'ap-southeast-6': 'New Zealand',
  'ap-southeast-7': 'Thailand',
  'ca-central-1': 'Montreal',
  'ca-west-1': 'Calgary',
  'cn-north-1': 'Beijing',
  'cn-northwest-1': 'Ningxia',
  'eu-central-1': 'Frankfurt',
  'eu-central-2': 'Zurich',
  'eu-isoe-west-1': 'EU ISOE West',
  'eu-north-1': 'Stockholm',
  'eu-south-1': 'Milan',
  'eu-south-2': 'Spain',
  'eu-west-1': 'Ireland',
  'eu-west-2': 'London',
  'eu-west-3': 'Paris',
  'eusc-de-east-1': 'Brandenburg',
  'il-central-1': 'Tel Aviv',
  'me-central-1': 'United Arab Emirates',
  'me-south-1': 'Bahrain',
  'me-west-1': 'Saudi Arabia',
  'mx-central-1': 'Mexico',
  'sa-east-1': 'São Paulo',
  'sa-west-1': 'Chile',
  'us-east-1': 'Northern Virginia',
  'us-east-2': 'Ohio',
  'us-gov-east-1': 'US Gov East',
  'us-gov-west-1': 'US Gov West',
  'us-iso-east-1': 'US ISO East',
  'us-iso-west-1': 'US ISO West',
  'us-isob-east-1': 'US ISOB East',
  'us-isob-west-1': 'US ISOB West',
  'us-isof-east-1': 'US ISOF East',
  'us-isof-south-1': 'US ISOF South',
  'us-west-1': 'Northern California',
  'us-west-2': 'Oregon',
};

/** By id, such as `aws:eu-central-1`. */
export type LocationNames = Readonly<Record<string, string>>;

/** The name of the mesh, else that of the region. An unknown location is shown as its id without the kind of probe. */
export function locationName(id: string, own: LocationNames = {}): string {
  if (Object.hasOwn(own, id)) return own[id]!;
  const place = id.slice(id.indexOf(':') + 1);
  return id.startsWith('aws:') && Object.hasOwn(AWS_REGIONS, place) ? AWS_REGIONS[place]! : place;
}

export const locationNames = (ids: readonly string[], own: LocationNames = {}): LocationNames =>
  Object.fromEntries(ids.map((id) => [id, locationName(id, own)]));

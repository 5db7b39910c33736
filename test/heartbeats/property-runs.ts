// How many random worlds a property of heartbeats tries: as many as asked for, and a few where every run is quick.
const asked = Number(process.env.PROPERTY_RUNS ?? 300);

export const propertyRuns = (quick: number): number => (asked > 1_000 ? asked : quick);

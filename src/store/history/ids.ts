// Owns UTC days, and the ids of rows by day and monitor: a day is one range of ids.

export const DAY_MS = 86_400_000;

/** Days since the epoch. */
export const dayOf = (at: number): number => Math.floor(at / DAY_MS);
export const dayStart = (day: number): number => day * DAY_MS;

/** More monitors than a mesh ever has. */
const NUMBERS = 2 ** 24;
/** A day whose observations do not fit a row has several. */
export const MAX_PARTS = 16;
export const DAY_SPAN = NUMBERS * MAX_PARTS;

/** The first row of a monitor's day. */
export const seriesId = (day: number, number: number): number => day * DAY_SPAN + number * MAX_PARTS;

export const dayOfId = (id: number): number => Math.floor(id / DAY_SPAN);
export const numberOfId = (id: number): number => Math.floor((id % DAY_SPAN) / MAX_PARTS);
export const partOfId = (id: number): number => id % MAX_PARTS;

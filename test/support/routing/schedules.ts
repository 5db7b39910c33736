// Owns on-call schedules for tests, with every kind of rotation.
import type { Rotation, Schedule } from '../../../src/routing/model.ts';

export const rotation = (more: Partial<Rotation> = {}): Rotation => ({
  name: 'Primary',
  people: ['ada', 'bob', 'cem'],
  start: '2024-01-01T09:00',
  end: null,
  turn: { unit: 'weeks', count: 1 },
  times: null,
  ...more,
});

export const schedule = (
  timeZone: string,
  rotations: readonly Rotation[],
  more: Partial<Schedule> = {},
): Schedule => ({
  ...{ id: 'on-call', name: 'On call', timeZone, rotations, overrides: [] },
  ...more,
});

export const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Kathmandu',
] as const;

const EVERY_DAY = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** Hand-offs in the night in which clocks change, times of the week across midnight, and an end. */
export const ROTATIONS: readonly Rotation[] = [
  rotation(),
  rotation({
    name: 'Nightly',
    people: ['dan', 'eve'],
    start: '2024-01-01T02:30',
    turn: { unit: 'days', count: 1 },
  }),
  rotation({
    name: 'Half days',
    people: ['fay', 'gus', 'hal'],
    start: '2024-01-01T08:00',
    turn: { unit: 'hours', count: 12 },
  }),
  rotation({
    ...{
      name: 'Nights',
      people: ['ida', 'jon'],
      start: '2024-01-05T18:00',
      turn: { unit: 'days', count: 3 },
    },
    times: [
      { days: ['friday', 'saturday'], from: '22:00', to: '02:30' },
      { days: EVERY_DAY, from: '02:00', to: '02:15' },
    ],
  }),
  rotation({
    name: 'Hourly',
    people: ['kim', 'lea'],
    start: '2024-01-01T00:30',
    end: '2026-10-25T02:30',
    turn: { unit: 'hours', count: 1 },
  }),
];

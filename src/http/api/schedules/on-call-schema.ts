// Owns who is on call as the API shows it: now, next, and as a list of shifts.
import { z } from 'zod';
import {
  type NamedShift,
  ON_CALL_PROBLEMS,
  type OnCallEntry,
  type OnCallNow,
} from '../../../services/schedules/read-on-call.ts';
import { iso, timeSchema } from '../common.ts';

const onCallPersonSchema = z
  .strictObject({
    id: z.string().meta({ description: 'The id of the person.', example: 'per_4q0rk2m9s7w1x3z5b8d6' }),
    name: z.string().meta({ description: 'The name. Of a deleted person, the id.', example: 'Ada Lovelace' }),
    rotation: z.string().nullable().meta({
      description: 'The name of the rotation. Null: an override.',
      example: 'Primary',
    }),
    channels: z
      .array(z.string())
      .meta({ description: 'Ids of the channels that reach the person.', example: ['ada-sms'] }),
    problem: z.enum(ON_CALL_PROBLEMS).nullable().meta({
      description:
        'Why notifications do not reach the person. `deleted`: the person does not exist any more. `disabled`: an admin disabled the person. `no_channel`: the person has no channel. Null: they do.',
      example: null,
    }),
  })
  .meta({ id: 'OnCallPerson', description: 'A person who is on call.' });

const peopleSchema = z
  .array(onCallPersonSchema)
  .meta({ description: 'The people on call. Empty: a gap of the schedule.' });

export const shiftSchema = z
  .strictObject({
    startsAt: timeSchema.meta({ description: 'When the shift begins.' }),
    endsAt: timeSchema.meta({ description: 'When it ends.', example: '2026-11-30T08:00:00.000Z' }),
    people: peopleSchema,
  })
  .meta({ id: 'Shift', description: 'A time in which the same people are on call.' });

export const onCallSchema = z
  .strictObject({
    at: timeSchema.meta({ description: 'The time of the answer.' }),
    people: peopleSchema,
    next: shiftSchema.nullable().meta({
      description: 'The next shift with other people. Null: they do not change within 62 days.',
    }),
  })
  .meta({ id: 'OnCall', description: 'Who is on call, and who is next.' });

const toPerson = ({ channels, ...entry }: OnCallEntry) => ({ ...entry, channels: [...channels] });

export const toShiftResponse = ({ startsAt, endsAt, people }: NamedShift): z.input<typeof shiftSchema> => ({
  ...{ startsAt: iso(startsAt), endsAt: iso(endsAt), people: people.map(toPerson) },
});

export const toOnCallResponse = (at: number, { people, next }: OnCallNow): z.input<typeof onCallSchema> => ({
  ...{ at: iso(at), people: people.map(toPerson), next: next && toShiftResponse(next) },
});

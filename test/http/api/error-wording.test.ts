// No text of zod's own reaches a person, whatever is wrong with whichever field of whichever request.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { checkSchema, checkTypes, findCheck } from '../../../probes/checks/catalogue.ts';
import { checkInputSchema } from '../../../probes/checks/check-input.ts';
import { channelInputSchema, channelPatchSchema } from '../../../src/http/api/channels/schema.ts';
import { checkRunSchema } from '../../../src/http/api/check-runs/schema.ts';
import { configurationSchema } from '../../../src/http/api/configuration/schema.ts';
import { didYouMean } from '../../../src/http/api/error-wording.ts';
import { describeIssues, describeMistakes } from '../../../src/http/api/field-errors.ts';
import { monitorInputSchema, monitorPatchSchema } from '../../../src/http/api/monitors/schema.ts';
import {
  maintenanceInputSchema,
  maintenancePatchSchema,
  silenceInputSchema,
  silencePatchSchema,
} from '../../../src/http/api/windows/schema.ts';

const RAW =
  /Invalid (input|option|string|key|element|discriminator|ISO|date|number|regex)|expected .*received|Too (small|big)|Unrecognized key|^Invalid URL$|undefined|NaN|\[object/;

const MONITOR = {
  ...{ id: 'shop', name: 'Shop', intervalSeconds: 60, locations: ['aws:eu-central-1'], dependsOn: ['a'] },
  alert: { quorum: 2, failures: 2, recoveries: 2, confirmSeconds: 10 },
  ...{ channels: ['on-call'], tags: { team: 'shop' }, public: true, paused: false },
  check: { type: 'tcp', host: 'shop.example.com', port: 443 },
};
const CHANNEL = {
  ...{ id: 'on-call', type: 'webhook', name: 'On call', enabled: true },
  config: { url: 'https://hooks.example.com/', secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' },
};
const WINDOW = {
  ...{ id: 'w', name: 'Upgrade', monitors: ['shop'], startsAt: '2026-11-24T09:30:00Z' },
  ...{ endsAt: '2026-11-24T10:30:00Z', durationMinutes: 60 },
};
const CRON = { ...WINDOW, cron: '0 2 * * SUN', timeZone: 'Europe/Berlin' };

/** A schema with a document that has as many of its fields as possible. */
const requests: [name: string, schema: z.ZodType, document: object][] = [
  ['a monitor', monitorInputSchema, MONITOR],
  ['an update of a monitor', monitorPatchSchema, MONITOR],
  ['a channel', channelInputSchema, CHANNEL],
  ['an update of a channel', channelPatchSchema, CHANNEL],
  ['a maintenance', maintenanceInputSchema, CRON],
  ['an update of a maintenance', maintenancePatchSchema, CRON],
  ['a silence', silenceInputSchema, WINDOW],
  ['an update of a silence', silencePatchSchema, WINDOW],
  ['a configuration', configurationSchema, { monitors: [MONITOR], channels: [CHANNEL] }],
  [
    'a check to run',
    checkRunSchema,
    { check: MONITOR.check, locations: ['aws:eu-central-1'], monitor: 'shop' },
  ],
  ...checkTypes.map((type): [string, z.ZodType, object] => {
    const { options, docs } = findCheck(type)!;
    const shape = (options as unknown as z.ZodObject).shape;
    // Every option, so that each is replaced by a wrong value.
    const unset = Object.fromEntries(Object.keys(shape).map((option) => [option, undefined]));
    return [`a check of type ${type}`, checkInputSchema, { ...unset, ...docs.example }];
  }),
];

const WRONG: readonly unknown[] = [
  ...[null, true, -1, 0, 1.5, 1e12, Number.NaN, '', ' ', 'x', '💥', 'x'.repeat(100_000), '{{x}}', '\u0000'],
  ...[[], [1], [null], ['x', 'x'], Array(200).fill('x'), [[]], [{}], {}, { a: 1 }, { '': null }, { type: 1 }],
  ...[[{ type: 'A' }], [{ send: 1 }], [{ expect: 1, send: 2 }], { 'bad name': 'x' }, undefined],
];

/** Every path of a document, its objects and lists included. */
function pathsOf(value: unknown, path: readonly PropertyKey[] = []): (readonly PropertyKey[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...entries.flatMap(([key, one]) => pathsOf(one, [...path, key]))];
}

function replaced(document: unknown, [key, ...rest]: readonly PropertyKey[], value: unknown): unknown {
  if (key === undefined) return value;
  const old = document as Record<PropertyKey, unknown>;
  const inner = replaced(old[key], rest, value);
  if (Array.isArray(old)) return old.with(Number(key), inner);
  if (inner !== undefined) return { ...old, [key]: inner };
  const { [key]: _, ...others } = old;
  return others;
}

function messagesOf(schema: z.ZodType, document: unknown): string[] {
  const { error } = schema.safeParse(document);
  if (!error) return [];
  const errors = [describeIssues(error, document), describeMistakes(error, document)].flat();
  return errors.map(({ path, message }) => `${path}: ${message}`);
}

describe('no message is zod’s own', () => {
  test.each(requests)('for %s with any wrong value in any field', (_, schema, document) => {
    let rejected = 0;
    for (const path of pathsOf(document))
      for (const value of WRONG) {
        const messages = messagesOf(schema, replaced(document, path, value));
        rejected += Math.min(1, messages.length);
        for (const message of messages) {
          expect(message).not.toMatch(RAW);
          expect(message).toMatch(/[.?:)\]"]$|: \S/);
        }
      }
    expect(rejected).toBeGreaterThan(20);
  });

  test.each(requests)('for %s with an unknown field, and for a random document', (_, schema, document) => {
    const unknown = messagesOf(schema, { ...document, whatever: 1 });
    expect(
      unknown.filter((message) => message.startsWith('whatever: Unknown field "whatever".')),
    ).toHaveLength(2);
    fc.assert(
      fc.property(fc.constantFrom(...pathsOf(document)), fc.anything({ maxDepth: 2 }), (path, value) => {
        for (const message of messagesOf(schema, replaced(document, path, value)))
          expect(message).not.toMatch(RAW);
      }),
      { numRuns: 30, seed: 11 },
    );
  });
});

test('a missing field is called missing, in every message and for every request', () => {
  for (const [, schema, document] of requests)
    for (const key of Object.keys(document)) {
      const { [key as never]: __, ...without } = document;
      for (const message of messagesOf(schema, without))
        if (message.startsWith(`${key}: `)) expect(message).toContain(`\`${key}\` is missing.`);
    }
  expect(messagesOf(checkSchema, { type: 'tcp', host: 'a.test' })).toContain(
    'port: `port` is missing. It must be a whole number between 1 and 65535.',
  );
});

test.each([
  ['intervalSecond', 'intervalSeconds'],
  ['interval', 'intervalSeconds'],
  ['interval_seconds', 'intervalSeconds'],
  ['INTERVALSECONDS', 'intervalSeconds'],
  ['prot', 'port'],
  ['chanels', 'channels'],
  ['htttp', 'http'],
  ['whatever', null],
  ['x', null],
])('for %s, the suggestion is %s', (given, name) => {
  const known = ['intervalSeconds', 'port', 'channels', 'http', 'monitors'];
  expect(didYouMean(given, known)).toBe(name === null ? '' : ` Did you mean "${name}"?`);
});

test('two short words that share half of their letters are no misspelling, but swapped letters are', () => {
  const fields = ['name', 'record', 'port', 'transport', 'tag', 'q'];
  for (const [given, hint] of [
    ['prot', 'port'],
    ['nane', 'name'],
    ['pot', 'port'],
    ['host', ''],
    ['page', ''],
    ['x', ''],
  ] as const)
    expect([given, didYouMean(given, fields)]).toEqual([given, hint && ` Did you mean "${hint}"?`]);
});

test('a missing address is missing, and not invalid besides', () => {
  const input = { ...CHANNEL, config: { secret: CHANNEL.config.secret } };
  const { error } = channelInputSchema.safeParse(input);
  const [first, ...others] = describeIssues(error!, input);
  expect([first?.path, others]).toEqual(['config.url', []]);
  expect(first?.message).toMatch(/^`url` is missing\. Use https:/);
});

test.each([
  ['no step', []],
  ['a step without an action', [{}]],
  ['a step with two actions', [{ send: 'x', expect: 'y' }]],
])('a script with %s gets one message', (_, steps) => {
  const input = { ...MONITOR, check: { type: 'script', host: 'mail.example.com', port: 25, steps } };
  const { error } = monitorInputSchema.safeParse(input);
  expect(describeIssues(error!, input)).toHaveLength(1);
});

// Pins the contract between coordinator and probe: golden fixtures, and a hash of the schemas for every version.
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import {
  CONTRACT_VERSION,
  FAILURE_CODES,
  jobSchema,
  reportSchema,
  UNMEASURED_REASONS,
} from '../../../probes/contract/index.ts';
import { hashOf } from '../../support/contract-hash.ts';
import jobs from './fixtures/jobs.json' with { type: 'json' };
import reports from './fixtures/reports.json' with { type: 'json' };
import pinned from './schema-hash.json' with { type: 'json' };

const families = [
  { name: 'job', schema: jobSchema as z.ZodType, fixtures: jobs },
  { name: 'report', schema: reportSchema as z.ZodType, fixtures: reports },
];

describe.each(families)('the schema of a $name', ({ schema, fixtures }) => {
  test.each(Object.entries(fixtures.good))(
    'a good fixture parses and serializes unchanged: %s',
    (_title, fixture) => {
      expect(JSON.parse(JSON.stringify(schema.parse(fixture)))).toEqual(fixture);
    },
  );
  test.each(Object.entries(fixtures.bad))('a bad fixture is rejected: %s', (_title, fixture) => {
    expect(schema.safeParse(fixture).success).toBe(false);
  });
});

test('the golden reports cover every outcome, failure code and reason', () => {
  const observations = Object.values(reports.good).flatMap(
    (report) => report.observations as Record<string, unknown>[],
  );
  const values = (key: string): Set<unknown> => new Set(observations.map((observation) => observation[key]));
  expect([...values('outcome')].sort()).toEqual(['failed', 'ok', 'unmeasured']);
  for (const code of FAILURE_CODES) expect(values('code'), code).toContain(code);
  for (const reason of UNMEASURED_REASONS) expect(values('reason'), reason).toContain(reason);
});

test('an observation without timings parses to empty timings', () => {
  const observation = { id: 1, startedAt: 5, outcome: 'ok' };
  const report = reportSchema.parse({
    version: CONTRACT_VERSION,
    build: 'x',
    receivedAt: 5,
    observations: [observation],
  });
  expect(report.observations[0]?.timings).toEqual({});
});

test('the schemas match the hash that is pinned to CONTRACT_VERSION', () => {
  const hashes = pinned as Record<string, string>;
  const hash = hashOf({ job: jobSchema, report: reportSchema });
  expect(
    hash,
    `The job or report schema changed, and version ${CONTRACT_VERSION} is deployed with the old one: run "npm run freeze:contract" on the commit before, bump CONTRACT_VERSION in probes/contract/version.ts, and pin ${hash} to the new number in test/probes/contract/schema-hash.json.`,
  ).toBe(hashes[CONTRACT_VERSION]);
});

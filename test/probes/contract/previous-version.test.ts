// The previous version of the contract: its frozen schemas and fixtures, the conversions in both directions, and what must
// be there when CONTRACT_VERSION is raised.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import {
  CONTRACT_VERSION,
  downgradeJob,
  downgradeReport,
  jobSchema,
  type Observation,
  PREVIOUS_VERSION,
  previousJobSchema,
  previousReportSchema,
  type Report,
  reportSchema,
  upgradeJob,
  upgradeReport,
} from '../../../probes/contract/index.ts';
import { hashOf } from '../../support/contract-hash.ts';
import jobs from './fixtures/jobs.json' with { type: 'json' };
import previousJobs from './fixtures/previous/jobs.json' with { type: 'json' };
import previousReports from './fixtures/previous/reports.json' with { type: 'json' };
import reports from './fixtures/reports.json' with { type: 'json' };
import pinned from './schema-hash.json' with { type: 'json' };

const RECIPE =
  'Before CONTRACT_VERSION is raised, run `npm run freeze:contract`. If it is raised already, run it with a checkout of the last ' +
  'release: `git worktree add ../released TAG`, `npm ci` in it, then `npm run freeze:contract -- ../released`. CONTRIBUTING.md, "A change of the contract", has the recipe.';

describe('what is frozen', () => {
  test('is the version before the present one', () => {
    expect(PREVIOUS_VERSION, RECIPE).toBe(CONTRACT_VERSION - 1);
  });

  test('has the schemas whose hash was pinned when that version was the present one', () => {
    const hash = hashOf({ job: previousJobSchema, report: previousReportSchema });
    expect(hash, RECIPE).toBe((pinned as Record<string, string>)[PREVIOUS_VERSION]);
  });

  test('has fixtures of that version, which its schemas accept and reject', () => {
    const families: { schema: z.ZodType; fixtures: { good: object; bad: object } }[] = [
      { schema: previousJobSchema, fixtures: previousJobs },
      { schema: previousReportSchema, fixtures: previousReports },
    ];
    for (const { schema, fixtures } of families) {
      for (const [title, good] of Object.entries(fixtures.good)) {
        expect(good.version, RECIPE).toBe(PREVIOUS_VERSION);
        expect(schema.safeParse(good).success, title).toBe(true);
      }
      for (const [title, bad] of Object.entries(fixtures.bad))
        expect(schema.safeParse(bad).success, title).toBe(false);
    }
  });

  test('has the bundle of the probe that spoke that version', () => {
    const file = new URL('./fixtures/previous/probe.mjs.gz', import.meta.url);
    const packed = readFileSync(file);
    expect(packed.length).toBeLessThan(1_000_000);
    expect(gunzipSync(packed).toString(), RECIPE).toMatch(/export\s*\{.*\bhandler\b/);
  });
});

describe('a job of the coordinator for an older probe', () => {
  test.each(Object.entries(jobs.good))(
    'is one of the previous version, with the same runs: %s',
    (_, fixture) => {
      const job = jobSchema.parse(fixture);
      const older = downgradeJob(job);
      expect(previousJobSchema.safeParse(older).error).toBeUndefined();
      expect(older.runs).toEqual(job.runs);
    },
  );
});

describe('a job of an older coordinator for the probe', () => {
  test.each(Object.entries(previousJobs.good))('is one of the present version: %s', (_, job) => {
    const upgraded = upgradeJob(previousJobSchema.parse(job));
    expect(jobSchema.safeParse(upgraded).error).toBeUndefined();
    expect(upgraded.runs).toEqual(job.runs);
  });
});

describe('a report of an older probe for the coordinator', () => {
  test.each(Object.entries(previousReports.good))('is one of the present version: %s', (_, report) => {
    const upgraded = upgradeReport(previousReportSchema.parse(report));
    expect(reportSchema.safeParse(upgraded).error).toBeUndefined();
    expect(upgraded.observations.map(({ outcome }) => outcome)).toEqual(
      report.observations.map(({ outcome }) => outcome),
    );
  });
});

describe('a report of the probe for an older coordinator', () => {
  test.each(Object.entries(reports.good))(
    'is one of the previous version, and every outcome is the same: %s',
    (_, fixture) => {
      const report = reportSchema.parse(fixture);
      const older = downgradeReport(report);
      expect(previousReportSchema.safeParse(JSON.parse(JSON.stringify(older))).error).toBeUndefined();
      expect(older.observations.map(({ outcome }) => outcome)).toEqual(
        report.observations.map(({ outcome }) => outcome),
      );
    },
  );

  const report = (observations: readonly object[]): Report => ({
    ...{ version: CONTRACT_VERSION, build: 'x', receivedAt: 5 },
    observations: observations.map((one, id) => ({ id, startedAt: 5, timings: {}, ...one }) as Observation),
  });

  test('leaves out the warning `address`, and keeps the others', () => {
    const warning = (code: string) => ({ code, limit: 0, detail: 'slow' });
    const { observations } = downgradeReport(
      report([
        { outcome: 'ok', degraded: [warning('address')] },
        { outcome: 'ok', degraded: [warning('latency'), warning('address')] },
      ]),
    );
    expect(observations[0]).toEqual({ id: 0, startedAt: 5, outcome: 'ok', timings: {} });
    expect(observations[1]).toMatchObject({ outcome: 'ok', degraded: [warning('latency')] });
  });

  test('has an unmeasured run for what that version has no words for, and the report stays readable', () => {
    const older = downgradeReport(
      report([
        { outcome: 'failed', code: 'newer_code', detail: 'new' },
        { outcome: 'ok', newer: true },
        { outcome: 'newer' },
        { outcome: 'ok' },
      ]),
    );
    expect(previousReportSchema.safeParse(older).error).toBeUndefined();
    expect(older.observations.map((one) => [one.id, one.outcome])).toEqual([
      [0, 'unmeasured'],
      [1, 'unmeasured'],
      [2, 'unmeasured'],
      [3, 'ok'],
    ]);
    expect(older.observations[0]).toMatchObject({
      reason: 'version',
      detail: expect.stringContaining('deploy the coordinator'),
    });
  });
});

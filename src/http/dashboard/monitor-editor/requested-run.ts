// Owns reading the check of a posted form as a run at once: the same schema as POST /api/v1/check, its errors by field.
import { err, ok, type Result } from '../../../result.ts';
import { checkRunSchema } from '../../api/check-runs/schema.ts';
import { describeIssues } from '../../api/field-errors.ts';
import type { FormErrors } from '../form.tsx';
import type { RunRequest } from './run-parts.tsx';

/** `monitor`: whose stored secrets the check may use. */
export function requestedRun(
  body: Readonly<Record<string, unknown>>,
  monitor?: string,
): Result<RunRequest, FormErrors> {
  const { check, locations = 'all' } = body;
  const parsed = checkRunSchema.safeParse({ check, locations });
  if (parsed.success)
    return ok({
      check: parsed.data.check,
      locations: parsed.data.locations,
      ...(monitor === undefined ? {} : { monitor }),
    });
  const errors = describeIssues(parsed.error, { check, locations });
  return err(Object.fromEntries(errors.toReversed().map(({ path, message }) => [path || 'form', message])));
}

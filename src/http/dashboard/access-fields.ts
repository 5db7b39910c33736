// Owns reading the fields of forms about people and keys: what was typed as a value, or the error of each field.
// The rules of single fields are those of the API.
import { z } from 'zod';
import { ROLES } from '../../access/role.ts';
import { err, ok, type Result } from '../../result.ts';
import { normalizeUsername, usernameProblem } from '../../services/local-accounts/username.ts';
import { nameSchema } from '../api/common.ts';
import { describeIssues } from '../api/field-errors.ts';
import { tagSelectorSchema } from '../api/tags.ts';
import { readTags } from './access-text.tsx';
import type { FormErrors, FormValues } from './form.tsx';

const MAX_TAGS = 50;

const accessShape = {
  name: nameSchema,
  role: z.enum(ROLES, { error: 'Choose a role.' }),
  tags: z
    .array(tagSelectorSchema)
    .max(MAX_TAGS, { error: `Must be at most ${MAX_TAGS} tags.` })
    .nullable(),
};

const accessSchema = z.object(accessShape);
const personSchema = z.object({
  ...accessShape,
  username: z
    .string({ error: 'Must be a username.' })
    .transform(normalizeUsername)
    .superRefine((username, issues) => {
      const message = usernameProblem(username);
      if (message !== null) issues.addIssue({ code: 'custom', message });
    }),
});

/** Name, role and restriction. */
export const readAccess = (values: FormValues): Result<z.output<typeof accessSchema>, FormErrors> =>
  read(accessSchema, values);

/** The same with a username, in the form in which it is stored. */
export const readPerson = (values: FormValues): Result<z.output<typeof personSchema>, FormErrors> =>
  read(personSchema, values);

function read<T>(schema: z.ZodType<T>, values: FormValues): Result<T, FormErrors> {
  const input = { ...values, tags: readTags(values.tags) };
  const parsed = schema.safeParse(input);
  return parsed.success ? ok(parsed.data) : err(byField(describeIssues(parsed.error, input)));
}

/** One message for each field: `tags[1]` belongs to the field `tags`. */
const byField = (errors: readonly { readonly path: string; readonly message: string }[]): FormErrors =>
  Object.fromEntries(errors.toReversed().map(({ path, message }) => [path.split(/[.[]/, 1)[0]!, message]));

/** The error of a service, at its field. Without a field, it belongs to the whole form. */
export const serviceErrors = ({
  path = [],
  message,
}: {
  readonly path?: readonly (string | number)[];
  readonly message: string;
}): FormErrors => ({ [String(path[0] ?? 'form')]: message });

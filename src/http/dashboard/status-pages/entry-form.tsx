// Owns what the forms of this section share: the version that a form was made for, what is said after a refusal, and reading a
// body with the schema of the API. Does not own a field.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { z } from 'zod';
import { err, ok, type Result } from '../../../result.ts';
import { etagOf } from '../../api/etag.ts';
import { describeIssues } from '../../api/field-errors.ts';
import type { HttpEnv } from '../../context.ts';
import type { PageStatus } from '../../ui/page.ts';
import type { ApiResponse } from '../call-api.ts';
import { Confirm, Form, type FormErrors } from '../form.tsx';
import { Notice } from '../notice.tsx';
import { showRefusal, type WayBack } from '../refusal.tsx';
import type { PostedValues } from '../schema-form/form-input.ts';

/** What a form shows instead of what is stored. */
export interface Refused {
  readonly values: PostedValues;
  readonly errors: FormErrors;
  readonly status: PageStatus;
}

/** The value of a body that the API would take, or the error of each field by its path. */
export function readBody<S extends z.ZodType>(schema: S, body: unknown): Result<z.output<S>, FormErrors> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return ok(parsed.data);
  const errors = describeIssues(parsed.error, body as never).toReversed();
  return err(Object.fromEntries(errors.map(({ path, message }) => [path === '' ? 'form' : path, message])));
}

export const VERSION_FIELD = '~version';

export const Version = ({ of }: { of: { readonly version: number } | null }) =>
  of === null ? null : <input type="hidden" name={VERSION_FIELD} value={String(of.version)} />;

/** The condition that nobody has changed the entry since the form was made. */
export function ifMatch(posted: PostedValues): Readonly<Record<string, string>> {
  const version = posted[VERSION_FIELD]?.at(-1);
  return version === undefined ? {} : { 'if-match': etagOf({ version: Number(version) }) };
}

const CHANGED = 'Another person changed it while you edited it, so nothing was saved.';

/** A refusal of the API, to be shown in the form. */
export const refusedBy = (response: ApiResponse, values: PostedValues): Refused => ({
  values,
  errors: response.status === 412 ? { changed: CHANGED } : response.errors,
  status: response.status === 412 ? 409 : response.status === 409 ? 409 : response.status === 403 ? 403 : 422,
});

export const refusedWith = (errors: FormErrors, values: PostedValues): Refused => ({
  ...{ values, errors, status: 422 },
});

/** Above a form whose values were refused. `fields` are the paths that the form has: other errors are said here. */
export const Refusal = ({
  refused,
  current,
  fields = [],
}: {
  refused: Refused | undefined;
  /** The address of the entry as it is stored. */
  current: string;
  fields?: readonly string[];
}) => {
  if (refused === undefined) return null;
  const { errors } = refused;
  if (errors.changed)
    return (
      <Notice tone="bad" title={errors.changed}>
        <p>
          What you typed is still below. <a href={current}>Open it as it is now</a>, and repeat the change
          there.
        </p>
      </Notice>
    );
  const isShown = (path: string) =>
    fields.some((field) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`));
  const others = Object.entries(errors).flatMap(([path, message]) =>
    message === undefined || isShown(path) ? [] : [message],
  );
  return (
    <Notice tone="bad" title={others[0] ?? 'Nothing was saved. Look at the fields that are marked.'}>
      {others.slice(1).map((message) => (
        <p>{message}</p>
      ))}
    </Notice>
  );
};

/** What the API refused of an action that has no form of its own. */
export function showRefused(c: Context<HttpEnv>, response: ApiResponse, back: WayBack) {
  const kind =
    response.status === 404
      ? 'not_found'
      : response.status === 412
        ? 'precondition_failed'
        : response.status === 403
          ? 'forbidden'
          : response.status === 409
            ? 'conflict'
            : 'invalid';
  const message = Object.values(response.errors)[0] ?? response.detail;
  return showRefusal(c, { kind, path: [], message } as Parameters<typeof showRefusal>[1], back);
}

interface DeleteProps {
  readonly c: Context<HttpEnv>;
  readonly action: string;
  readonly version: { readonly version: number };
  readonly label: string;
  readonly heading: string;
  readonly children?: Child;
}

export const DeleteForm = ({ c, action, version, label, heading, children }: DeleteProps) => (
  <section aria-labelledby="delete">
    <h2 id="delete">{heading}</h2>
    <Form c={c} action={action} class="plain">
      {children}
      <Version of={version} />
      <Confirm label={label} />
      <button type="submit" class="danger">
        {heading}
      </button>
    </Form>
  </section>
);

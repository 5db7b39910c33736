// Owns the outcome of an operation: a value, or an error that the caller expects. Bugs are thrown, never returned.

export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** Why a request is rejected. `path` names the invalid field, `message` states the fix. */
export type ValidationError =
  | {
      readonly kind: 'not_found';
      readonly message: string;
      /** The field that names what does not exist. Undefined: the path of the request does. */
      readonly path?: readonly (string | number)[];
    }
  | { readonly kind: 'conflict'; readonly path: readonly (string | number)[]; readonly message: string }
  | { readonly kind: 'forbidden'; readonly path: readonly (string | number)[]; readonly message: string }
  | { readonly kind: 'invalid'; readonly path: readonly (string | number)[]; readonly message: string };

export type NotFoundError = Extract<ValidationError, { readonly kind: 'not_found' }>;

/** The row has another version than the one that the caller expects. */
export interface VersionError {
  readonly kind: 'precondition_failed';
  readonly message: string;
}

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });
export const err = <E>(error: E): Result<never, E> => ({ ok: false, error });

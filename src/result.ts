// What a flow answers: a value, or a refusal it expected. Bugs are thrown, never returned.

export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** Why a request was not carried out. `path` names the field at fault, `message` says what to do. */
export type ValidationError =
  | { readonly kind: 'not_found'; readonly message: string }
  | { readonly kind: 'conflict'; readonly path: readonly (string | number)[]; readonly message: string }
  | { readonly kind: 'invalid'; readonly path: readonly (string | number)[]; readonly message: string };

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });
export const err = <E>(error: E): Result<never, E> => ({ ok: false, error });

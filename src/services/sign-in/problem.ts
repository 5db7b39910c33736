// Owns why a sign-in through an identity provider fails, as the page of the sign-in needs it. Pure.

/**
 * `unreachable`: the provider does not answer. `misconfigured`: an admin must correct the provider. `cancelled`: the person
 * or the provider refused. `expired`: the sign-in took too long, was begun elsewhere, or was completed before. `invalid`: the
 * response of the provider proves nothing. `no_role`: no group of the person has a role. `disabled`: an admin disabled the
 * person.
 */
export type SignInProblemKind =
  | 'unreachable'
  | 'misconfigured'
  | 'cancelled'
  | 'expired'
  | 'invalid'
  | 'no_role'
  | 'disabled';

export interface SignInProblem {
  readonly kind: SignInProblemKind;
  /** What happened, for the log. Without tokens. */
  readonly error?: unknown;
}

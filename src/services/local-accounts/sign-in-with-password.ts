// Signs a local person in with a password and then a code: of the authenticator app, or a recovery code. Every refusal looks
// the same from outside, and takes as long. Does not know pages or cookies.
import type { Origin } from '../../access/caller.ts';
import type { EncryptionKeys } from '../../encryption-key.ts';
import { err, ok, type Result } from '../../result.ts';
import { totpPlace, unseal } from '../../store/encryption.ts';
import { findPerson, findPersonByUsername, replacePasswordHash } from '../../store/people.ts';
import {
  countUnusedRecoveryCodes,
  isRecoveryCodeUnused,
  markRecoveryCodeUsed,
} from '../../store/recovery-codes.ts';
import { deleteFailures } from '../../store/sign-in-failures.ts';
import { useToken } from '../../store/used-tokens.ts';
import { type Flow, isFlowUsed } from '../sign-in/flow.ts';
import { hashToken } from '../tokens.ts';
import { completeSignIn, type SignedIn, type SignIn } from './complete-sign-in.ts';
import { beginAttempt, type Device, failureKey, takeBack } from './failure-limit.ts';
import { asLocalPerson, type LocalPerson } from './local-person.ts';
import { hashPassword, isPassword, needsRehash } from './password.ts';
import { hashRecoveryCode } from './recovery-codes.ts';
import { isTotpCode, totpStepOf } from './totp.ts';
import { normalizeUsername } from './username.ts';

type Deps = EncryptionKeys & { readonly db: D1Database };

/** `limited`: there were too many failures, so nothing was verified. */
export type Refusal = 'refused' | 'limited';

/** What the browser keeps between the password and the code. */
export interface CodeNeeded {
  readonly personId: string;
  /** Whose failures this sign-in counts to: see failure-limit.ts. */
  readonly failureKey: string;
  /** Which password was right: see {@link markOf}. */
  readonly passwordMark: string;
}

export interface PasswordAttempt {
  readonly username: string;
  readonly password: string;
  readonly device: Device | null;
}

/** The first step. Success means that the code is asked for. */
export async function checkPassword(
  { db }: Deps,
  { username, password, device }: PasswordAttempt,
  now: number,
): Promise<Result<CodeNeeded, Refusal>> {
  const name = normalizeUsername(username);
  const found = await findPersonByUsername(db, name);
  const key = await failureKey(name, found, device);
  if (!(await beginAttempt(db, key, now))) return err('limited');
  const stored = found?.passwordHash ?? null;
  const isRight = await isPassword(password, stored);
  const person = asLocalPerson(found);
  // A password alone is not a sign-in: an account without an authenticator app has to be invited again.
  if (!isRight || stored === null || person === null || person.totpSecret === null) return err('refused');
  await takeBack(db, key);
  let current = stored;
  if (needsRehash(stored)) {
    current = await hashPassword(password);
    await replacePasswordHash(db, person.id, stored, current);
  }
  return ok({ personId: person.id, failureKey: key, passwordMark: await markOf(current) });
}

/** Names a password without showing it: one that was changed meanwhile completes no sign-in. */
const markOf = (passwordHash: string | null): Promise<string> => hashToken(`password ${passwordHash}`);

export interface CodeAttempt extends Pick<SignIn, 'replacedSessionId'> {
  readonly flow: Flow & CodeNeeded;
  readonly code: string;
  readonly origin: Origin;
}

/** A code may have been used by a request that is answered at the same time. Its row is kept for longer than it is valid. */
const CODE_KEPT_MS = 300_000;

/** The second step. */
export async function checkCode(
  config: Deps,
  { flow, code, origin, replacedSessionId }: CodeAttempt,
  now: number,
): Promise<Result<SignedIn, Refusal>> {
  const { db } = config;
  if (!(await beginAttempt(db, flow.failureKey, now))) return err('limited');
  const person = asLocalPerson(await findPerson(db, flow.personId));
  const isPasswordSame = async ({ passwordHash }: LocalPerson) =>
    (await markOf(passwordHash)) === flow.passwordMark;
  if (person === null || !(await isPasswordSame(person)) || (await isFlowUsed(db, flow)))
    return err('refused');
  const proof = await (isTotpCode(code)
    ? byApp(config, person, code, now)
    : byRecoveryCode(db, person, code, now));
  if (proof === null) return err('refused');
  return completeSignIn(config, {
    personId: person.id,
    method: 'password',
    flow,
    origin,
    now,
    replacedSessionId,
    ...proof,
    isStillValid: async (current) =>
      current.totpSecret === person.totpSecret &&
      (await isPasswordSame(current)) &&
      (await proof.isStillValid()),
    statements: [...proof.statements, deleteFailures(db, flow.failureKey)],
  });
}

type Proof = Pick<SignIn, 'statements' | 'totpStep' | 'details'> & {
  readonly isStillValid: () => Promise<boolean>;
};

async function byApp(config: Deps, person: LocalPerson, code: string, now: number): Promise<Proof | null> {
  const { id, totpSecret, totpStep } = person;
  if (totpSecret === null) return null;
  const secret = await unseal<string>(config, totpPlace(id), totpSecret);
  const step = totpStepOf(secret, code, now, totpStep);
  if (step === null) return null;
  const use = useToken(config.db, await hashToken(`totp ${id} ${step}`), 'sign_in', now, now + CODE_KEPT_MS);
  return {
    statements: [use],
    totpStep: step,
    details: { code: 'authenticator' },
    isStillValid: async () => true,
  };
}

async function byRecoveryCode(
  db: D1Database,
  { id }: LocalPerson,
  code: string,
  now: number,
): Promise<Proof | null> {
  const hash = await hashRecoveryCode(id, code);
  const isStillValid = () => isRecoveryCodeUnused(db, id, hash);
  if (!(await isStillValid())) return null;
  const left = (await countUnusedRecoveryCodes(db, id)) - 1;
  return {
    statements: [useToken(db, hash, 'sign_in', now, now + CODE_KEPT_MS), markRecoveryCodeUsed(db, hash, now)],
    details: { code: 'recovery', recoveryCodesLeft: left },
    isStillValid,
  };
}

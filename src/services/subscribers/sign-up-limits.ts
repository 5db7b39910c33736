// Owns how many sign-ups may send a message: to one receiver, and from the whole mesh. Does not limit clients: the routes do.
// The counts are in D1, in the table of failures: a stranger who signs up other people is one.
import { countFailure, uncountFailure } from '../../store/sign-in-failures.ts';
import { hashToken } from '../tokens.ts';

const HOUR_MS = 3_600_000;
/** Messages to one mailbox, or to one host. More would be an attack on it by our mails. */
const PER_RECEIVER = { email: 3, slack: 3, webhook: 10 } as const;
/** Of all receivers together: what a provider of mails, and the reputation of the sender, can take. */
export const MAX_PER_HOUR = 300;

/**
 * `limited`: nothing may be sent now, to whomever. `silent`: this receiver had enough messages. Its answer is that of `allowed`.
 */
export async function limitSignUp(
  db: D1Database,
  kind: keyof typeof PER_RECEIVER,
  receiver: string,
  now: number,
): Promise<'allowed' | 'silent' | 'limited'> {
  const max = PER_RECEIVER[kind];
  const receiverKey = await hashToken(`subscribe ${kind} ${receiver}`);
  const own = await countFailure(db, receiverKey, { periodMs: HOUR_MS, max }, now);
  const meshKey = await hashToken('subscribe');
  const all = await countFailure(db, meshKey, { periodMs: HOUR_MS, max: MAX_PER_HOUR }, now);
  if (all === null || all.failures > MAX_PER_HOUR) return 'limited';
  if (own !== null && own.failures <= max) return 'allowed';
  // One receiver must not use up the limit of all others.
  await uncountFailure(db, meshKey);
  return 'silent';
}

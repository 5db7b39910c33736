// Owns the secrets of the watchdog, as the deployment writes them into a parameter: the key that signs its requests, and the
// emergency channel. Does not read the parameter.
import { z } from 'zod';
import { receiverUrl } from '../channels/url-field.ts';
import { webhookSecret } from '../channels/webhook.ts';

const url = receiverUrl('Remove them: requests cannot carry them.');

/** The deployment checks the settings with it, so that no alert is the first to find a mistake. */
export const emergencySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('webhook'), url, secret: webhookSecret.optional() }),
  z.object({ type: z.literal('slack'), url }),
  z.object({ type: z.literal('pagerduty'), routingKey: z.string().min(1), apiUrl: url.optional() }),
]);
export type Emergency = z.output<typeof emergencySchema>;

const secretsSchema = z.object({
  watchdogKey: z.string().min(1),
  emergency: emergencySchema.nullable(),
});
export type WatchdogSecrets = z.output<typeof secretsSchema>;

/** Throws an error that names the field, and contains no value. */
export function readSecrets(text: string): WatchdogSecrets {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('The parameter of the secrets is not JSON. Deploy again.');
  }
  const parsed = secretsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'the object'))];
  throw new Error(`The parameter of the secrets is invalid: ${fields.join(', ')}. Deploy again.`);
}

// Owns the signed link with which a person acknowledges an incident. Pure except for the key derivation.
import type { EncryptionKeys } from './encryption-key.ts';

/** The address of the page with the button. The link names the incident and the channel that it was sent to. */
export async function acknowledgeUrl(
  _keys: EncryptionKeys,
  _publicUrl: string,
  _incidentId: string,
  _channelId: string,
): Promise<string | null> {
  return null;
}

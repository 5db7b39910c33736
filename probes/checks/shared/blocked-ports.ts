// Owns the ports that a kind of location cannot reach, whatever the target does. Pure.
import type { CheckTarget } from '../check.ts';

/**
 * Why this location cannot reach this port, and the fix; null if it can.
 * AWS Lambda blocks outbound TCP 25: docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html
 */
export function blockedPort(
  location: string,
  { port, transport }: Pick<CheckTarget, 'port' | 'transport'>,
): string | null {
  if (port !== 25 || transport !== 'tcp' || !location.startsWith('aws:')) return null;
  return `AWS blocks TCP port 25 from Lambda, so ${location} can never reach it. Monitor port 587 or 465, or use other locations.`;
}

// Owns the certificate that an observation reports in its facts. Pure. The secrets of the job are redacted before.
import type { Fact, Observation } from '../../probes/contract/index.ts';
import type { SeenCertificate } from '../engine/model/certificate.ts';

const SHA_256 = /^[0-9A-F]{64}$/;

/** Null without a TLS session, or if a probe reports no fingerprint or end. */
export function seenCertificate(observation: Observation): SeenCertificate | null {
  if (!('facts' in observation) || observation.facts === undefined) return null;
  const facts = new Map(observation.facts.map(({ name, value }) => [name, value]));
  const fingerprint = textOf(facts.get('tls.fingerprint')).replaceAll(':', '').toUpperCase();
  const validTo = timeOf(facts.get('tls.validTo'));
  if (!SHA_256.test(fingerprint) || validTo === null) return null;
  const names = facts.get('tls.names');
  const validFrom = timeOf(facts.get('tls.validFrom'));
  const chainValidTo = timeOf(facts.get('tls.chainValidTo'));
  return {
    ...{ monitor: observation.id, startedAt: observation.startedAt, fingerprint, validTo },
    ...{ subject: textOf(facts.get('tls.subject')), issuer: textOf(facts.get('tls.issuer')) },
    ...(Array.isArray(names) ? { names } : {}),
    ...(validFrom === null ? {} : { validFrom }),
    ...(chainValidTo === null ? {} : { chainValidTo }),
  };
}

type Value = Fact['value'] | undefined;

const textOf = (value: Value): string => (typeof value === 'string' ? value : '');

function timeOf(value: Value): number | null {
  const at = Date.parse(textOf(value));
  return Number.isNaN(at) ? null : at;
}

// Owns the options that say how a server must use TLS: versions, versions to refuse, and client certificates. Pure but for
// the conversations that test them.
import { z } from 'zod';
import type { Facts } from '../../contract/index.ts';
import { type Connection, type Target, type TlsFacts, type Wire, WireError } from '../check.ts';

export const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof VERSIONS)[number];

const NAMES = VERSIONS.map((name) => `"${name}"`).join(', ');
const versionSchema = z.enum(VERSIONS, { error: `The version must be one of ${NAMES}.` });

export const legacyTlsSchema = z
  .boolean({ error: '`legacyTls` must be true or false.' })
  .optional()
  .meta({
    description:
      'Whether to accept old servers: TLS 1.0 and 1.1, weak ciphers and keys, and renegotiation without RFC 5746. Defaults to ' +
      'false, and to true with `"trust": "any"`.',
  });

export const tlsPolicyFields = {
  minVersion: versionSchema.optional().meta({
    description: 'Oldest version to offer. Defaults to TLSv1.2, and to TLSv1 with `legacyTls`.',
  }),
  maxVersion: versionSchema
    .optional()
    .meta({ description: 'Newest version to offer. Defaults to the newest that the probe supports.' }),
  refuseVersions: z
    .array(versionSchema)
    .min(1, { error: '`refuseVersions` is empty. Add a version, or remove `refuseVersions`.' })
    .max(VERSIONS.length, { error: `\`refuseVersions\` must have at most ${VERSIONS.length} versions.` })
    .refine((versions) => new Set(versions).size === versions.length, {
      error: 'A version appears twice in `refuseVersions`. Remove one of them.',
    })
    .optional()
    .meta({
      description:
        'Versions that the server must refuse. For each, the probe starts a second handshake that offers this version only.',
      example: ['TLSv1', 'TLSv1.1'],
    }),
  clientCertificate: z
    .literal('required', { error: 'The only valid value of `clientCertificate` is "required".' })
    .optional()
    .meta({
      description:
        '`required`: the server must request a client certificate and refuse the probe, which has none.',
    }),
};

export interface TlsPolicy {
  readonly trust: 'system' | 'any';
  readonly ca?: string | undefined;
  readonly legacyTls?: boolean | undefined;
  readonly minVersion?: TlsVersion | undefined;
  readonly maxVersion?: TlsVersion | undefined;
  readonly refuseVersions?: readonly TlsVersion[] | undefined;
  readonly clientCertificate?: 'required' | undefined;
}

const isLegacy = ({ trust, legacyTls }: TlsPolicy): boolean => legacyTls ?? trust === 'any';

/** Reports versions that contradict each other. `addIssue` gets the field. */
export function validateTlsPolicy(
  policy: TlsPolicy,
  addIssue: (field: string, message: string) => void,
): void {
  const oldest = isLegacy(policy) ? 'TLSv1' : 'TLSv1.2';
  const { minVersion = oldest, maxVersion = 'TLSv1.3', refuseVersions = [] } = policy;
  const rank = (version: TlsVersion): number => VERSIONS.indexOf(version);
  if (rank(minVersion) > rank(maxVersion))
    addIssue(
      'maxVersion',
      policy.minVersion === undefined
        ? `The default \`minVersion\` is ${minVersion}, which is newer. Set \`minVersion\` as well.`
        : `\`maxVersion\` is older than \`minVersion\`, ${minVersion}. Raise \`maxVersion\` or lower \`minVersion\`.`,
    );
  const offered = VERSIONS.filter(
    (version) => rank(version) >= rank(minVersion) && rank(version) <= rank(maxVersion),
  );
  if (offered.length > 0 && offered.every((version) => refuseVersions.includes(version)))
    addIssue(
      'refuseVersions',
      'The check itself offers only versions that the server must refuse. Remove a version, or change `minVersion` or `maxVersion`.',
    );
}

/** What the wire needs of the policy. */
export const tlsOptionsOf = (policy: TlsPolicy) => ({
  trust: policy.trust,
  ca: policy.ca,
  minVersion: policy.minVersion,
  maxVersion: policy.maxVersion,
  legacy: isLegacy(policy),
  mayRefuse: policy.clientCertificate === 'required',
});

/** Failures by which a server refuses a handshake. */
const REFUSED: ReadonlySet<string> = new Set(['tls', 'reset']);

export const isRefusal = (error: unknown): boolean => error instanceof WireError && REFUSED.has(error.code);

/** Which of the versions the server accepts although it must refuse it, in words; null if it refuses all. */
export async function findAcceptedVersion(
  target: Target,
  serverName: string,
  { refuseVersions = [] }: TlsPolicy,
  wire: Wire,
): Promise<string | null> {
  for (const version of refuseVersions) {
    const isAccepted = await wire.untimed(() => accepts(target, serverName, version, wire));
    if (isAccepted) return `the server accepts ${version}, which it must refuse`;
  }
  return null;
}

async function accepts(
  target: Target,
  serverName: string,
  version: TlsVersion,
  wire: Wire,
): Promise<boolean> {
  wire.trace(`offering ${version} only`);
  const connection = await wire.connect(target);
  try {
    await connection.startTls({
      ...{ serverName, trust: 'any', legacy: true },
      minVersion: version,
      maxVersion: version,
      mayRefuse: true,
    });
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
  connection.end();
  return true;
}

/** Kept for the report, when a server accepts the probe and sends nothing. */
const REPORT_MS = 100;

/** Why the server does not require a client certificate, in words; null if it refuses the probe, which has none. */
export async function findMissingRefusal(
  connection: Connection,
  facts: TlsFacts,
  wire: Wire,
): Promise<string | null> {
  // In TLS 1.3 a server refuses after the handshake (RFC 8446, section 4.4.2.4).
  const isRefused = facts.isRefused || (await endsWithoutData(connection, wire));
  // nginx refuses the first request, and this check sends none.
  const elsewhere = facts.requestsCertificate ? '. If it refuses requests instead, use an http check' : '';
  if (!isRefused) return `${describeAcceptance(facts)}${elsewhere}`;
  return facts.requestsCertificate
    ? null
    : 'the server ended the connection, but did not request a client certificate';
}

export const describeAcceptance = (facts: TlsFacts): string =>
  facts.requestsCertificate
    ? 'the server requests a client certificate, but accepts clients without'
    : 'the server does not request a client certificate';

async function endsWithoutData(connection: Connection, wire: Wire): Promise<boolean> {
  try {
    const line = await connection.peekLine(0, Math.max(1, wire.remainingMs() - REPORT_MS));
    return line === null;
  } catch (error) {
    if (isRefusal(error)) return true;
    throw error;
  }
}

/** The fact that a policy adds. */
export const clientCertificateFact = ({ clientCertificate }: TlsPolicy, facts: TlsFacts): Facts =>
  clientCertificate === undefined
    ? []
    : [{ name: 'tls.requestsClientCertificate', value: facts.requestsCertificate }];

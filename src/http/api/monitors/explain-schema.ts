// Owns the explanation of a verdict as the API shows it: votes, streaks, quorum, the open round and the next checks.
import { z } from 'zod';
import { observationFields } from '../../../channels/observation-fields.ts';
import type { Explanation } from '../../../engine/explain/explain.ts';
import type { LocationIncident, StoredObservation } from '../../../engine/model/state.ts';
import { INHIBITIONS } from '../../../engine/notifications/dependency.ts';
import {
  type LocatedCertificate,
  locatedCertificates,
  type StoredCertificates,
} from '../../../store/certificates.ts';
import { iso, isoOrNull, timeSchema } from '../common.ts';
import { quarantineRuleSchema } from '../locations/schema.ts';
import { verdictSchema } from './schema.ts';

const observationSchema = z.strictObject({
  outcome: z.enum(['ok', 'failed', 'unmeasured']).meta({ description: 'The outcome.' }),
  code: z.string().nullable().meta({ description: 'The cause of a failure.' }),
  reason: z.string().nullable().meta({ description: 'Why nothing was measured.' }),
  detail: z.string().nullable().meta({ description: 'The failure in words.' }),
  observedAt: timeSchema.meta({ description: 'The start of the check run.' }),
  ...observationFields,
});

const warningKindSchema = z.enum(['degraded', 'certificate']).meta({ description: 'The kind of warning.' });

const quorumCountSchema = z.strictObject({
  policy: z
    .union([z.enum(['majority', 'all', 'any']), z.int()])
    .meta({ description: 'The quorum of the alert policy.' }),
  required: z.int().meta({ description: 'The number of failing votes that `down` needs.' }),
  failing: z.int().meta({ description: 'The number of failing votes.' }),
  passing: z.int().meta({ description: 'The number of passing votes.' }),
  abstaining: z.int().meta({ description: 'The number of locations without a vote.' }),
});

const certificateSchema = z.strictObject({
  subject: z.string().meta({ description: 'Common name and organization that it is for.' }),
  issuer: z.string().meta({ description: 'Common name and organization of its issuer.' }),
  names: z.array(z.string()).meta({ description: 'The first 20 host names and addresses that it is for.' }),
  validFrom: timeSchema.nullable().meta({ description: 'The time from which it is valid.' }),
  validTo: timeSchema.meta({ description: 'The end of its validity.' }),
  chainValidTo: timeSchema.meta({ description: 'The earliest end in its chain.' }),
  fingerprint: z.string().meta({ description: 'SHA-256 in hexadecimal.' }),
  locations: z.array(z.string()).meta({ description: 'The locations that see it.' }),
});

export const explanationSchema = z
  .strictObject({
    monitor: z.string().meta({ description: "The monitor's id." }),
    verdict: verdictSchema,
    since: timeSchema.meta({
      description:
        'The start of the verdict. Of `up`: the end of the last incident, or the first measurement.',
    }),
    why: z.string().meta({
      description:
        'The explanation in sentences. The last one says so if there are channels, and an outage of the monitor notifies none.',
    }),
    flapping: z.boolean().meta({ description: 'Whether the verdict changes too often.' }),
    network: z
      .strictObject({
        by: z.enum(['majority', 'host']).meta({
          description:
            'The rule: `majority`: more than half of the locations report this network. `host`: they do not agree, so the host of the target counts as its network.',
        }),
        name: z.string().nullable().meta({
          description: 'The network (/24 or /48). Null for `host`.',
          example: '203.0.113.0/24',
        }),
      })
      .meta({ description: 'The network of the target. Quarantine counts failures by network.' }),
    suppressed: z
      .strictObject({
        by: z
          .enum(['maintenance', 'silence', 'dependency', 'flapping', 'paused'])
          .meta({ description: 'The reason.' }),
        state: z.enum(INHIBITIONS).optional().meta({
          description:
            'The state of the dependency. `partial`: it has a regional problem at the same locations. `detached`: it was removed, paused or retargeted, and this monitor is not confirmed anew yet. Absent for other reasons.',
        }),
        until: timeSchema.nullable().meta({
          description:
            'The end of the suppression, if known. For `flapping`: when the open incident is notified, if it lasts.',
        }),
        id: z.string().nullable().meta({
          description:
            'The id of the maintenance or silence, or of the monitor that this one depends on. Null for other reasons, and if your access does not include it.',
        }),
      })
      .nullable()
      .meta({ description: 'Why notifications are suppressed now. Null if they are sent.' }),
    quorum: quorumCountSchema.meta({ description: 'The vote counts.' }),
    warnings: z
      .array(
        z.strictObject({
          kind: warningKindSchema,
          since: timeSchema.meta({ description: 'The start of the warning.' }),
          notified: z.boolean().meta({ description: 'Whether a notification was sent.' }),
        }),
      )
      .meta({ description: 'Active warnings, agreed by a quorum.' }),
    failures: z
      .array(
        z.strictObject({
          code: z.string().meta({ description: 'The cause of the failure.' }),
          detail: z.string().meta({
            description:
              'The failure in words, with "…" in place of parts that differ between the locations.',
            example: '… refused the connection',
          }),
          locations: z.array(z.string()).meta({ description: 'The ids of the locations that saw it.' }),
        }),
      )
      .meta({ description: 'What the failing locations saw, grouped. The most frequent failure is first.' }),
    locations: z
      .array(
        z.strictObject({
          id: z.string().meta({ description: "The location's id." }),
          vote: z.enum(['none', 'passing', 'failing']).meta({ description: 'The current vote.' }),
          abstainReason: z
            .enum(['stale', 'disabled', 'quarantined', 'no_response', 'no_vote'])
            .nullable()
            .meta({ description: 'Why the vote does not count. Null if it counts.' }),
          stale: z.enum(['unmeasured', 'no_response', 'overdue']).nullable().meta({
            description:
              'Why the vote is older than the newest check run: that one measured nothing, got no answer, or is overdue. The vote still counts until `voteExpiresAt`. Null if the vote is current.',
          }),
          voteExpiresAt: timeSchema.nullable().meta({
            description: 'The time at which the vote stops counting unless the location measures again.',
          }),
          pending: z.boolean().meta({ description: 'Whether the latest result contradicts the vote.' }),
          streak: z
            .strictObject({
              of: z.enum(['none', 'ok', 'failed']).meta({ description: 'The repeated outcome.' }),
              length: z.int().meta({ description: 'The number of equal outcomes in a row.' }),
              since: timeSchema.nullable().meta({ description: 'The start of the streak.' }),
            })
            .meta({ description: 'Equal outcomes in a row.' }),
          lastMeasuredAt: timeSchema.nullable().meta({ description: 'The latest check run that measured.' }),
          lastCheckedAt: timeSchema.nullable().meta({ description: 'The latest check run.' }),
          nextCheckAt: timeSchema.nullable().meta({ description: 'The next check run, if one is planned.' }),
          warnings: z.array(warningKindSchema).meta({ description: 'Warnings from this location.' }),
          lastResult: observationSchema.nullable().meta({ description: 'The latest result.' }),
          network: z.string().nullable().meta({
            description: "The network (/24 or /48) of the target's address, as this location reports it.",
          }),
          quarantine: z
            .strictObject({
              rule: quarantineRuleSchema.nullable(),
              since: timeSchema.meta({ description: 'The start of the failures.' }),
              failedMonitors: z.int().meta({ description: 'Monitors that failed from this location only.' }),
              checkedMonitors: z.int().meta({ description: 'Monitors that the location checked.' }),
            })
            .nullable()
            .meta({ description: 'The quarantine of the location. Null if it is not in quarantine.' }),
        }),
      )
      .meta({ description: 'One entry per location of the monitor.' }),
    certificate: certificateSchema
      .extend({
        others: z.array(certificateSchema).meta({
          description: 'Certificates that other locations see.',
        }),
      })
      .nullable()
      .meta({
        description:
          'The TLS certificate that most locations see. Null if none has reported one. A change is shown within ten minutes.',
      }),
    round: z
      .strictObject({
        step: z.int().meta({ description: 'The number of the round, from 1.' }),
        startsAt: timeSchema.meta({ description: 'The start of the round.' }),
        locations: z.array(z.string()).meta({ description: 'The locations that run the check.' }),
        answered: z.array(z.string()).meta({ description: 'The locations that have reported.' }),
      })
      .nullable()
      .meta({ description: 'The round that confirms a change now. Null if none is open.' }),
  })
  .meta({ id: 'Explanation', description: 'The reasons for the verdict of a monitor.' });
type ExplanationResponse = z.input<typeof explanationSchema>;

const toObservationResponse = (result: StoredObservation): z.input<typeof observationSchema> => ({
  outcome: result.outcome,
  code: result.code ?? null,
  reason: result.reason ?? null,
  detail: result.detail ?? null,
  observedAt: iso(result.startedAt),
  phase: result.phase ?? null,
  timings: result.timings,
  samples: result.samples ?? null,
  degraded: [...(result.degraded ?? [])],
  response: result.response ?? null,
});

const toOneCertificate = (certificate: LocatedCertificate): z.input<typeof certificateSchema> => ({
  ...{ subject: certificate.subject, issuer: certificate.issuer, fingerprint: certificate.fingerprint },
  names: [...(certificate.names ?? [])],
  validFrom: isoOrNull(certificate.validFrom ?? null),
  validTo: iso(certificate.validTo),
  chainValidTo: iso(certificate.chainValidTo ?? certificate.validTo),
  locations: [...certificate.locations],
});

function toCertificateResponse(
  certificates: StoredCertificates | null,
  locations: Explanation['locations'],
): ExplanationResponse['certificate'] {
  if (certificates === null) return null;
  const [first, ...others] = locatedCertificates(
    certificates,
    locations.map(({ id }) => id),
  );
  return first ? { ...toOneCertificate(first), others: others.map(toOneCertificate) } : null;
}

const toQuarantineResponse = (incident: LocationIncident | null) =>
  incident && {
    rule: incident.rule ?? null,
    since: iso(incident.startedAt),
    failedMonitors: incident.failedMonitors,
    checkedMonitors: incident.checkedMonitors,
  };

/** The ids of what suppresses notifications. Null for what the caller cannot see. */
export interface SuppressionNames {
  readonly windowId: string | null;
  monitorId(number: number): string | null;
}

export function toExplanationResponse(
  monitor: string,
  explanation: Explanation,
  names: SuppressionNames,
  certificates: StoredCertificates | null,
): ExplanationResponse {
  const { verdict, since, why, flapping, network, suppressed, quorum, warnings, failures, locations, round } =
    explanation;
  return {
    monitor,
    verdict,
    since: iso(since),
    why,
    flapping,
    network: { by: network.by, name: network.by === 'majority' ? network.name : null },
    suppressed: suppressed && {
      by: suppressed.by,
      until: 'until' in suppressed && suppressed.until !== undefined ? iso(suppressed.until) : null,
      id: suppressed.by === 'dependency' ? names.monitorId(suppressed.monitor) : names.windowId,
      ...('state' in suppressed ? { state: suppressed.state } : {}),
    },
    quorum,
    warnings: warnings.map(({ kind, since: from, notified }) => ({ kind, since: iso(from), notified })),
    failures: failures.map(({ code, detail, locations: saw }) => ({ code, detail, locations: [...saw] })),
    locations: locations.map((location) => ({
      id: location.id,
      vote: location.vote,
      abstainReason: location.abstainReason,
      stale: location.stale,
      voteExpiresAt: isoOrNull(location.voteExpiresAt),
      pending: location.pending,
      streak: { of: location.streakOf, length: location.streak, since: isoOrNull(location.since) },
      lastMeasuredAt: isoOrNull(location.lastMeasuredAt),
      lastCheckedAt: isoOrNull(location.lastCheckedAt),
      nextCheckAt: isoOrNull(location.nextCheckAt),
      warnings: [...location.warnings],
      lastResult: location.lastResult ? toObservationResponse(location.lastResult) : null,
      network: location.network,
      quarantine: toQuarantineResponse(location.quarantine),
    })),
    certificate: toCertificateResponse(certificates, locations),
    round: round
      ? {
          step: round.step,
          startsAt: iso(round.startsAt),
          locations: [...round.asked],
          answered: [...round.answered],
        }
      : null,
  };
}

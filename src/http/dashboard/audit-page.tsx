// Owns the page of the audit log: filters, entries with what changed, and the result of a verification.
// Does not read the log.
import type { AuditVerification } from '../../services/audit/verify-audit.ts';
import type { AuditEntryRow } from '../../store/audit-log.ts';
import { Breakable } from '../ui/breakable.tsx';
import { Timestamp } from '../ui/times.tsx';
import { changesOf } from './audit-changes.ts';
import { Field, type FormErrors, type FormValues } from './form.tsx';
import { Notice } from './notice.tsx';

export const AUDIT_PATH = '/dashboard/audit';

interface AuditLogProps {
  readonly rows: readonly AuditEntryRow[];
  /** Position of the page with older entries. Null on the last one. */
  readonly next: number | null;
  readonly values: FormValues;
  readonly errors: FormErrors;
  /** Null: it was not asked for. */
  readonly verification: AuditVerification | null;
}

export const AuditLog = ({ rows, next, values, errors, verification }: AuditLogProps) => (
  <>
    {verification === null ? null : <Verified of={verification} />}
    <p>
      Every change has one entry, which is written together with the change. Entries are chained by hashes, so
      that a changed or removed entry is found.
    </p>
    <p class="actions">
      <a class="button quiet" href={`${AUDIT_PATH}?verify=yes`}>
        Verify the log
      </a>
      <a class="button quiet" href="/api/v1/audit-entries/export" download>
        Export as NDJSON
      </a>
    </p>
    <Filters values={values} errors={errors} />
    <section aria-labelledby="entries">
      <h2 id="entries">Entries, newest first</h2>
      {rows.length === 0 ? (
        <div class="plain">
          <p>No entry matches.</p>
        </div>
      ) : (
        <ol class="list">
          {rows.map((row) => (
            <Entry row={row} />
          ))}
        </ol>
      )}
    </section>
    {next === null ? null : (
      <p>
        <a href={pageUrl({ ...values, below: String(next) })}>Older entries</a>
      </p>
    )}
  </>
);

/** The filters as they are, with other fields. */
function pageUrl(values: FormValues): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value) query.set(name, value);
  return `${AUDIT_PATH}?${query}`;
}

const Filters = ({ values, errors }: Pick<AuditLogProps, 'values' | 'errors'>) => {
  const isFiltered = Object.values(values).some((value) => value);
  return (
    <details class="plain" open={isFiltered || Object.keys(errors).length > 0}>
      <summary>Filter</summary>
      <form method="get" action={AUDIT_PATH}>
        <div class="fields">
          <Field
            name="actor"
            label="Actor"
            hint="Id of a person or an API key."
            {...fieldOf('actor', values, errors)}
          />
          <Field
            name="action"
            label="Action"
            hint="Such as monitor.updated."
            {...fieldOf('action', values, errors)}
          />
          <Field
            name="targetType"
            label="Entity"
            hint="Such as monitor."
            {...fieldOf('targetType', values, errors)}
          />
          <Field
            name="target"
            label="Id of the entity"
            hint="Such as web-shop."
            {...fieldOf('target', values, errors)}
          />
          <Field
            name="file"
            label="Configuration file"
            hint="Such as mesh.yaml."
            {...fieldOf('file', values, errors)}
          />
          <Field name="from" label="From" type="date" hint="UTC." {...fieldOf('from', values, errors)} />
          <Field
            name="to"
            label="To"
            type="date"
            hint="UTC, that day included."
            {...fieldOf('to', values, errors)}
          />
        </div>
        <p class="actions">
          <button type="submit" class="primary">
            Filter
          </button>
          {isFiltered ? <a href={AUDIT_PATH}>Show all</a> : null}
        </p>
      </form>
    </details>
  );
};

const fieldOf = (name: string, values: FormValues, errors: FormErrors) => ({
  value: values[name] ?? '',
  error: errors[name],
  maxlength: 300,
});

/** The holder of the setup token has no other name. */
const ACTORS = { person: 'person', key: 'API key', system: 'coordinator', channel: 'channel' } as const;

const Entry = ({ row }: { row: AuditEntryRow }) => {
  const changes = changesOf(row);
  const target = pageUrl({ targetType: row.targetType, target: row.targetId });
  return (
    <li>
      <div>
        <p>
          <strong>
            {row.actorId === '' ? (
              row.actorName
            ) : (
              <a href={pageUrl({ actor: row.actorId })}>{row.actorName}</a>
            )}
          </strong>{' '}
          {row.actorType === 'setup' ? null : <span class="note">({ACTORS[row.actorType]}) </span>}
          <code>{row.action}</code>{' '}
          <a href={target}>
            <Breakable text={row.targetName} />
          </a>
        </p>
        <p class="note">
          <Timestamp at={row.at} exact /> · entry {row.seq}
          {row.address === null ? '' : ` · from ${row.address}`}
          {row.file === null ? '' : ` · file ${row.file}`}
        </p>
        {changes.length === 0 ? null : (
          <details>
            <summary>
              What changed<span class="hidden"> in entry {row.seq}</span>
            </summary>
            <section class="scroll" aria-label={`Changes of entry ${row.seq}`} tabindex={0}>
              <table class="changes">
                <thead>
                  <tr>
                    <th scope="col">Field</th>
                    <th scope="col">Before</th>
                    <th scope="col">After</th>
                  </tr>
                </thead>
                <tbody>
                  {changes.map(({ field, before, after }) => (
                    <tr>
                      <th scope="row">{field}</th>
                      <td>{before === null ? '–' : <code>{before}</code>}</td>
                      <td>{after === null ? '–' : <code>{after}</code>}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          </details>
        )}
      </div>
    </li>
  );
};

const Verified = ({ of: { entries, head, problems } }: { of: AuditVerification }) =>
  problems.length === 0 ? (
    <Notice
      tone="good"
      title={`The log is whole: ${entries} ${entries === 1 ? 'entry' : 'entries'} verified.`}
    >
      {head === null ? null : (
        <p>
          Record its head outside the mesh, because an older copy of the whole log verifies too:{' '}
          <code class="once">{`${head.seq}:${head.hash}`}</code>
        </p>
      )}
    </Notice>
  ) : (
    <Notice tone="bad" title="The log is not as it was written.">
      {problems.map(({ detail }) => (
        <p>{detail}</p>
      ))}
    </Notice>
  );

// Owns the table of pings: what each said, its run, how long that took, and the body that was kept. Does not read them.
import type { PingKind } from '../../../heartbeats/memory.ts';
import type { StoredPing } from '../../../store/pings.ts';
import { Icon, type Tone } from '../../ui/icons.tsx';
import { RelativeTime, Timestamp } from '../../ui/times.tsx';
import { Empty } from '../parts/parts.tsx';
import { RunId } from './expected-part.tsx';
import { durationText } from './heartbeat-view.ts';

const KINDS: Readonly<Record<PingKind, { readonly label: string; readonly tone: Tone }>> = {
  success: { label: 'Success', tone: 'good' },
  start: { label: 'Start', tone: 'calm' },
  fail: { label: 'Failure', tone: 'bad' },
  log: { label: 'Log', tone: 'no_data' },
};

interface PingsProps {
  readonly pings: readonly StoredPing[];
  readonly now: number;
  /** Where older ones are. Null: there are none. */
  readonly olderPath: string | null;
  /** Where the address of the job is. Null: the person may not see it. */
  readonly addressPath: string | null;
}

export const Pings = ({ pings, now, olderPath, addressPath }: PingsProps) => (
  <section>
    <h2 id="pings">Newest pings</h2>
    {pings.length === 0 ? (
      <Empty title="No ping has arrived yet">
        {addressPath === null ? (
          <p>It appears here as soon as the job calls its ping address.</p>
        ) : (
          <p>
            <a href={addressPath}>Copy the ping address</a> into the job. Its first ping appears here.
          </p>
        )}
      </Empty>
    ) : (
      <PingTable pings={pings} now={now} labelledBy="pings" />
    )}
    {olderPath === null ? null : (
      <p>
        <a href={olderPath}>All pings</a>
      </p>
    )}
  </section>
);

interface TableProps extends Pick<PingsProps, 'pings' | 'now'> {
  readonly labelledBy: string;
  /** The ping whose body is shown at once. */
  readonly openSeq?: number;
}

export const PingTable = ({ pings, now, labelledBy, openSeq }: TableProps) => (
  <section class="card scroll" tabindex={0} aria-labelledby={labelledBy}>
    <table class="grid pings-table">
      <thead>
        <tr>
          <th scope="col">Arrived</th>
          <th scope="col">Kind</th>
          <th scope="col">Exit code</th>
          <th scope="col">Took</th>
          <th scope="col">Run</th>
          <th scope="col">Body</th>
        </tr>
      </thead>
      <tbody>
        {pings.map((ping) => (
          <PingRow of={ping} now={now} isOpen={ping.seq === openSeq} />
        ))}
      </tbody>
    </table>
  </section>
);

const PingRow = ({ of: ping, now, isOpen }: { of: StoredPing; now: number; isOpen: boolean }) => {
  const { at, kind, runId, exitCode, durationMs } = ping;
  const { label, tone } = KINDS[kind];
  return (
    <tr data-row>
      <th scope="row">
        <Timestamp at={at} exact />
        <br />
        <small>
          <RelativeTime since={at} now={now} /> ago
        </small>
      </th>
      <td>
        <span class={`state ${tone}`}>
          <Icon tone={tone} />
          {label}
        </span>
      </td>
      <td>{exitCode ?? '–'}</td>
      <td>{durationMs === null ? '–' : durationText(durationMs)}</td>
      <td>{runId === null ? '–' : <RunId id={runId} />}</td>
      <td class="ping-body">
        <PingBody of={ping} isOpen={isOpen} />
      </td>
    </tr>
  );
};

/** What the job sent, as far as it was kept. Without secrets: they were redacted when it arrived. */
const PingBody = ({
  of: { body, bodyBytes, at },
  isOpen,
}: {
  of: Pick<StoredPing, 'body' | 'bodyBytes' | 'at'>;
  isOpen: boolean;
}) =>
  body === null || body === '' ? (
    <>–</>
  ) : (
    <details open={isOpen}>
      <summary>
        {bytesText(bodyBytes)}
        <span class="hidden">
          {' '}
          of the ping at <Timestamp at={at} exact />
        </span>
      </summary>
      <section class="scroll" tabindex={0} aria-label="What the job sent">
        <pre>{body}</pre>
      </section>
      {bodyBytes > KEPT_BYTES ? (
        <p class="note">The first {KEPT_BYTES.toLocaleString('en')} bytes are kept.</p>
      ) : null}
    </details>
  );

/** See src/services/heartbeats/ping-body.ts. */
const KEPT_BYTES = 10_000;

const bytesText = (bytes: number): string =>
  bytes < 1_000 ? `${bytes} bytes` : `${(bytes / 1_000).toFixed(1)} kB`;

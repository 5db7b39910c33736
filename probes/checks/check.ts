// The shape of every check, and of the wire it converses over. A check file imports no node:*, since the
// Worker reads the same file for its schema. The wire owns timeouts, phase timings, closing and the address guard.
import type { z } from 'zod';
import type { CapturedResponse, Degraded, Facts, FailureCode, Phase, Samples } from '../contract/index.ts';

/** Host and port to talk to. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** How a TLS client behaves. RFC 8446; server name: RFC 6066, section 3. */
export interface TlsOptions {
  /** Sent as SNI where it is a name, and what the certificate has to be for. */
  readonly serverName: string;
  /** `any`: the certificate is taken as it is; whoever asks for this looks at the facts. */
  readonly trust: 'system' | 'any';
  /** PEM of certificate authorities to trust instead of the system's. */
  readonly ca?: string | undefined;
  /** Protocols to offer, best first (RFC 7301). */
  readonly alpn?: readonly string[] | undefined;
  readonly minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
  readonly maxVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
}

/** What a TLS handshake showed of the session and of the server's own certificate. */
export interface TlsFacts {
  readonly protocol: string;
  readonly cipher: string;
  /** The protocol that both sides agreed on (RFC 7301). */
  readonly alpn: string | null;
  readonly subject: string;
  readonly issuer: string;
  /** Ms since the epoch. */
  readonly validFrom: number;
  /** Ms since the epoch. */
  readonly validTo: number;
  /** SHA-256 in hexadecimal, with colons. */
  readonly fingerprint: string;
}

export interface HttpRequest {
  readonly method: string;
  /** What stands in the request line: path and query. */
  readonly path: string;
  /** `host` is among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** The body is read up to this many bytes, decompressed ones counted too; what follows is not read. */
  readonly maxBodyBytes: number;
  /** What is handed back of it, where that is less: the rest is read, to see that it comes, and forgotten. */
  readonly keptBodyBytes?: number | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated ones are joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as its charset says, UTF-8 where it says nothing. */
  readonly body: string;
  /** There was more of it than maxBodyBytes. */
  readonly truncated: boolean;
}

/**
 * An open connection. Every method fails with a WireError when the peer, the path or the deadline says no; everything
 * read counts towards a byte cap, beyond which the peer has failed with `unexpected_reply`.
 */
export interface Connection {
  /** The literal address that answered. */
  readonly address: string;
  /** How long the handshake took. */
  readonly connectMs: number;
  /**
   * Waits a little longer than one round trip, so that a peer which accepts and resets at once (a proxy without its
   * service) is caught; fails with `reset` then. A peer that speaks or closes cleanly ends the wait early.
   */
  waitForImmediateReset(): Promise<void>;
  /** Hands bytes (text as UTF-8) to the kernel; does not wait for the peer. */
  write(data: string | Uint8Array): void;
  /** The next line without its CR LF or LF, as UTF-8; null when the peer has ended before a whole line. */
  readLine(): Promise<string | null>;
  /** Exactly so many bytes; null when the peer ends before. */
  readBytes(count: number): Promise<Uint8Array | null>;
  /** What has arrived by now, at least one byte; null when the peer has ended. */
  readSome(): Promise<Uint8Array | null>;
  /** Begins TLS on this connection, in place, before or after other bytes; from then on everything is encrypted. */
  startTls(options: TlsOptions): Promise<TlsFacts>;
  /** One HTTP/1.1 exchange (RFC 9112) on this connection, which is of no use afterwards. */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Sends FIN (half-close). The wire sees to it that the peer gets it, and a short time to send its own. */
  end(): void;
  /** The same, and waits for the peer's FIN, a short time. */
  close(): Promise<void>;
}

/** A UDP socket that is connected to one peer: it hears nobody else, and an ICMP refusal is a WireError{refused}. */
export interface Datagrams {
  readonly address: string;
  send(data: string | Uint8Array): void;
  /** The next datagram; fails with `timeout` after `patienceMs`, where that is given, or when the look's time is up. */
  receive(patienceMs?: number): Promise<Uint8Array>;
}

/** What a check may do to the network. Timings, phases and the trace are recorded by the wire as they pass. */
export interface Wire {
  /**
   * Resolves first, checks every address against the guard, then connects to the literal address. Fails with `timeout`
   * after `patienceMs`, where that is given, or when the look's time is up.
   */
  connect(target: Target, patienceMs?: number): Promise<Connection>;
  /** The same over UDP: nothing is sent yet. */
  datagrams(target: Target): Promise<Datagrams>;
  /** The name server that this location itself uses: the only target that no guard stands before. */
  nameServer(): Target;
  /** Ms until this look's time is up; what else waits between steps uses it. */
  remainingMs(): number;
  /** Resolves after `ms`, or fails like everything else when the time is up before. */
  pause(ms: number): Promise<void>;
  /** One line for a debug run; secrets are blotted out by the wire. */
  trace(text: string): void;
}

/**
 * What a conversation found; where it took several samples, their mean is the look's connect time. The wire adds times and addresses,
 * and turns a WireError into `failed`.
 */
export type CheckOutcome = { readonly facts?: Facts; readonly samples?: Samples } & (
  | { readonly outcome: 'ok'; readonly degraded?: Degraded[] }
  | {
      readonly outcome: 'failed';
      readonly code: FailureCode;
      readonly detail: string;
      readonly phase?: Phase;
      readonly response?: CapturedResponse;
    }
);

export type Failed = Extract<CheckOutcome, { outcome: 'failed' }>;

/** The target responded, but not as expected. `response` is what it sent, if that adds to the sentence. */
export const unexpectedReply = (detail: string, response?: CapturedResponse): Failed => ({
  outcome: 'failed',
  code: 'unexpected_reply',
  phase: 'reply',
  detail,
  ...(response === undefined ? {} : { response }),
});

/**
 * Thrown by the wire, and only by the wire; a check may catch it where a failure is what it expects. What else the
 * wire throws is the location's own fault, and no check may catch it.
 */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: FailureCode;
  /** What was learned all the same, such as a certificate that is not to be believed. */
  readonly facts: Facts | undefined;
  constructor(code: FailureCode, message: string, facts?: Facts) {
    super(message);
    this.code = code;
    this.facts = facts;
  }
}

/** What every check's options have; `secrets` only where the check can use some. */
export interface BaseOptions {
  readonly type: string;
  readonly timeoutMs: number;
  readonly secrets?: Readonly<Record<string, string>> | undefined;
}

/** In every check, these options say neither what it measures nor what is ok. */
export const COMMON_NON_TARGET_OPTIONS: readonly string[] = ['timeoutMs', 'secrets', 'maxLatencyMs'];

/** Where a check goes, for whoever must know it before it goes: rules of targets, notifications, pages. */
export interface CheckTarget extends Target {
  readonly transport: 'tcp' | 'udp';
  /** The options that a person has to change when this target is refused. */
  readonly fields: { readonly host: string; readonly port: string };
}

/** What the documentation says of a check; options and their meaning come from the schema. */
export interface CheckDocs {
  /** One sentence: what ok means. */
  readonly summary: string;
  /** Options as a person writes them, for a monitor of something typical. */
  readonly example: Readonly<Record<string, unknown>> & { readonly type: string };
  /** What a failure code means here. It adds to the common texts; null takes away a code that the check never gives. */
  readonly failures: Partial<Readonly<Record<FailureCode, string | null>>>;
  /** What makes an ok look a warning; null when nothing does. */
  readonly degraded: string | null;
  /** More of it for its page, in Markdown; may be empty. */
  readonly notes: string;
  readonly references: readonly { readonly title: string; readonly url: string }[];
}

/** A check: its type name, its options, what is said of it, and its conversation. */
export interface Check<S extends z.ZodType<BaseOptions> = z.ZodType<BaseOptions>> {
  readonly type: string;
  readonly options: S;
  readonly docs: CheckDocs;
  /**
   * Options besides COMMON_NON_TARGET_OPTIONS that say neither what the check measures nor what is ok: when to warn, how
   * long to wait. A change of any other option starts a monitor's state afresh.
   */
  readonly nonTargetOptions?: readonly (keyof z.output<S> & string)[];
  /** Null when it goes to whatever name server the location uses. */
  target(options: z.output<S>): CheckTarget | null;
  run(options: z.output<S>, wire: Wire): Promise<CheckOutcome>;
}

/** Keeps the options' type on the way into the catalogue. */
export function defineCheck<S extends z.ZodType<BaseOptions>>(check: Check<S>): Check<S> {
  return check;
}

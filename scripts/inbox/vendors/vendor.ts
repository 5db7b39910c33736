// Owns the shape of a vendor as the inbox imitates it: which requests it gets, what it responds, and what its message looks
// like. Pure data. Does not render: vendor-message.ts does.

/** Text that people see, in pieces. A link is shown only if its address is http or https. */
export interface Span {
  readonly text: string;
  readonly bold?: boolean;
  readonly code?: boolean;
  readonly href?: string;
}

export type Part =
  | { readonly kind: 'heading'; readonly spans: readonly Span[] }
  | { readonly kind: 'text'; readonly spans: readonly Span[]; readonly dim?: boolean }
  | {
      readonly kind: 'facts';
      readonly facts: readonly { readonly label: string; readonly value: readonly Span[] }[];
    }
  | { readonly kind: 'buttons'; readonly buttons: readonly Button[] };

/** A link, or what the vendor sends back when a person presses it. */
export interface Button {
  readonly label: string;
  readonly href?: string | undefined;
  /** The inbox sends what the vendor would send, signed with the channel's secret. */
  readonly action?: 'acknowledge' | undefined;
}

/** A message as a person sees it in the tool. */
export interface VendorMessage {
  /** `#ops`, `To: ops@example.com`, `+49 …`: where it appears. */
  readonly where: string;
  /** CSS colour of the bar at its side. Null without one. */
  readonly colour: string | null;
  readonly parts: readonly Part[];
  /** Messages of one conversation are shown together: a dedup key, a thread. Null: it stands alone. */
  readonly thread: string | null;
  /** What the button needs to send back. */
  readonly context?: Readonly<Record<string, string>>;
}

export interface VendorRequest {
  readonly method: string;
  /** Path behind the vendor's prefix, with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface VendorResponse {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface Vendor {
  /** The first segment of the paths that it serves: `slack`. */
  readonly id: string;
  /** `Slack` */
  readonly name: string;
  /** Throws an Error with the reason if the vendor would reject the request. */
  read(request: VendorRequest): VendorMessage;
  /** What it responds to a message that it accepts. `number` counts its messages from 1. */
  accept(request: VendorRequest, number: number): VendorResponse;
  /** What it responds to one that it rejects. */
  reject(reason: string): VendorResponse;
}

export const json = (status: number, body: unknown): VendorResponse => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});

export const text = (status: number, body: string): VendorResponse => ({
  status,
  type: 'text/plain; charset=utf-8',
  body,
});

/** A field of parsed JSON. Undefined if there is none. */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Readonly<Record<string | number, unknown>>)[key]
        : undefined,
    value,
  );

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Throws if the body is not JSON. */
export function parseBody(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new Error('invalid_payload');
  }
}

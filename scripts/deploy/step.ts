// Owns the form of a step of a deployment: what it makes, how it finds out what exists, and what it needs first. Pure.

export type Finding =
  /** It does not exist and will be made. */
  | { readonly state: 'absent'; readonly detail: string }
  /** It is as it should be. */
  | { readonly state: 'same'; readonly detail: string }
  /** It exists and will be changed: `changes` has a line for each difference, `memory 128 → 256`. */
  | { readonly state: 'different'; readonly detail: string; readonly changes: readonly string[] }
  /** The name is in use by something that does not carry the tag of this mesh: it is left alone, and the step fails. */
  | { readonly state: 'foreign'; readonly detail: string };

export interface Step {
  /** `aws/eu-central-1/probe`: unique, and the same at every run. */
  readonly id: string;
  /** What it makes, as the plan shows it: `Lambda function probemesh-probe in eu-central-1`. */
  readonly title: string;
  /** Ids of steps that must have ended well. A step whose need failed is skipped, and the others go on. */
  readonly needs: readonly string[];
  /** Ids of steps that must have ended before it. One that ended well suffices: a region that fails keeps no other waiting. */
  readonly after?: readonly string[];
  /** Reads only. What it throws is a {@link DeployError}, or a bug. */
  inspect(): Promise<Finding>;
  /** Makes what is absent and changes what is different, and waits until it is usable. Safe to repeat at any point. */
  apply(finding: Finding): Promise<void>;
  /** Deletes it, if it carries the tag of this mesh. Undefined: nothing remains of it. */
  remove?(): Promise<'removed' | 'absent' | 'foreign'>;
}

/** What a person has to do, in one line: `what` is wrong and where, `fix` what to do about it. */
export class DeployError extends Error {
  readonly what: string;
  readonly fix: string;

  constructor(what: string, fix: string, options?: ErrorOptions) {
    super(`${what} ${fix}`, options);
    this.what = what;
    this.fix = fix;
  }
}

/** A bug is an error of its step too, so that the other steps go on. Its stack helps to report it. */
export function asDeployError(error: unknown): DeployError {
  if (error instanceof DeployError) return error;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const [place = ''] = (stack ?? '').split('\n').slice(1);
  return new DeployError(
    `${message.replace(/([^.!?])$/, '$1.')}`,
    `This is unexpected ${place.trim()}: run the command again, then report it.`,
    { cause: error },
  );
}

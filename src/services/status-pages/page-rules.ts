// Owns the rules for a status page that its schema cannot know: what it names exists, its host is one of the deployment, and a
// restricted caller's page shows nothing outside. Does not read the database.
import type { Caller } from '../../access/caller.ts';
import { isScopeInside } from '../../access/restriction.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import type { PageConfig } from '../../status-pages/model.ts';
import type { PageTargets } from '../../store/status-page-targets.ts';
import type { StatusPageRow } from '../../store/status-pages.ts';
import {
  describeRestriction,
  insideIds,
  shownIds,
  unknownReference,
  writeReferences,
} from '../access/references.ts';
import { passwordProblem } from '../local-accounts/password-rules.ts';
import type { PageDefinition } from './page-record.ts';

type Path = readonly (string | number)[];
type Components = PageConfig['components'];

const invalid = (path: Path, message: string) => err<ValidationError>({ kind: 'invalid', path, message });

export interface PageRules {
  readonly caller: Pick<Caller, 'restriction'>;
  readonly config: Pick<Config, 'pageHosts' | 'allowLoopback'>;
  readonly targets: PageTargets;
  /** All pages. */
  readonly rows: readonly { readonly id: string; readonly host: string | null }[];
}

/** The components to store: what the caller cannot see stays. `id` and `stored` are of the page that is written. */
export function checkPage(
  rules: PageRules,
  id: string,
  definition: PageDefinition,
  stored: StatusPageRow | null,
): Result<Components, ValidationError> {
  return (
    failureOf(checkHost(rules, id, definition, stored)) ??
    failureOf(checkAccess(rules, id, definition, stored)) ??
    failureOf(checkMailChannel(rules, definition, stored)) ??
    checkComponents(rules, definition.components, stored?.config.components ?? null)
  );
}

const failureOf = (checked: Result<null, ValidationError>): Result<never, ValidationError> | null =>
  checked.ok ? null : checked;

function checkHost(
  { config: { pageHosts, allowLoopback }, rows, caller }: PageRules,
  id: string,
  { host }: PageDefinition,
  stored: StatusPageRow | null,
): Result<null, ValidationError> {
  if (host === null || host === stored?.host) return ok(null);
  // A local mesh takes the configuration of a deployment, and serves none of its hosts.
  if (!pageHosts.includes(host) && !allowLoopback) {
    const known = pageHosts.length === 0 ? 'it is empty' : `it has ${pageHosts.join(', ')}`;
    return invalid(
      ['host'],
      caller.restriction === null
        ? `"${host}" is not a host of this deployment. Add it to PAGE_HOSTS (${known}), and deploy.`
        : `"${host}" is not a host of this deployment. Ask an admin to add it to PAGE_HOSTS.`,
    );
  }
  const other = rows.find((row) => row.host === host && row.id !== id);
  if (other === undefined) return ok(null);
  const message = `The host "${host}" is taken by another status page. Choose another host.`;
  return err({ kind: 'conflict', path: ['host'], message });
}

function checkAccess(
  { targets, caller }: PageRules,
  id: string,
  { access }: PageDefinition,
  stored: StatusPageRow | null,
): Result<null, ValidationError> {
  if (access.type === 'password') {
    if (access.password === null)
      return stored?.access.type === 'password' && stored.sealed !== null
        ? ok(null)
        : invalid(['access', 'password'], 'Set a `password`: none is stored for this page.');
    const problem = passwordProblem(access.password, id);
    return problem === null ? ok(null) : invalid(['access', 'password'], problem);
  }
  if (access.type === 'email') {
    const kept = stored?.access.type === 'email' ? stored.access.channel : null;
    return checkMailer(targets, caller, access.channel, kept, ['access', 'channel']);
  }
  if (access.type !== 'sign_in' || access.providers === null) return ok(null);
  const index = access.providers.findIndex((one) => one !== 'local' && !targets.providers.has(one));
  if (index < 0) return ok(null);
  const message = `Identity provider "${access.providers[index]}" does not exist. Use its id, or "local" for local accounts.`;
  return err({ kind: 'not_found', path: ['access', 'providers', index], message });
}

const checkMailChannel = (
  { targets, caller }: PageRules,
  { mailChannel }: PageDefinition,
  stored: StatusPageRow | null,
): Result<null, ValidationError> =>
  mailChannel === null
    ? ok(null)
    : checkMailer(targets, caller, mailChannel, stored?.config.mailChannel ?? null, ['mailChannel']);

/** A channel of type email that the caller sees. One that is stored stays. */
function checkMailer(
  { channels }: PageTargets,
  { restriction }: Pick<Caller, 'restriction'>,
  id: string | null,
  stored: string | null,
  path: Path,
): Result<null, ValidationError> {
  if (id === stored) return ok(null);
  if (id === null) return invalid(path, 'Set the id of an email channel.');
  const channel = channels.find((one) => one.id === id);
  if (!channel || !insideIds(restriction, [channel]).has(channel.id))
    return err({ kind: 'not_found', path, message: unknownReference('channel', id) });
  return channel.type === 'email'
    ? ok(null)
    : invalid(path, `Channel "${id}" is of type ${channel.type}. Use a channel of type email.`);
}

/** Monitors of one team must not appear on a page that another team writes. */
function checkComponents(
  { targets, caller: { restriction } }: PageRules,
  written: Components,
  stored: Components | null,
): Result<Components, ValidationError> {
  const inside = insideIds(restriction, targets.monitors);
  const path = ['components', 'monitors'];
  if (restriction === null) {
    const missing = written.monitors === 'all' ? -1 : written.monitors.findIndex((id) => !inside.has(id));
    const isKept = missing >= 0 && stored !== null && stored.monitors !== 'all';
    const id = missing < 0 ? null : written.monitors[missing]!;
    if (id === null || (isKept && (stored.monitors as readonly string[]).includes(id))) return ok(written);
    return err({ kind: 'not_found', path: [...path, missing], message: unknownReference('monitor', id) });
  }
  const reference = { kind: 'monitor', path } as const;
  const listed = writeReferences(
    { restriction },
    reference,
    written.monitors,
    stored?.monitors ?? null,
    inside,
  );
  if ('error' in listed) return err(listed.error);
  const isScope = (tag: string) => isScopeInside(restriction, { monitors: [], tags: [tag] }, inside);
  const tag = written.tags.findIndex((one) => !isScope(one) && !stored?.tags.includes(one));
  const group = written.groups.findIndex((one) => !stored?.groups.includes(one));
  if (tag < 0 && group < 0) return ok({ ...written, monitors: listed.list });
  const message = `Your access is restricted to ${describeRestriction(restriction)}. Name monitors, or only these tags.`;
  return invalid(tag >= 0 ? ['components', 'tags', tag] : ['components', 'groups', group], message);
}

/** The components that a caller sees. */
export const shownComponents = (
  { restriction }: Pick<Caller, 'restriction'>,
  components: Components,
  { monitors }: Pick<PageTargets, 'monitors'>,
): Components => ({
  ...components,
  monitors: shownIds(restriction, components.monitors, insideIds(restriction, monitors)),
});

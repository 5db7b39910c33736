// Owns what is wrong with a stored status page: what it names and does not exist, or not any more. Does not repair it.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import type { PageProblem } from '../../status-pages/model.ts';
import type { PageTargets } from '../../store/status-page-targets.ts';
import type { StatusPageRow } from '../../store/status-pages.ts';
import { openPageSecrets } from './page-secrets.ts';

const problem = (code: PageProblem['code'], message: string): PageProblem => ({ code, message });

/** A restricted caller sees only what is about the page itself: the rest would show what exists outside. */
export async function findPageProblems(
  config: Config,
  row: StatusPageRow,
  targets: PageTargets,
  { restriction }: Pick<Caller, 'restriction'>,
): Promise<PageProblem[]> {
  const { host, access, config: page } = row;
  const problems: PageProblem[] = [];
  if (host !== null && !config.pageHosts.includes(host))
    problems.push(
      problem(
        'host_not_served',
        `"${host}" is not one of PAGE_HOSTS. Add it and deploy, or change \`host\`.`,
      ),
    );
  if (access.type === 'password' && !(await areReadable(config, row)))
    problems.push(
      problem(
        'secrets_unreadable',
        'No configured key opens the password of the page. Set the password again.',
      ),
    );
  if (restriction !== null) return problems;
  const { monitors, groups } = page.components;
  const ids = new Set(targets.monitors.map(({ id }) => id));
  for (const id of monitors === 'all' ? [] : monitors)
    if (!ids.has(id))
      problems.push(problem('monitor_missing', `Monitor "${id}" does not exist. Remove it from the page.`));
  for (const name of groups)
    if (!targets.monitors.some(({ group }) => group === name))
      problems.push(
        problem('group_missing', `No monitor is in the group "${name}". Remove it from the page.`),
      );
  const mailers = new Set(targets.channels.filter(({ type }) => type === 'email').map(({ id }) => id));
  if (access.type === 'email' && (access.channel === null || !mailers.has(access.channel)))
    problems.push(
      problem('channel_missing', 'The email channel that sends the links was deleted. Set `access.channel`.'),
    );
  if (page.mailChannel !== null && !mailers.has(page.mailChannel))
    problems.push(
      problem('channel_missing', `Email channel "${page.mailChannel}" does not exist. Set \`mailChannel\`.`),
    );
  if (access.type === 'sign_in')
    for (const id of access.providers ?? [])
      if (id !== 'local' && !targets.providers.has(id))
        problems.push(
          problem(
            'provider_missing',
            `Identity provider "${id}" does not exist. Remove it from \`access.providers\`.`,
          ),
        );
  return problems;
}

async function areReadable(config: Config, row: StatusPageRow): Promise<boolean> {
  try {
    return (await openPageSecrets(config, row)) !== null;
  } catch {
    return false;
  }
}

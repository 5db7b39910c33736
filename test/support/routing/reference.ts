// A naive reading of docs/guide/routing.md, to compare the rules with: which channels an event reaches at once.
import type { Routing } from '../../../src/routing/model.ts';
import type { RoutedNotification } from '../../../src/routing/route.ts';

const FOLLOWS = /^incident\.(?!opened|partial$)|_resolved$|_ended$|^location\.recovered$/;

export function referenceChannels(
  { routes, defaultChannels }: Routing,
  { event, severity, monitor }: RoutedNotification,
): string[] {
  if (FOLLOWS.test(event)) return [];
  const isWarning = event === 'monitor.degraded' || event === 'monitor.certificate';
  const own = monitor?.channels;
  if (own !== undefined && own !== 'default') return isWarning ? [] : [...own].toSorted();
  // A recovery without a stored condition is treated like its failure, which is a warning.
  const recovery = event === 'channel.recovered' || event === 'mesh.recovered';
  const failure = event === 'channel.recovered' ? 'channel.failing' : 'mesh.impaired';
  const tagTexts = Object.entries(monitor?.tags ?? {}).flatMap(([name, value]) => [name, `${name}:${value}`]);
  const reached = new Set<string>();
  let matched = false;
  for (const { match, continues, steps } of routes) {
    const { tags, monitors, groups, severities, events } = match;
    let matches = true;
    if (tags) matches &&= tags.some((tag) => tagTexts.includes(tag));
    if (monitors) matches &&= monitors.some((id) => id === monitor?.id);
    if (groups) matches &&= groups.some((group) => group === monitor?.group);
    if (severities) matches &&= severities.includes(recovery ? 'warning' : severity);
    if (events) matches &&= events.includes(event) || (recovery && events.includes(failure));
    if (isWarning) matches &&= events !== undefined || severities?.includes('warning') === true;
    if (!matches) continue;
    matched = true;
    for (const id of steps[0]?.channels ?? []) reached.add(id);
    if (!continues) break;
  }
  if (!matched && !isWarning) for (const id of defaultChannels) reached.add(id);
  return [...reached].toSorted();
}

// Owns the words that the coordinator writes for readers by itself, until a person writes better ones. Pure.
// They name no monitor in a text: a page shows the components that it has by their names.

export const OPENED_TEXT = 'Our monitoring reports an outage. We are investigating.';
export const MORE_TEXT = 'More services are affected.';
export const REOPENED_TEXT = 'The outage is back. We are investigating.';
export const RESOLVED_TEXT = 'The service works again. Our monitoring reports that the outage is over.';

export const outageTitle = (name: string | null): string =>
  name === null ? 'Outage of several services' : `Outage: ${name}`;

// Owns small pieces of HTML of the inbox. Pure.

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

/** `09:30:01 UTC` of an ISO time. */
export const clockOf = (iso: string): string => escapeHtml(`${iso.slice(11, 19)} UTC`);

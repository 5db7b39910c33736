// Owns the list of the vendors that the inbox imitates.
import { discord } from './discord.ts';
import { email } from './email.ts';
import { pagerduty } from './pagerduty.ts';
import { slack } from './slack.ts';
import { sms } from './sms.ts';
import { teams } from './teams.ts';
import { telegram } from './telegram.ts';
import type { Vendor } from './vendor.ts';

export const VENDORS: readonly Vendor[] = [slack, teams, discord, telegram, pagerduty, email, sms];

/** The vendor of a path such as `/slack/services/T0/B0`. Undefined if no vendor serves it. */
export const vendorOf = (path: string): Vendor | undefined =>
  VENDORS.find(({ id }) => path === `/${id}` || path.startsWith(`/${id}/`) || path.startsWith(`/${id}?`));

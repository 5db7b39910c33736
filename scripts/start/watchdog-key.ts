// Owns the key that signs requests of the watchdog in a local mesh. Does not store it: it follows from the API key.
import { createHmac } from 'node:crypto';

export const watchdogKeyOf = (adminToken: string): string =>
  createHmac('sha256', adminToken).update('probemesh watchdog').digest('base64url');

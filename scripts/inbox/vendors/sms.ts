// Owns how the inbox imitates Twilio's Messages API, as a telephone that gets an SMS.
// https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
import { json, type Part, type Vendor } from './vendor.ts';

const MAX_CHARACTERS = 1_600;

export const sms: Vendor = {
  id: 'twilio',
  name: 'SMS',
  read({ path, body }) {
    if (!/^\/2010-04-01\/Accounts\/[^/]+\/Messages\.json$/.test(path)) throw new Error('Not found');
    const form = new URLSearchParams(body);
    const text = form.get('Body') ?? '';
    if (text === '') throw new Error('Message body is required.');
    if (text.length > MAX_CHARACTERS)
      throw new Error('The concatenated message body exceeds the 1600 character limit.');
    if (!form.get('To')) throw new Error("A 'To' phone number is required.");
    const parts: Part[] = [{ kind: 'text', spans: [{ text }] }];
    return { where: form.get('To')!, colour: null, parts, thread: null };
  },
  accept: (_, number) => json(201, { sid: `SM${String(number).padStart(32, '0')}`, status: 'queued' }),
  reject: (reason) => json(400, { code: 21_602, message: reason, status: 400 }),
};

// The schemas a person's input passes through, in one place for the API and for `npm start --config`.
export { type ChannelInput, channelInputSchema } from './channel-schema.ts';
export { type Configuration, configurationSchema } from './configuration-schema.ts';
export { describeIssues, type FieldError } from './field-errors.ts';
export { type MonitorInput, monitorInputSchema } from './monitor-schema.ts';

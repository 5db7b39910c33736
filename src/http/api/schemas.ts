// The schemas a person's input passes through, in one place for the API and for `npm start --config`.
export { channelInputSchema, type ChannelInput } from './channel-schema.ts';
export { configurationSchema, type Configuration } from './configuration-schema.ts';
export { type MonitorInput, monitorInputSchema } from './monitor-schema.ts';
export { describeIssues, type FieldError } from './field-errors.ts';

// How routes declare what they answer. Owns the wording of the common responses in the OpenAPI document.
import type { z } from 'zod';
import { problemSchema } from './problem-schema.ts';

export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

export const jsonBody = <S extends z.ZodType>(schema: S, description: string) => ({
  required: true,
  description,
  content: { 'application/json': { schema } },
});

const problemJson = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});

type Refuses = ReturnType<typeof problemJson>;

// The annotations keep the keys numbers: TypeScript 7 makes texts of them when such a constant is spread.
export const unauthorized: { 401: Refuses } = { 401: problemJson('No token, or an unknown one.') };
export const notFound: { 404: Refuses } = { 404: problemJson('There is no such thing.') };
export const conflict: { 409: Refuses } = { 409: problemJson('It contradicts what exists.') };
export const invalidInput: { 422: Refuses } = { 422: problemJson('A field is wrong; `errors` names it.') };
export const tooMany: { 429: Refuses } = {
  429: problemJson('Too often; `Retry-After` says when to repeat.'),
};
export const badBody: { 400: Refuses; 413: Refuses; 415: Refuses } = {
  400: problemJson('The body is not JSON.'),
  413: problemJson('The body is over 1 MB.'),
  415: problemJson('The body is not declared as JSON.'),
};

/** Closed routes need the admin token. */
export const security = [{ adminToken: [] }];

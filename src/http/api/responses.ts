// Owns how routes declare requests and responses, and the wording of the common ones in the OpenAPI document.
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

/** The body of a PATCH. RFC 7396 names its own content type, and clients that do not know it send plain JSON. */
export const mergePatchBody = <S extends z.ZodType>(schema: S, description: string) => ({
  required: true,
  description,
  content: { 'application/json': { schema }, 'application/merge-patch+json': { schema } },
});

export const problemJson = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});

type ProblemJson = ReturnType<typeof problemJson>;

// The annotations keep the keys numbers: TypeScript 7 turns them into strings when such a constant is spread.
export const unauthorized: { 401: ProblemJson; 403: ProblemJson } = {
  401: problemJson('The API key is missing, unknown, expired or revoked.'),
  403: problemJson('The role, or its restriction by tag, does not allow this.'),
};
export const notFound: { 404: ProblemJson } = { 404: problemJson('Not found.') };
export const conflict: { 409: ProblemJson } = {
  409: problemJson('The request conflicts with existing data.'),
};
export const preconditionFailed: { 412: ProblemJson } = {
  412: problemJson('`If-Match` does not match the current version. Nothing has changed.'),
};
export const invalidInput: { 422: ProblemJson } = {
  422: problemJson('Invalid fields or query parameters. `errors` lists all of them.'),
};
export const tooMany: { 429: ProblemJson } = {
  429: problemJson('Rate limit exceeded. `Retry-After` is the number of seconds to wait.'),
};
export const badBody: { 400: ProblemJson; 413: ProblemJson; 415: ProblemJson } = {
  400: problemJson('The body is not valid JSON.'),
  413: problemJson('The body is larger than 1 MB.'),
  415: problemJson('The content type is not JSON.'),
};

/** For routes that need an API key, or the session of a person. */
export const security = [{ apiKey: [] }, { session: [] }];

// Owns the error format of the whole API: RFC 9457 problem details, with the invalid fields.
import { z } from 'zod';
import { referenceSchema } from './references.ts';

/** One mistake. */
export const errorSchema = z.strictObject({
  path: z.string().meta({ description: 'The field, in dot notation.', example: 'check.port' }),
  pointer: z
    .string()
    .meta({ description: 'The field, as an RFC 6901 JSON Pointer.', example: '/check/port' }),
  message: z.string().meta({
    description: 'What is wrong with the field, and how to fix it.',
    example: 'Must be at most 65535.',
  }),
});

export const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'The kind of problem, as a link into the reference.' }),
    title: z.string().meta({ description: 'The kind of problem in words.' }),
    status: z.int().meta({ description: 'The HTTP status.' }),
    detail: z.string().meta({ description: 'What is wrong, and how to fix it.' }),
    errors: z.array(errorSchema).optional().meta({ description: 'All invalid fields.' }),
    references: z
      .array(referenceSchema)
      .optional()
      .meta({ description: 'Everything that names what you tried to delete. Nothing was deleted.' }),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457 problem details.',
    example: {
      type: '/api/v1/docs#problem-invalid',
      title: 'Invalid input',
      status: 422,
      detail: 'check.port: Must be at most 65535.',
      errors: [{ path: 'check.port', pointer: '/check/port', message: 'Must be at most 65535.' }],
    },
  });
export type ProblemBody = z.output<typeof problemSchema>;

// The error form of the whole API: RFC 9457 problem details, with the fields at fault.
import { z } from 'zod';

export const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'What kind of problem; a link into the reference.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong, and what to do.' }),
    errors: z
      .array(
        z.strictObject({
          path: z.string().meta({ example: 'check.port' }),
          pointer: z.string().meta({ description: 'RFC 6901 JSON Pointer.', example: '/check/port' }),
          message: z.string().meta({ example: 'Write at most 65535.' }),
        }),
      )
      .optional()
      .meta({ description: 'The fields at fault, all of them at once.' }),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457 problem details.',
    example: {
      type: '/api/v1/docs#problem-invalid',
      title: 'The input is not valid',
      status: 422,
      detail: 'check.port: Write at most 65535.',
      errors: [{ path: 'check.port', pointer: '/check/port', message: 'Write at most 65535.' }],
    },
  });
export type ProblemBody = z.output<typeof problemSchema>;

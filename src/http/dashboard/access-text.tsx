// Owns roles and restrictions on pages: in words, and as fields of a form. Does not validate.
import type { Restriction } from '../../access/restriction.ts';
import { ROLES, type Role } from '../../access/role.ts';
import { Field, type FormErrors, type FormValues, Select } from './form.tsx';

export const ROLE_TEXT: Readonly<Record<Role, string>> = {
  viewer: 'Viewer: reads',
  responder: 'Responder: also silences and redelivers',
  editor: 'Editor: also changes monitors, channels, maintenance',
  admin: 'Admin: also manages people, keys and settings',
};

/** What a person or a key sees. */
export function restrictionText(restriction: Restriction): string {
  if (restriction === null) return 'everything';
  return restriction.length === 0 ? 'nothing' : `only ${restriction.join(', ')}`;
}

interface AccessFieldsProps {
  readonly values: FormValues;
  readonly errors: FormErrors;
}

/** The fields `role` and `tags`. */
export const AccessFields = ({ values, errors }: AccessFieldsProps) => (
  <>
    <Select
      name="role"
      label="Role"
      hint="Each role may do what the ones before it may."
      options={ROLES.map((role) => ({ value: role, label: ROLE_TEXT[role] }))}
      value={values.role ?? 'viewer'}
      error={errors.role}
    />
    <Field
      name="tags"
      label="Restricted to tags"
      hint="Such as team:web, team:shop. Empty: no restriction."
      value={values.tags ?? ''}
      error={errors.tags}
      maxlength={1000}
    />
  </>
);

import type { Field } from '../../functions/contract/catalogue.ts';

/** A submit whose outcome is known beforehand. Its body is sent and never printed. */
export type Example = Accepted | Refused;

interface Submit {
  readonly title: string;
  readonly body: Readonly<Record<string, string>>;
}

export interface Accepted extends Submit {
  readonly outcome: 'accepted';
  /** The member whose requests wait two seconds in `vip_member_slow_query`. */
  readonly slow: boolean;
}

export interface Refused extends Submit {
  readonly outcome: 'refused';
  /** All faults of the body, by field. */
  readonly rules: Readonly<Partial<Record<Field, string>>>;
}

/**
 * The first two are the FastAPI demonstration's own requests, unchanged. Their NPIs have wrong check digits, which is
 * counted.
 */
export const EXAMPLES: readonly Example[] = [
  {
    title: 'a normal request',
    outcome: 'accepted',
    slow: false,
    body: {
      member_id: 'M12345',
      provider_npi: '1234567890',
      diagnosis_code: 'Z00.00',
      requested_service: 'ROUTINE_CHECKUP',
    },
  },
  {
    title: 'a slow request',
    outcome: 'accepted',
    slow: true,
    body: {
      member_id: 'M99999',
      provider_npi: '9999999999',
      diagnosis_code: 'I25.10',
      requested_service: 'VIP_CARDIAC_SURGERY',
    },
  },
  {
    title: 'a malformed request',
    outcome: 'refused',
    rules: {
      member_id: 'length',
      provider_npi: 'ten_digits',
      diagnosis_code: 'icd_10_cm',
      requested_service: 'required',
    },
    body: { member_id: '', provider_npi: '12345', diagnosis_code: 'chest pain' },
  },
];

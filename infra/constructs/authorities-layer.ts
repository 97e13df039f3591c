import { Architecture, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { authoritiesPem } from '../authorities/authorities.ts';
import { generatedCode } from '../generated-code.ts';

const FILE = 'rds/authorities.pem';
/** Where functions find it, for DATABASE_CA_FILE. */
export const AUTHORITIES_PATH = `/opt/${FILE}`;

/** The certificate authorities of Amazon RDS. */
export class AuthoritiesLayer extends Construct {
  readonly version: LayerVersion;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.version = new LayerVersion(this, 'Layer', {
      code: generatedCode(join(import.meta.dirname, '../authorities'), (folder) => {
        mkdirSync(dirname(join(folder, FILE)), { recursive: true });
        writeFileSync(join(folder, FILE), authoritiesPem());
      }),
      description: 'The certificate authorities of Amazon RDS',
      compatibleRuntimes: [Runtime.NODEJS_24_X],
      compatibleArchitectures: [Architecture.ARM_64],
    });
  }
}

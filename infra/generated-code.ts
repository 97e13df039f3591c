import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code, type AssetCode } from 'aws-cdk-lib/aws-lambda';

/**
 * Code that is made while synthesising.
 * @param source of which it is made
 * @param write puts it into a folder, the same bytes each time
 */
export function generatedCode(source: string, write: (folder: string) => void): AssetCode {
  return Code.fromAsset(source, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never asked: it is made here.
      image: DockerImage.fromRegistry('none'),
      local: {
        tryBundle: (folder) => {
          write(folder);
          return true;
        },
      },
    },
  });
}

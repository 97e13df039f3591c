import type { Attributes } from '@opentelemetry/api';

/** The version of package.json; a test holds them equal. */
export const LAYER_VERSION = '0.1.0';

/**
 * What makes the spans (semantic conventions, "Resource"): an implementation that is not the official SDK says its own
 * name.
 */
export function resourceOf(
  settings: { readonly resourceAttributes: Attributes; readonly serviceName: string },
  lambdaAttributes: Readonly<Record<string, string | number>>,
): Attributes {
  return {
    ...settings.resourceAttributes,
    'telemetry.sdk.name': 'prior-auth-otel-layer',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': LAYER_VERSION,
    'process.runtime.name': 'nodejs',
    ...lambdaAttributes,
    'service.name': settings.serviceName,
  };
}

/** A synthesised template as the checks read it. Pure. */
import * as z from 'zod/mini';

const Template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z._default(z.record(z.string(), z.unknown()), {}) }),
  ),
});
export type Template = z.infer<typeof Template>;

export interface Resource<Properties> {
  readonly id: string;
  readonly properties: Properties;
}

/** What is wrong with a resource of a template. */
export interface Fault {
  readonly resource: string;
  readonly text: string;
}

export function parseTemplate(json: unknown): Template {
  return Template.parse(json);
}

/**
 * The resources of a type, their properties read by a schema.
 * @throws ZodError when one does not fit: then the check must change.
 */
export function resourcesOf<Schema extends z.core.$ZodType>(
  template: Template,
  type: string,
  schema: Schema,
): Resource<z.infer<Schema>>[] {
  return Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, resource]) => ({ id, properties: z.parse(schema, resource.Properties) }));
}

/** The logical id that a `Ref` or an `Fn::GetAtt` names. */
export const Reference = z.union([
  z.pipe(
    z.object({ Ref: z.string() }),
    z.transform(({ Ref }) => Ref),
  ),
  z.pipe(
    z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }),
    z.transform((value) => value['Fn::GetAtt'][0]),
  ),
]);

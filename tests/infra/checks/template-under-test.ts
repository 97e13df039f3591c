import * as z from 'zod/mini';
import { parseTemplate, type Template } from '../../../infra/checks/template.ts';
import { resource, templateOf, type Context } from '../../fixtures/synthesised.ts';

const Properties = z.record(z.string(), z.unknown());

/** The template of a deployment as the checks read it, with some resources changed. */
export class TemplateUnderTest {
  readonly template: Template;
  readonly #context: Context;

  constructor(context: Context = {}) {
    this.#context = context;
    this.template = parseTemplate(structuredClone(templateOf(context).toJSON()));
  }

  /** The logical id of the one resource of a type with this in its construct path. */
  id(type: string, path: string): string {
    return resource(templateOf(this.#context), type, path).id;
  }

  without(type: string, path: string): this {
    Reflect.deleteProperty(this.template.Resources, this.id(type, path));
    return this;
  }

  /** Gives a property another value: `Environment.Variables.REQUEST_DEADLINE_MS`. */
  with(type: string, path: string, property: string, value: unknown): this {
    const found = this.template.Resources[this.id(type, path)];
    if (found !== undefined) found.Properties = set(found.Properties, property.split('.'), value);
    return this;
  }

  property(type: string, path: string, name: string): unknown {
    return this.template.Resources[this.id(type, path)]?.Properties[name];
  }
}

function set(object: Record<string, unknown>, [name = '', ...rest]: string[], value: unknown): Record<string, unknown> {
  return { ...object, [name]: rest.length === 0 ? value : set(Properties.parse(object[name]), rest, value) };
}

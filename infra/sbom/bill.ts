/** The bill of materials as a document: CycloneDX 1.6, the project over its files over the packages in each. */
import { ComponentType, HashAlgorithm } from '@cyclonedx/cyclonedx-library/Enums';
import {
  Bom,
  Component,
  HashDictionary,
  LicenseRepository,
  Metadata,
  SpdxLicense,
} from '@cyclonedx/cyclonedx-library/Models';
import { JSON as Json, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import type { LockedPackage } from './locked-packages.ts';
import type { Shipped, ShippedFile } from './shipped.ts';

export interface Project {
  readonly name: string;
  readonly version: string;
}

/**
 * The same text for the same content: it has neither a time nor a serial number.
 * @param packageOf finds the package of a file; undefined for the project's own
 */
export function billOfMaterials(
  { name, version }: Project,
  { files, imports }: Shipped,
  packageOf: (file: string) => LockedPackage | undefined,
): string {
  const project = new Component(ComponentType.Application, name, { version, bomRef: name });
  const packages = new Map<string, Component>();
  const componentOf = (file: string): Component | undefined => {
    const found = packageOf(file);
    if (found === undefined) return undefined;
    const component = packages.get(purlOf(found)) ?? toComponent(found);
    packages.set(purlOf(found), component);
    return component;
  };
  const shipped = files.map((file) => {
    const component = toFile(file);
    project.dependencies.add(component.bomRef);
    for (const input of file.inputs) depend(component, componentOf(input));
    return component;
  });
  const inputs = new Set(files.flatMap((file) => file.inputs));
  for (const input of inputs) {
    for (const imported of imports.get(input) ?? []) {
      if (inputs.has(imported)) depend(componentOf(input), componentOf(imported));
    }
  }
  return serialise(project, [...shipped, ...packages.values()]);
}

function depend(component: Component | undefined, on: Component | undefined): void {
  if (component !== undefined && on !== undefined) component.dependencies.add(on.bomRef);
}

function toFile({ name, sha256 }: ShippedFile): Component {
  return new Component(ComponentType.File, name, {
    bomRef: name,
    hashes: new HashDictionary([[HashAlgorithm['SHA-256'], sha256]]),
  });
}

function toComponent(found: LockedPackage): Component {
  return new Component(ComponentType.Library, found.name, {
    bomRef: purlOf(found),
    version: found.version,
    purl: purlOf(found),
    licenses: new LicenseRepository([new SpdxLicense(found.licence)]),
    hashes: new HashDictionary([[HashAlgorithm['SHA-512'], found.sha512]]),
  });
}

/** https://github.com/package-url/purl-spec: an npm scope is a namespace, its `@` written as %40. */
function purlOf({ name, version }: LockedPackage): string {
  return `pkg:npm/${name.replace('@', '%40')}@${encodeURIComponent(version)}`;
}

function serialise(project: Component, components: readonly Component[]): string {
  const bom = new Bom({ metadata: new Metadata({ component: project }) });
  for (const component of components) bom.components.add(component);
  const serializer = new JsonSerializer(new Json.Normalize.Factory(Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

import * as z from "zod/mini";

/** What esbuild has put into the bundles: the part of its metafile that says so. */
export const Metafile = z.object({ inputs: z.record(z.string(), z.unknown()) });

export const PackageLock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.optional(z.string()),
      license: z.optional(z.string()),
      integrity: z.optional(z.string()),
      /** Only development needs it. */
      dev: z.optional(z.boolean()),
    }),
  ),
});

const Manifest = z.object({ name: z.string(), version: z.string(), license: z.optional(z.unknown()) });

/** They ask for nothing but a notice. https://spdx.org/licenses gives their texts. */
const allowed = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "Unlicense",
]);

export interface BundledPackage {
  /** Such as `node_modules/zod`, or `node_modules/a/node_modules/b`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** SPDX identifier, or whatever the package has in its place. */
  readonly license: string;
}

/**
 * The packages of which at least one file was bundled, by path.
 * @param readManifest reads a path relative to the project
 */
export function bundledPackages(
  { inputs }: z.infer<typeof Metafile>,
  readManifest: (path: string) => string,
): BundledPackage[] {
  const paths = new Set(Object.keys(inputs).flatMap((input) => packageOf(input) ?? []));
  return [...paths].toSorted().map((path) => {
    const { name, version, license } = Manifest.parse(JSON.parse(readManifest(`${path}/package.json`)));
    return {
      path,
      name,
      version,
      license: typeof license === "string" ? license : (JSON.stringify(license) ?? "none"),
    };
  });
}

function packageOf(input: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

/**
 * @returns each license that is not allowed, each package that is not the one in the lock file, and each one that the
 * audit of dependencies would miss
 */
export function licenseProblems(packages: readonly BundledPackage[], lock: z.infer<typeof PackageLock>): string[] {
  return packages.flatMap(({ path, name, version, license }) => {
    const locked = lock.packages[path];
    return [
      ...(locked?.dev === true
        ? [`${name} is bundled, so it must be one of the dependencies and not for development`]
        : []),
      ...(allowed.has(license) ? [] : [`${name} ${version} has the license ${license}, which is not allowed`]),
      ...(locked?.version === version && locked.license === license
        ? []
        : [`${name} ${version} (${license}) is not what package-lock.json has; run npm ci`]),
    ];
  });
}

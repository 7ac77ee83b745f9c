import type * as z from "zod/mini";
import type { BundledPackage, PackageLock } from "./bundled-packages.ts";

interface BillOptions {
  /** A UUID. */
  readonly serial: string;
  readonly madeAt: Date;
}

/** @see https://cyclonedx.org/docs/1.5/json/ */
export function billOfMaterials(
  packages: readonly BundledPackage[],
  lock: z.infer<typeof PackageLock>,
  { serial, madeAt }: BillOptions,
) {
  const { version = "0.0.0" } = lock.packages[""] ?? {};
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    serialNumber: `urn:uuid:${serial}`,
    version: 1,
    metadata: {
      timestamp: madeAt.toISOString(),
      component: { type: "application", name: "image-tasks", version, "bom-ref": `image-tasks@${version}` },
    },
    components: packages.map((one) => componentOf(one, lock.packages[one.path]?.integrity)),
  };
}

function componentOf({ name, version, license }: BundledPackage, integrity: string | undefined) {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const [, base64] = /^sha512-(\S+)$/.exec(integrity ?? "") ?? [];
  const content = base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("hex");
  return {
    type: "library",
    name,
    version,
    purl,
    "bom-ref": purl,
    licenses: [{ license: { id: license } }],
    ...(content === undefined ? {} : { hashes: [{ alg: "SHA-512", content }] }),
  };
}

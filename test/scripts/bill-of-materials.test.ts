import { expect, test } from "vitest";
import { billOfMaterials } from "../../scripts/bill-of-materials.ts";

const bytes = Buffer.alloc(64, 7);
const path = "node_modules/@aws-sdk/core";
const lock = {
  packages: { "": { version: "0.3.0" }, [path]: { version: "3.1.0", integrity: `sha512-${bytes.toString("base64")}` } },
};
const options = { serial: "6f0b2b3c-7d1e-4f57-9a08-0d3f6c1e2b4a", madeAt: new Date("2026-01-31T12:00:00Z") };

test("a bill of materials names each package by its URL, license, and hash", () => {
  const packages = [{ path, name: "@aws-sdk/core", version: "3.1.0", license: "Apache-2.0" }];
  const { components, metadata, serialNumber } = billOfMaterials(packages, lock, options);
  expect([serialNumber, metadata.timestamp]).toEqual([`urn:uuid:${options.serial}`, "2026-01-31T12:00:00.000Z"]);
  expect(metadata.component).toMatchObject({ name: "image-tasks", version: "0.3.0" });
  expect(components).toEqual([
    {
      type: "library",
      name: "@aws-sdk/core",
      version: "3.1.0",
      purl: "pkg:npm/%40aws-sdk/core@3.1.0",
      "bom-ref": "pkg:npm/%40aws-sdk/core@3.1.0",
      licenses: [{ license: { id: "Apache-2.0" } }],
      hashes: [{ alg: "SHA-512", content: bytes.toString("hex") }],
    },
  ]);
});

test("a bill of materials claims no hash for a package without one", () => {
  const packages = [{ path: "node_modules/none", name: "none", version: "1.0.0", license: "MIT" }];
  const [component] = billOfMaterials(packages, lock, options).components;
  expect(component).not.toHaveProperty("hashes");
});

import { inflateRawSync } from "node:zlib";

const directorySignature = 0x02014b50;
const deflated = 8;

/**
 * Text of a file in a zip. `undefined` if there is none of that name.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function zipEntry(zip: Buffer, name: string): string | undefined {
  const endOfDirectory = zip.lastIndexOf(Buffer.from("PK\u0005\u0006"));
  let at = zip.readUInt32LE(endOfDirectory + 16);
  while (zip.readUInt32LE(at) === directorySignature) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((place) => zip.readUInt16LE(at + place));
    const nameEnd = at + 46 + Number(nameLength);
    if (zip.subarray(at + 46, nameEnd).toString() === name) return contentOf(zip, at);
    at = nameEnd + Number(extraLength) + Number(commentLength);
  }
  return undefined;
}

function contentOf(zip: Buffer, directoryEntry: number): string {
  const [size, header] = [zip.readUInt32LE(directoryEntry + 20), zip.readUInt32LE(directoryEntry + 42)];
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const bytes = zip.subarray(start, start + size);
  return (zip.readUInt16LE(directoryEntry + 10) === deflated ? inflateRawSync(bytes) : bytes).toString();
}

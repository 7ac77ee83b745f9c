import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";

const centralDirectoryEnd = 0x06054b50;
const centralDirectoryEntry = 0x02014b50;

/**
 * Writes the files of an archive into a folder, as Lambda does before a function starts.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function unzip(archive: string, folder: string): Promise<void> {
  const bytes = await readFile(archive);
  const end = bytes.lastIndexOf(Buffer.from(new Uint32Array([centralDirectoryEnd]).buffer));
  if (end < 0) throw new Error(`${archive} is no zip archive`);
  let entry = bytes.readUInt32LE(end + 16);
  while (bytes.readUInt32LE(entry) === centralDirectoryEntry) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((at) => bytes.readUInt16LE(entry + at));
    const nameEnd = entry + 46 + (nameLength ?? 0);
    const name = bytes.toString("utf8", entry + 46, nameEnd);
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contentAt(bytes, entry));
    entry = nameEnd + (extraLength ?? 0) + (commentLength ?? 0);
  }
}

function contentAt(bytes: Buffer, entry: number): Buffer {
  const isDeflated = bytes.readUInt16LE(entry + 10) === 8;
  const size = bytes.readUInt32LE(entry + 20);
  const local = bytes.readUInt32LE(entry + 42);
  const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const content = bytes.subarray(start, start + size);
  return isDeflated ? inflateRawSync(content) : content;
}

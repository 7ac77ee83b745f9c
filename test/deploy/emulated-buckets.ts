import { element } from "./xml.ts";

interface StoredObject {
  readonly bytes: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
  readonly storedAt: string;
}

export interface BucketCall {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

interface BucketAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** S3 with the bucket in the path, as far as the framework uses it. */
export class EmulatedBuckets {
  /** By bucket and key. */
  readonly objects = new Map<string, StoredObject>();

  answer({ method, url, headers, bytes }: BucketCall): BucketAnswer {
    const path = decodeURIComponent(url.pathname.slice(1)).replace(/\/$/, "");
    if (!path.includes("/")) return this.#answerForBucket(method, path, { url, bytes });
    if (method === "PUT") {
      const metadata = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-amz-meta-")));
      const isChunked = headers["content-encoding"]?.includes("aws-chunked") ?? false;
      const storedAt = new Date().toISOString();
      this.objects.set(path, { bytes: isChunked ? joinChunks(bytes) : bytes, metadata, storedAt });
      return { status: 200, headers: { etag: '"1"' } };
    }
    const object = this.objects.get(path);
    if (object === undefined) return { status: 404 };
    return { status: 200, headers: { ...object.metadata, "last-modified": new Date(object.storedAt).toUTCString() } };
  }

  #answerForBucket(method: string, bucket: string, { url, bytes }: Pick<BucketCall, "url" | "bytes">): BucketAnswer {
    if (method === "HEAD") return { status: 200 };
    if (url.searchParams.has("delete")) {
      for (const [, key = ""] of bytes.toString().matchAll(/<Key>(.*?)<\/Key>/g))
        this.objects.delete(`${bucket}/${key}`);
      return { status: 200, body: element("DeleteResult", "", false) };
    }
    const prefix = `${bucket}/${url.searchParams.get("prefix") ?? ""}`;
    const found = [...this.objects].filter(([path]) => path.startsWith(prefix));
    const isOfVersions = url.searchParams.has("versions");
    const entries = found.map(([path, { bytes: content, storedAt }]) => {
      const version = isOfVersions ? element("VersionId", "null") : "";
      const size = element("Size", String(content.length));
      const entry = element("Key", path.slice(bucket.length + 1)) + version + element("LastModified", storedAt) + size;
      return element(isOfVersions ? "Version" : "Contents", entry, false);
    });
    return { status: 200, body: element("ListBucketResult", entries.join(""), false) };
  }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html */
function joinChunks(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.subarray(at, end).toString(), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

import pLimit from "p-limit";
import type { LimitFunction } from "p-limit";
import { ProviderError } from "../../domain/errors.ts";
import { isSameWord } from "../../domain/native-word.ts";
import type {
  CloudClient,
  ListQuery,
  NativeTask,
  Rows,
  Sighting,
  TaskPage,
  UnreadableRow,
} from "../../domain/provider.ts";
import { createEcmApi } from "./api.ts";
import type { EcmDependencies } from "./api.ts";
import { allUnfinishedImports, unfinishedImports } from "./discover.ts";
import type { ImagePage } from "./discover.ts";
import type { ImportedImage } from "./image.ts";
import { lookUp, lookUpOneOfMany } from "./lookup.ts";
import type { Found, LookupDependencies } from "./lookup.ts";
import { imageNameId, isImageId, nativeIdProblem } from "./native-id.ts";
import { importAction, taskOfImage } from "./normalize.ts";
import { imageFilter, importsOf, resolve } from "./resolve.ts";
import type { ImageFilter } from "./resolve.ts";
import { sideBySide } from "./side-by-side.ts";
import { zoneMinutes } from "./wall-time.ts";

export interface TencentEcmOptions {
  /** Default `https://ecm.tencentcloudapi.com`. */
  readonly endpoint?: URL | undefined;
  /** The zone of the API's times, which have none. For example, `+08:00`. */
  readonly timeZone: string;
  /** Maximum number of concurrent calls. Default 5. */
  readonly concurrency?: number | undefined;
}

interface Ecm extends LookupDependencies {
  readonly limit: LimitFunction;
}

/**
 * Image imports of Tencent Cloud Edge Computing Machine, API version 2019-07-19. The API can neither cancel nor list
 * tasks. Throws `RangeError` for an invalid `timeZone`.
 * @see https://www.tencentcloud.com/document/product/1119/45725
 */
export function createTencentEcm(options: TencentEcmOptions, deps: EcmDependencies): CloudClient {
  const ecm: Ecm = {
    api: createEcmApi(options.endpoint ?? new URL("https://ecm.tencentcloudapi.com"), deps),
    clock: deps.clock,
    zoneMinutes: zoneMinutes(options.timeZone),
    limit: pLimit(options.concurrency ?? 5),
  };
  return {
    nativeIdProblem,
    resolve: (nativeId, signal) => resolve(nativeId, ecm.api, signal),
    list: (query, signal) => list(query, ecm, signal),
    getMany: (nativeIds, signal) => getMany(nativeIds, ecm, signal),
    async get(nativeId, signal) {
      const found = await lookUp({ nativeId }, ecm, signal);
      if (found !== undefined && "reason" in found) throw new ProviderError("malformed", found.reason);
      return found?.task;
    },
  };
}

async function getMany(nativeIds: readonly string[], ecm: Ecm, signal: AbortSignal): Promise<Rows<NativeTask>> {
  const wanted = Array.from(new Set(nativeIds), (nativeId) => ({ nativeId }));
  const found = await sideBySide(wanted, (one, either) => lookUpOneOfMany(one, ecm, either), { ...ecm, signal });
  return toRows(wanted.map(({ nativeId }, index) => ({ nativeId, found: found[index] })));
}

async function* list(query: ListQuery, ecm: Ecm, signal: AbortSignal): AsyncIterable<TaskPage<NativeTask>> {
  const filters = imagesNamedBy(query);
  if (filters !== undefined) {
    yield await tasksOf(await pageOfNamed(filters, ecm, signal), ecm, signal);
    return;
  }
  if (query.bare === true) {
    yield bareTasksOf(await allUnfinishedImports(query, ecm.api, signal), ecm);
    return;
  }
  for await (const page of unfinishedImports(query, ecm.api, signal)) {
    const tasks = await tasksOf(page, ecm, signal);
    yield query.openOnly === true ? onlyConfirmed(tasks) : tasks;
  }
}

/** The images that a query names. Empty if the query cannot match a task here; `undefined` if it names no image. */
function imagesNamedBy(query: ListQuery): ImageFilter[] | undefined {
  if (query.action !== undefined && query.action !== "import-image") return [];
  if (query.nativeAction !== undefined && !isSameWord(query.nativeAction, importAction)) return [];
  // One query goes to several clouds, so an id or name that is invalid on this one is not an error.
  if (query.resourceIds !== undefined) {
    return query.resourceIds.filter(isImageId).map((value) => ({ name: "image-id", value }));
  }
  if (query.imageName === undefined) return undefined;
  const named = imageFilter(imageNameId(query.imageName));
  return named === undefined ? [] : [named];
}

async function pageOfNamed(filters: readonly ImageFilter[], ecm: Ecm, signal: AbortSignal): Promise<ImagePage> {
  const answers = await sideBySide(filters, (one, either) => importsOf(one, ecm.api, either), { ...ecm, signal });
  const imports = answers.flatMap((answer) => ("reason" in answer ? [] : answer));
  const unreadable = answers.flatMap((answer) => ("reason" in answer ? [{ nativeId: null, ...answer }] : []));
  const distinct = new Map(imports.map((one) => [one.nativeId, one]));
  return { imports: [...distinct.values()], unreadable, requestId: null, next: null };
}

async function tasksOf(page: ImagePage, ecm: Ecm, signal: AbortSignal): Promise<TaskPage<NativeTask>> {
  const look = (image: ImportedImage, either: AbortSignal) =>
    lookUpOneOfMany({ nativeId: image.nativeId, image }, ecm, either);
  const found = await sideBySide(page.imports, look, { ...ecm, signal });
  const rows = toRows(
    page.imports.map((image, index) => ({
      nativeId: image.nativeId,
      found: found[index] ?? (image.usable ? undefined : { task: taskOfImage(image, contextOf(image, page, ecm)) }),
    })),
  );
  return { ...rows, unreadable: [...page.unreadable, ...rows.unreadable], next: page.next };
}

/** The tasks as their images show them, without a call for each. The cloud's list of images costs a call per page. */
function bareTasksOf(page: Omit<ImagePage, "next">, ecm: Ecm): TaskPage<NativeTask> {
  const sightings = page.imports.map((image) => ({
    task: taskOfImage(image, contextOf(image, page, ecm)),
    needsDetail: false,
    bare: true,
  }));
  return { sightings, unreadable: page.unreadable, next: null };
}

/**
 * Omits tasks that are known only from an image. Nothing shows that they are open, so they would vanish and reappear
 * with every list.
 */
function onlyConfirmed({ sightings, ...page }: TaskPage<NativeTask>): TaskPage<NativeTask> {
  return { ...page, sightings: sightings.filter(({ task }) => task.status !== "unknown") };
}

function contextOf(image: ImportedImage, { requestId }: Pick<ImagePage, "requestId">, { zoneMinutes, clock }: Ecm) {
  const { nativeId, imageId, imageName } = image;
  const observedAt = new Date(clock.now()).toISOString();
  return { nativeId, imageId, imageName, zoneMinutes, observedAt, requestId };
}

function toRows(results: readonly { nativeId: string; found: Found }[]): Rows<NativeTask> {
  const sightings: Sighting<NativeTask>[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const { nativeId, found } of results) {
    if (found === undefined) continue;
    if ("reason" in found) unreadable.push({ nativeId, reason: found.reason });
    else sightings.push({ task: found.task, needsDetail: false });
  }
  return { sightings, unreadable };
}

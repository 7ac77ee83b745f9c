import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page, Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { startFakeApi } from "./fake-api.ts";
import type { FakeApi, FakeApiState } from "./fake-api.ts";
import { connectionState, endedTask, iso, listedTask, openTask, ordinaryDay } from "./scene.ts";

/** The page in a real browser, against an API on loopback whose answers are checked against the contract. */

const minuteMs = 60_000;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
}, 120_000);
afterAll(() => browser.close());

interface Seen {
  readonly page: Page;
  readonly api: FakeApi;
  /** What must stay empty, whatever a test does: errors of the page, refused content, and calls of other origins. */
  readonly faults: string[];
  /** Requests that are not answered yet. */
  readonly pending: Set<Request>;
}

const watched: Seen[] = [];
afterEach(() => {
  for (const { faults } of watched.splice(0)) expect(faults).toEqual([]);
});

async function open(state: Partial<FakeApiState>, hash = "", options: BrowserContextOptions = {}): Promise<Seen> {
  const api = await startFakeApi(state);
  onTestFinished(() => api.stop());
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // The browser itself reports each call that fails, and some tests make calls fail.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      faults.push(message.text());
  });
  const pending = new Set<Request>();
  page.on("requestfinished", (request) => void pending.delete(request));
  page.on("requestfailed", (request) => void pending.delete(request));
  page.on("request", (request) => {
    pending.add(request);
    if (!request.url().startsWith(api.url)) faults.push(`asked ${request.url()}`);
  });
  // Rounds are five seconds apart, and tests need not wait that long.
  await page.clock.install();
  await page.goto(`${api.url}${hash}`);
  const seen = { page, api, faults, pending };
  watched.push(seen);
  return seen;
}

/** Lets the page's next round begin, and waits for its answers. */
async function nextRound(seen: Seen, seconds = 6): Promise<void> {
  const { page, api } = seen;
  // The page sets the time of its next round only after all answers to the last one.
  await settle(seen);
  const before = api.calls.length;
  await page.clock.runFor(seconds * 1000);
  await expect.poll(() => api.calls.length).toBeGreaterThan(before);
  await settle(seen);
}

/** Draws what has been answered. */
async function settle({ page, pending }: Seen): Promise<void> {
  await page.waitForLoadState("networkidle");
  await expect.poll(() => pending.size).toBe(0);
  await page.clock.runFor(200);
}

const textOf = (page: Page, selector: string) => page.locator(selector).innerText();
const rowsOf = (page: Page, section: string) => page.locator(`section[aria-labelledby=${section}] tbody tr`);
const percent = (value: number) => ({ percent: value, succeeded: null, failed: null, total: null });
const running = (nativeId: string, agoMs = 10 * minuteMs) =>
  openTask({ nativeId, name: nativeId, createdMs: Date.now() - agoMs });

describe("the overview", () => {
  test("shows progress, age, and the usual range of an open task, and follows it until it ends", async () => {
    const now = Date.now();
    const past = Array.from({ length: 8 }, (_, index) =>
      endedTask(
        { nativeId: `p-${index}`, name: "past", createdMs: now - (60 + index) * minuteMs },
        (12 + index) * minuteMs,
      ),
    );
    const task = { ...running("golden"), progress: percent(40) };
    const seen = await open({ tasks: [task, ...past] });
    const { page, api } = seen;
    const row = rowsOf(page, "open").filter({ hasText: "golden" });
    await row.waitFor();
    await settle(seen);
    expect(await row.innerText()).toMatch(/Running[^]*40%[^]*10 min[^]*\d\d:\d\d–\d\d:\d\d[^]*usually 13–18 min/);
    expect(await row.locator("progress").getAttribute("value")).toBe("40");

    api.tasks = [{ ...task, progress: percent(85) }, ...past];
    await nextRound(seen);
    expect(await row.innerText()).toContain("85%");
    // Progress is no news for a screen reader.
    expect(await textOf(page, "#news")).toBe("");

    const ended = endedTask({ nativeId: "golden", name: "golden", createdMs: now - 10 * minuteMs }, 10 * minuteMs);
    api.tasks = [ended, ...past];
    await nextRound(seen);
    expect(await row.count()).toBe(0);
    expect(await rowsOf(page, "finished").first().innerText()).toMatch(/Succeeded[^]*golden/);
    expect(await textOf(page, "#news")).toBe("golden has succeeded.");

    await nextRound(seen);
    expect(api.calls.at(-1)?.status).toBe(304);
  });

  test("says nothing of an end when there is too little history, and draws no bar without a percentage", async () => {
    const past = Array.from({ length: 7 }, (_, index) =>
      endedTask(
        { nativeId: `p-${index}`, name: "past", createdMs: Date.now() - (60 + index) * minuteMs },
        12 * minuteMs,
      ),
    );
    const { page } = await open({ tasks: [running("golden"), ...past] });
    await rowsOf(page, "open").first().waitFor();
    expect(await rowsOf(page, "open").first().innerText()).toMatch(/Not reported[^]*Too little history/);
    expect(await page.locator("progress").count()).toBe(0);
  });

  test("puts stalled and failed tasks first, with the reason in words", async () => {
    const now = Date.now();
    const stuck = { ...running("stuck"), observedAt: iso(now - 95 * minuteMs) };
    const failed = endedTask({ nativeId: "broken", name: "broken", createdMs: now - 40 * minuteMs }, minuteMs, {
      status: "failed",
      error: { code: "InvalidOSSObject", message: "There is no such object" },
    });
    const seen = await open({ tasks: [running("fine"), stuck, failed], stalledIds: new Set([stuck.id]) });
    const rows = rowsOf(seen.page, "attention");
    await rows.nth(1).waitFor();
    await settle(seen);
    expect(await rows.allInnerTexts()).toEqual([
      expect.stringMatching(/Stalled[^]*stuck[^]*Nothing has changed since [^.]+\./),
      expect.stringMatching(
        /Failed[^]*broken[^]*There is no such object\. \(InvalidOSSObject\)[^]*No explanation is known\./,
      ),
    ]);
    expect(await rowsOf(seen.page, "open").allInnerTexts()).toEqual([expect.stringContaining("fine")]);
    const headings = await seen.page.locator("main h2").allInnerTexts();
    expect(headings.map((text) => text.replace(/ \d.*/, ""))).toEqual(
      ["Needs attention", "Open", "Finished within"].map((text) => expect.stringContaining(text)).concat("Connections"),
    );
  });

  test("says the cause, the remedy, and whether to try again, and marks what is only likely", async () => {
    const { page } = await open(ordinaryDay(Date.now()));
    const row = rowsOf(page, "attention").filter({ hasText: "web-base" });
    const explanation =
      /\(NoSetRoletoECSServiceAccount\)[^]*Cause: ECS may not access the OSS bucket[^]*Remedy: Create the RAM role[^]*Try again \(likely\): only after the remedy/;
    expect(await row.innerText()).toMatch(explanation);
    const finished = (await rowsOf(page, "finished").allInnerTexts()).join(" ");
    expect(finished).toContain("(NoSetRoletoECSServiceAccount)");
    expect(finished).not.toContain("Create the RAM role");
    await row.getByRole("link", { name: "web-base" }).click();
    await page.locator(".lead").waitFor();
    expect(await textOf(page, ".lead")).toMatch(explanation);
  });

  test("tells what to do when there is no task", async () => {
    const { page } = await open({ connections: { connections: [connectionState()], unconfigured: [] } });
    await page.getByRole("heading", { name: "No tasks yet" }).waitFor();
    expect(await textOf(page, "main")).toContain("npx image-tasks track CONNECTION ID");
    expect(await page.locator(".card").innerText()).toMatch(/aliyun[^]*Working/);
  });

  test("says what a partial answer lacks, which connection fails, and that the service is not healthy", async () => {
    const { page } = await open({
      tasks: [running("golden")],
      errors: [
        {
          connection: "edge",
          region: "global",
          kind: "unavailable",
          code: "E2",
          message: "no answer",
          requestId: null,
        },
      ],
      connections: {
        connections: [connectionState({ lastError: "the key was refused" })],
        unconfigured: [
          { connection: "old", provider: "tencent-ecm", region: "global", since: null, openTasks: 2, pendingEvents: 0 },
        ],
      },
      unhealthy: "Not swept for 10 minutes: aliyun:cn-hangzhou",
    });
    await page.locator(".cards").waitFor();
    const problems = await textOf(page, ".problems");
    expect(problems).toContain("Tasks of edge in global are missing: no answer (E2)");
    expect(problems).toContain("Tasks of aliyun may be out of date: its last sweep failed.");
    expect(await page.locator(".card").allInnerTexts()).toEqual([
      expect.stringMatching(/aliyun[^]*Failing[^]*the key was refused\./),
      expect.stringMatching(/old[^]*Not configured[^]*2 open tasks can no longer be followed\./),
    ]);
    expect(await textOf(page, "section[aria-labelledby=connections] > .warning")).toContain("Not swept for 10 minutes");
  });

  test("draws finished tasks with a shape for each outcome, and arrow keys move along them", async () => {
    const seen = await open(ordinaryDay(Date.now()));
    const { page } = seen;
    const bars = page.locator("[data-plot] a");
    await bars.first().waitFor();
    const shapes = async (status: string) => page.locator(`[data-plot] a.${status} path`).first().getAttribute("d");
    const marks = [
      await shapes("succeeded"),
      await shapes("failed"),
      await shapes("canceled"),
      await shapes("vanished"),
    ];
    expect(new Set(marks.map((mark) => mark?.replaceAll(/[\d.]+/g, ""))).size).toBe(4);
    expect(await page.locator('[data-plot] a[tabindex="0"]').count()).toBe(1);
    await bars.first().focus();
    await page.keyboard.press("ArrowRight");
    const label = await bars.nth(1).getAttribute("aria-label");
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe(label);
    // A round in between leaves the focus where it is.
    await nextRound(seen);
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe(label);
    await page.keyboard.press("Enter");
    await page.locator(".facts").waitFor();
  });
});

describe("filters", () => {
  test("are in the address, which can be shared, and go back and forward", async () => {
    const { page, api } = await open(ordinaryDay(Date.now()));
    await rowsOf(page, "open").first().waitFor();
    await page.selectOption("select[name=connection]", "stack");
    await page.waitForURL(/#\/\?connection=stack$/);
    await expect.poll(() => rowsOf(page, "open").allInnerTexts()).toEqual([expect.stringContaining("db-base")]);
    await page.getByRole("checkbox", { name: /^Failed/ }).check();
    await page.waitForURL(/connection=stack&status=failed$/);
    await expect.poll(() => rowsOf(page, "open").count()).toBe(0);
    const shared = page.url();
    await page.goBack();
    await page.waitForURL(/#\/\?connection=stack$/);
    await expect.poll(() => rowsOf(page, "open").count()).toBe(1);
    await expect.poll(() => page.getByRole("checkbox", { name: /^Failed/ }).isChecked()).toBe(false);
    await page.goForward();
    await page.waitForURL(shared);
    await expect.poll(() => page.getByRole("checkbox", { name: /^Failed/ }).isChecked()).toBe(true);

    const other = await page.context().newPage();
    await other.goto(shared);
    await rowsOf(other, "attention").first().waitFor();
    expect(await other.locator("select[name=connection]").inputValue()).toBe("stack");
    expect(await rowsOf(other, "attention").allInnerTexts()).toEqual([expect.stringContaining("Failed in part")]);
    await other.getByRole("button", { name: "Clear filters" }).click();
    await other.waitForURL(`${api.url}#/`);
  });

  test("find tasks by text while it is typed, in one step of the history", async () => {
    const { page } = await open(ordinaryDay(Date.now()));
    await rowsOf(page, "open").first().waitFor();
    await page.getByRole("searchbox").pressSequentially("build=17");
    await page.waitForURL(/text=build%3D17$/);
    expect(await rowsOf(page, "open").allInnerTexts()).toEqual([expect.stringContaining("golden-2026-11")]);
    expect(await page.evaluate("history.length")).toBe(2);
    expect(await page.getByRole("searchbox").inputValue()).toBe("build=17");
  });
});

describe("one task", () => {
  test("shows its reason, history, and sub-operations, and the focus moves with the view", async () => {
    const { page } = await open(ordinaryDay(Date.now()), "#/?connection=stack");
    const link = rowsOf(page, "attention").getByRole("link", { name: "db-base" });
    await link.click();
    await page.locator(".steps").waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("view-title");
    expect(await page.title()).toBe("db-base · Image tasks");
    expect(await textOf(page, ".lead")).toMatch(
      /Failed in part[^]*2 of 3 parts succeeded\. \(OSSWriteFailed\)[^]*No explanation is known\./,
    );
    expect(await page.locator(".steps li").allInnerTexts()).toEqual([
      expect.stringMatching(/^Pending \(the cloud says Waiting\)[^]*for 1 min$/),
      expect.stringMatching(/^Running[^]*for \d+ min$/),
      expect.stringMatching(/^Failed/),
    ]);
    expect(await page.locator(".parts tbody tr").count()).toBe(3);
    expect(await page.locator(".parts tbody tr").last().innerText()).toMatch(
      /Failed[^]*db-base_data2\.vhd[^]*\(OSSWriteFailed\)/,
    );
    await page.getByRole("link", { name: "All tasks" }).click();
    await page.waitForURL(/#\/\?connection=stack$/);
    await link.waitFor();
    expect(await page.evaluate("document.activeElement.textContent")).toBe("db-base");
  });

  test("explains the sub-operations that failed for another reason than the task, and only those", async () => {
    const missing = { code: "InvalidOSSObject.NotFound", message: "It does not exist." };
    const closed = { code: "InvalidOSS.NotAuthorized", message: "It is closed." };
    const part = { status: "failed", nativeStatus: "Failed", warning: null, related: {} } as const;
    const operations = [missing, closed].map((error) => ({ ...part, error }));
    const task = listedTask({ status: "failed", done: true, error: missing, operations });
    const { page } = await open({ tasks: [task] }, `#/tasks/${encodeURIComponent(task.id)}`);
    const rows = page.locator(".parts tbody tr");
    await rows.first().waitFor();
    expect(await rows.allInnerTexts()).toEqual([
      expect.not.stringContaining("Cause"),
      expect.stringMatching(/\(InvalidOSS\.NotAuthorized\)[^]*Cause: [^]*Remedy: [^]*Try again \(likely\): /),
    ]);
  });

  test("is followed by itself, with an id of any characters", async () => {
    const id = "edge:global:image-name:a b%";
    const task = { ...running("x"), id, connection: "edge", region: "global", nativeId: "image-name:a b%" };
    const seen = await open({ tasks: [task] }, `#/tasks/${encodeURIComponent(id)}`);
    await seen.page.getByText("Nothing is recorded of this task yet.").waitFor();
    seen.api.tasks = [{ ...task, progress: percent(33) }];
    await nextRound(seen);
    expect(await textOf(seen.page, ".lead")).toContain("33%");
  });

  test("that nobody knows is said to be unknown", async () => {
    const { page } = await open({}, "#/tasks/edge:global:404");
    await page.getByText("Neither the ledger nor the provider knows the task.").waitFor();
  });
});

describe("an API that is down", () => {
  test("leaves what was known, says since when, and is found again", async () => {
    const seen = await open({ tasks: [running("golden")] });
    const { page, api } = seen;
    await rowsOf(page, "open").first().waitFor();
    api.outage = "hang-up";
    await page.clock.runFor(6000);
    await page.locator(".outage").waitFor();
    expect(await textOf(page, ".outage")).toMatch(
      /No answer since \S+\. The API cannot be reached\. Shown is what was known at/,
    );
    expect(await rowsOf(page, "open").count()).toBe(1);
    api.outage = null;
    await page.getByRole("button", { name: "Try now" }).click();
    await page.locator(".outage").waitFor({ state: "detached" });
  });

  test("is asked less and less often, and not before the time that it names", async () => {
    const seen = await open({ tasks: [running("golden")] });
    const { page, api } = seen;
    await rowsOf(page, "open").first().waitFor();
    await settle(seen);
    api.outage = { status: 503, retryAfterSeconds: 40 };
    await nextRound(seen);
    expect(await textOf(page, ".outage")).toContain("The ledger is throttled.");
    const before = api.calls.length;
    await page.clock.runFor(35_000);
    expect(api.calls.length).toBe(before);
    api.outage = null;
    await nextRound(seen, 10);
    await page.locator(".outage").waitFor({ state: "detached" });
  });

  test("from the start says so", async () => {
    const { page } = await open({ outage: "hang-up" });
    await page.locator(".outage").waitFor();
    expect(await textOf(page, ".outage")).toMatch(/The API cannot be reached\. ?\n/);
  });
});

describe("a token", () => {
  test("is asked for, kept for the tab, and asked for again when it is refused", async () => {
    const seen = await open({ tasks: [running("golden")], token: "s3cret" });
    const { page, api } = seen;
    const field = page.getByLabel("Bearer token");
    await field.waitFor();
    expect(await page.locator(".warning").count()).toBe(0);
    await field.fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("The token was refused, or it has expired.").waitFor();
    await field.fill("Bearer s3cret");
    await page.getByRole("button", { name: "Show tasks" }).click();
    await rowsOf(page, "open").first().waitFor();
    await page.reload();
    await rowsOf(page, "open").first().waitFor();
    expect(await page.evaluate("JSON.stringify(localStorage)")).toBe("{}");
    expect(page.url()).not.toContain("s3cret");

    api.token = "rotated";
    await nextRound(seen);
    await field.waitFor();
    expect(await page.getByText("golden").count()).toBe(0);
    const calls = api.calls.length;
    await page.clock.runFor(60_000);
    expect(api.calls.length).toBe(calls);
  });

  test("from an identity provider is taken out of the address at once", async () => {
    const { page, api } = await open(
      { tasks: [running("golden")], token: "s3cret" },
      "#access_token=s3cret&token_type=Bearer",
    );
    await rowsOf(page, "open").first().waitFor();
    expect(page.url()).toBe(`${api.url}#/`);
    expect(api.calls.map(({ authorization }) => authorization)).not.toContain(undefined);
    expect(api.calls.some(({ path }) => path.includes("s3cret"))).toBe(false);
  });
});

test("a text of a cloud is never read as HTML", async () => {
  const name = "<img src=x onerror=alert(1)>";
  const { page } = await open({ tasks: [openTask({ nativeId: "x", name, createdMs: Date.now() })] });
  await rowsOf(page, "open").first().waitFor();
  expect(await rowsOf(page, "open").locator("a").innerText()).toBe(name);
  expect(await page.locator("img").count()).toBe(0);
});

test("10,000 tasks do not make the page stutter", async () => {
  const now = Date.now();
  const tasks = Array.from({ length: 10_000 }, (_, index) => ({
    ...openTask({ nativeId: `t-${index}`, name: `image-${index}`, createdMs: now - index * 20_000 }),
    progress: percent(index % 100),
  }));
  const api = await startFakeApi({ tasks });
  onTestFinished(() => api.stop());
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  onTestFinished(() => page.close());
  await page.addInitScript(`
    window.longest = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
    }).observe({ type: "longtask", buffered: true });`);
  await page.goto(api.url);
  await page.locator("#open", { hasText: "10,000 tasks" }).waitFor({ timeout: 120_000 });
  const longest = async () => Number(await page.evaluate("window.longest"));
  const loading = await longest();
  await page.evaluate("window.longest = 0");
  await page.getByRole("searchbox").pressSequentially("image-99", { delay: 30 });
  await page.locator("#open", { hasText: "111 tasks" }).waitFor();
  await page.getByRole("searchbox").fill("");
  await page.getByRole("navigation", { name: "Pages of open tasks" }).getByRole("link", { name: "Next" }).click();
  await page.waitForURL(/openPage=2/);
  expect(await rowsOf(page, "open").count()).toBe(50);
  const using = await longest();
  console.info(`longest task with 10,000 tasks: ${loading} ms while loading, ${using} ms while filtering and paging`);
  expect([loading < 200, using < 200]).toEqual([true, true]);
}, 180_000);

describe.each([
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["360 px wide", { viewport: { width: 360, height: 740 } }],
  ["3840 px wide", { viewport: { width: 3840, height: 2160 } }],
] as const)("%s", (_what, options) => {
  test.each([
    ["the overview", "", ".cards", {}],
    ["a filtered overview", "#/?connection=stack&status=failed", ".cards", {}],
    ["a task", "#/tasks/stack:cn-qingdao-env17-d01:t-qd1part12", ".steps", {}],
    ["the question for a token", "", "input[name=token]", { token: "s3cret" }],
    ["an outage", "", ".outage", { outage: "hang-up" }],
    ["no tasks", "", ".empty h2", { tasks: [], stalledIds: new Set<string>() }],
  ] as const)("%s is accessible, and not wider than the window", async (_where, hash, shown, state) => {
    const { page } = await open({ ...ordinaryDay(Date.now()), ...(state as Partial<FakeApiState>) }, hash, options);
    await page.locator(shown).first().waitFor();
    // The policy keeps other scripts out of the page, but not out of the browser's own world of evaluation.
    await page.evaluate(axe.source);
    const found = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as {
      violations: { id: string; nodes: { html: string }[] }[];
    };
    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });
});

/** `npm run screenshot`: writes the pictures of the page in `docs/images`, of an ordinary day. */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions } from "playwright-core";
import { launchChromium } from "./chromium.ts";
import { startFakeApi } from "./fake-api.ts";
import { ordinaryDay } from "./scene.ts";

const folder = fileURLToPath(new URL("../../docs/images/", import.meta.url));
/** The same times each time, so that a picture differs only where the page does. */
const nowMs = Date.parse("2026-11-27T14:00:00Z");

interface Picture {
  readonly name: string;
  readonly hash: string;
  /** What is there once the page is complete. */
  readonly shown: string;
  readonly options: BrowserContextOptions;
}

const wide = { width: 1280, height: 1180 };
const pictures: readonly Picture[] = [
  { name: "page-light", hash: "#/", shown: ".cards", options: { viewport: wide, colorScheme: "light" } },
  { name: "page-dark", hash: "#/", shown: ".cards", options: { viewport: wide, colorScheme: "dark" } },
  {
    name: "page-task",
    hash: "#/tasks/stack:cn-qingdao-env17-d01:t-qd1part12",
    shown: ".steps",
    options: { viewport: { width: 1280, height: 860 }, colorScheme: "light" },
  },
  {
    name: "page-phone",
    hash: "#/",
    shown: ".cards",
    options: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, colorScheme: "light" },
  },
];

await mkdir(folder, { recursive: true });
const api = await startFakeApi(ordinaryDay(nowMs));
const browser = await launchChromium();
try {
  for (const { name, hash, shown, options } of pictures) {
    const context = await browser.newContext({ ...options, timezoneId: "UTC" });
    const page = await context.newPage();
    await page.clock.setFixedTime(nowMs);
    await page.goto(`${api.url}${hash}`);
    await page.locator(shown).first().waitFor();
    await page.screenshot({ path: `${folder}${name}.png` });
    await context.close();
    console.info(`docs/images/${name}.png`);
  }
} finally {
  await browser.close();
  await api.stop();
}

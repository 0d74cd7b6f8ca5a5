// A page looked at: a picture of it in both themes and both widths (shots/), nothing wider than the window, and not one violation
// of accessibility.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";

const shots = join(dirname(fileURLToPath(import.meta.url)), "shots");
mkdirSync(shots, { recursive: true });

export const shot = (name) => join(shots, `${name}.png`);

// `open` brings the page up anew before each picture, where it has to. Without scripts the page is the same: it is only measured.
export async function look(page, name, open = async () => {}) {
  if (test.info().project.use.javaScriptEnabled === false) return measure(page, name, open);
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme });
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await open();
      await page.waitForTimeout(250);
      await page.screenshot({ path: shot(`${name}-${theme}-${width}`), fullPage: true });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide, `${name} at ${width} is wider than the window`).toBeLessThanOrEqual(0);
    }
    const { violations } = await new AxeBuilder({ page }).analyze();
    const told = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(" | ")}`);
    expect.soft(told, `${name}, ${theme}`).toEqual([]);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

async function measure(page, name, open) {
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await open();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide, `${name} at ${width} is wider than the window`).toBeLessThanOrEqual(0);
  }
}

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

// What is wrong with a page as it lies there: it is wider than the window, and, where that is narrow, an act is out of reach or too small for
// a thumb.
export const faults = (page) => page.evaluate(() => {
  const told = [];
  const window_ = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > window_) told.push(`the page is ${document.documentElement.scrollWidth} wide`);
  if (window_ >= 768) return told;
  for (const act of document.querySelectorAll("main :is(button, a.button, summary.button, select, input:not([type=checkbox], [type=radio], [type=hidden]))")) {
    const { left, right, width, height } = act.getBoundingClientRect();
    if (!width || !act.checkVisibility({ visibilityProperty: true })) continue;
    const what = act.name ? `the field ${act.name}` : act.innerText.trim();
    if (left < 0 || right > window_) told.push(`${what} lies beside the window`);
    if (height < 44 && !act.matches("[data-copy]")) told.push(`${what} is ${height} high`);
    for (let box = act.parentElement; box && box.tagName !== "MAIN"; box = box.parentElement) {
      if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible") told.push(`${what} is in a box that scrolls sideways`);
    }
  }
  return told;
});

export async function violations(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(" | ")}`);
}

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
      expect.soft(await faults(page), `${name} at ${width}`).toEqual([]);
    }
    expect.soft(await violations(page), `${name}, ${theme}`).toEqual([]);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

async function measure(page, name, open) {
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await open();
    expect.soft(await faults(page), `${name} at ${width}`).toEqual([]);
  }
}
